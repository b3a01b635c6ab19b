import { RateLimiter, type RateLimiterOptions } from './rate-limiter.js';

interface Entry {
  limiter: RateLimiter;
  calls: number;
}

/**
 * A rate limiter for each platform (URL origin). Only the latest of those that are not in use are kept: unknown callers can
 * also cause requests to new URLs.
 */
export class RateLimitsService {
  /** The least recently used first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly options: RateLimiterOptions,
    private readonly maxIdle = 1000,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  async use<T>(origin: string, work: (limiter: RateLimiter) => Promise<T>): Promise<T> {
    const entry = this.entries.get(origin) ?? { limiter: new RateLimiter(origin, this.options), calls: 0 };
    this.entries.delete(origin);
    this.entries.set(origin, entry);
    entry.calls += 1;
    try {
      return await work(entry.limiter);
    } finally {
      entry.calls -= 1;
      this.removeOldest();
    }
  }

  /** Returns the slots of this process. Never rejects. */
  async close(): Promise<void> {
    await this.options.shared?.close();
  }

  /** A limiter in use stays: its limit and its cooldown hold for the requests that wait. */
  private removeOldest(): void {
    if (this.entries.size <= this.maxIdle) return;
    for (const [origin, { calls }] of this.entries) {
      if (calls > 0) continue;
      this.entries.delete(origin);
      if (this.entries.size <= this.maxIdle) return;
    }
  }
}
