/** Requests that a busy machine has delayed may catch up: at most the requests of this time start at once. */
const CATCH_UP_MS = 100;

/** Spaces requests evenly. */
export class RequestSpacing {
  private nextAtMs = 0;

  /**
   * Starts a request if the rate allows it.
   *
   * @param perSecond above 0
   * @returns 0: it starts now; otherwise how many ms the next one has to wait
   */
  start(perSecond: number, nowMs: number): number {
    // After a lower rate, or when the clock was set back, the wait follows the present rate.
    const delayMs = Math.ceil(Math.min(this.nextAtMs - nowMs, 1000 / perSecond));
    if (delayMs > 0) return delayMs;
    this.nextAtMs = Math.max(this.nextAtMs, nowMs - CATCH_UP_MS) + 1000 / perSecond;
    return 0;
  }
}
