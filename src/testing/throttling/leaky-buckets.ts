import { type Clock } from '../../common/clock.js';

/** How a family throttles: what requests cost is filled into a bucket, which leaks. Only data. */
export interface ThrottlingQuirks {
  /** A bucket that holds this many units takes no more requests. */
  readonly highWater: number;
  /** A bucket holds no more than this, whatever is filled in. */
  readonly maximum: number;
  readonly leakPerSecond: number;
  /** What a request costs while it is in flight, to be given back with its answer. */
  readonly inFlightCost: number;
  readonly requestCost: number;
  /** What a request for a token costs beside that. */
  readonly tokenCost: number;
}

interface Bucket {
  units: number;
  /** By the platform's clock. */
  touchedMs: number;
}

// A test with a thousand users must not fill the memory with their buckets.
const mostBuckets = 10_000;

/** The leaky buckets of a platform, by whom they are for: a client, a user's token or an address. */
export class LeakyBuckets {
  readonly #clock: Clock;
  readonly #quirks: ThrottlingQuirks;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, quirks: ThrottlingQuirks) {
    this.#clock = clock;
    this.#quirks = quirks;
  }

  /** What the bucket has room for: 0 or less when the next request is refused. */
  remaining(owner: string): number {
    return this.#quirks.highWater - this.#bucket(owner).units;
  }

  /** Fills units in, as requests that nobody sees here would. */
  fill(owner: string, units: number): void {
    const bucket = this.#bucket(owner);
    bucket.units = Math.min(Math.max(0, bucket.units + units), this.#quirks.maximum);
  }

  /** @returns whether the bucket takes a request, whose cost in flight is in it from now on */
  takes(owner: string): boolean {
    this.fill(owner, this.#quirks.inFlightCost);
    return this.remaining(owner) > 0;
  }

  /** The request that was in flight is answered. @returns what it cost */
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
