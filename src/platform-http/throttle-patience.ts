import { type Clock } from '../common/clock.js';
import { orAbort } from '../common/bounded-wait.js';
import { PlatformThrottled, type ThrottleReason } from './platform-http.errors.js';

/** How long one request is willing to wait for a throttled platform, over all its attempts. */
export class ThrottlePatience {
  constructor(
    private readonly clock: Clock,
    private readonly url: URL,
    private leftMs: number,
    readonly signal: AbortSignal | undefined,
    private readonly reason: ThrottleReason = 'refused',
  ) {}

  /** @throws PlatformThrottled at once, if that is longer than the patience that is left. */
  async waitUntil(end: Date): Promise<void> {
    this.assertLasts(end);
    const waitMs = end.getTime() - this.clock.nowMs();
    this.leftMs -= waitMs;
    await this.clock.sleep(waitMs, this.signal);
  }

  /** @throws PlatformThrottled, if the patience that is left ends before `end`. */
  assertLasts(end: Date): void {
    if (end.getTime() - this.clock.nowMs() > this.leftMs)
      throw new PlatformThrottled(this.url, end, this.reason);
  }

  /**
   * Waits for what comes by itself, nobody knows when.
   *
   * @param atLeastMs also by those who have no patience with the platform
   * @param againMs after which time it is worth another try
   * @throws PlatformThrottled when the patience is over first.
   */
  async waitFor(change: Promise<void>, atLeastMs: number, againMs: number): Promise<void> {
    const startMs = this.clock.nowMs();
    const waited = new AbortController();
    const tooLong = this.clock.sleep(Math.max(this.leftMs, atLeastMs), waited.signal).then(
      () => true,
      () => false,
    );
    try {
      const isLate = await orAbort(Promise.race([tooLong, change.then(() => false)]), this.signal);
      if (isLate) {
        throw new PlatformThrottled(this.url, new Date(this.clock.nowMs() + againMs), 'taken_by_others');
      }
    } finally {
      waited.abort();
      this.leftMs = Math.max(0, this.leftMs - (this.clock.nowMs() - startMs));
    }
  }
}
