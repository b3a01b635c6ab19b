import { type Clock } from '../../common/clock.js';

/** How a family throttles: the cost of requests fills a bucket, which leaks. Only data. */
export interface ThrottlingQuirks {
  /** A bucket with this many units accepts no more requests. */
  readonly highWater: number;
  /** The maximum of a bucket. */
  readonly maximum: number;
  readonly leakPerSecond: number;
  /** The cost of a request while it is in flight; it is subtracted with its answer. */
  readonly inFlightCost: number;
  readonly requestCost: number;
  /** The additional cost of a request for a token. */
  readonly tokenCost: number;
}

interface Bucket {
  units: number;
  /** By the platform's clock. */
  touchedMs: number;
}

// A test with thousands of users must not fill the memory with their buckets.
const mostBuckets = 10_000;

/** The leaky buckets of a platform, by owner: a client, a user's token or an address. */
export class LeakyBuckets {
  readonly #clock: Clock;
  readonly #quirks: ThrottlingQuirks;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, quirks: ThrottlingQuirks) {
    this.#clock = clock;
    this.#quirks = quirks;
  }

  /** The free units of the bucket: 0 or less when the next request is refused. */
  remaining(owner: string): number {
    return this.#quirks.highWater - this.#bucket(owner).units;
  }

  /** Adds units, as other requests would. */
  fill(owner: string, units: number): void {
    const bucket = this.#bucket(owner);
    bucket.units = Math.min(Math.max(0, bucket.units + units), this.#quirks.maximum);
  }

  /** @returns whether the bucket accepts a request, whose cost in flight is then added */
  takes(owner: string): boolean {
    this.fill(owner, this.#quirks.inFlightCost);
    return this.remaining(owner) > 0;
  }

  /** Ends a request in flight. @returns its cost */
  answered(owner: string, request: 'refused' | 'token' | 'other'): number {
    const { inFlightCost, requestCost, tokenCost } = this.#quirks;
    const cost = request === 'refused' ? 0 : requestCost + (request === 'token' ? tokenCost : 0);
    this.fill(owner, cost - inFlightCost);
    return cost;
  }

  #bucket(owner: string): Bucket {
    const nowMs = this.#clock.nowMs();
    const bucket = this.#buckets.get(owner) ?? { units: 0, touchedMs: nowMs };
    const leaked = ((nowMs - bucket.touchedMs) / 1000) * this.#quirks.leakPerSecond;
    bucket.units = Math.max(0, bucket.units - Math.max(0, leaked));
    bucket.touchedMs = nowMs;
    if (this.#buckets.size >= mostBuckets && !this.#buckets.has(owner)) this.#buckets.clear();
    this.#buckets.set(owner, bucket);
    return bucket;
  }
}
