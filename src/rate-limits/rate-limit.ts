/** How many requests one platform takes from all processes together. */
export interface RateLimit {
  /** Requests in flight at once: a whole number, at least 1. */
  concurrency: number;
  /** Requests per second; undefined: not limited. */
  perSecond: number | undefined;
}
