import { type Clock } from '../common/clock.js';
import { orAbort } from '../common/bounded-wait.js';
import { PlatformThrottled, type ThrottleReason } from './rate-limits.errors.js';

/** How long one request waits for a throttled platform, over all its attempts. */
export class WaitBudget {
  constructor(
    private readonly clock: Clock,
    private readonly url: URL,
    private leftMs: number,
    readonly signal: AbortSignal | undefined,
    private readonly reason: ThrottleReason = 'refused',
  ) {}

  /** @throws PlatformThrottled at once if `end` is beyond the budget */
  async waitUntil(end: Date): Promise<void> {
    this.assertCovers(end);
    const waitMs = end.getTime() - this.clock.nowMs();
    this.leftMs -= waitMs;
    await this.clock.sleep(waitMs, this.signal);
  }

  /** @throws PlatformThrottled if `end` is beyond the budget */
  assertCovers(end: Date): void {
    if (end.getTime() - this.clock.nowMs() > this.leftMs)
      throw new PlatformThrottled(this.url, end, this.reason);
  }

  /**
   * Waits for slots that other processes hold.
   *
   * @param atLeastMs is waited even if less of the budget is left
   * @param retryAfterMs after this time another try is useful
   * @throws PlatformThrottled when the budget is used up
   */
  async waitForSlots(available: Promise<void>, atLeastMs: number, retryAfterMs: number): Promise<void> {
    const startMs = this.clock.nowMs();
    const waited = new AbortController();
    const timeout = this.clock.sleep(Math.max(this.leftMs, atLeastMs), waited.signal).then(
      () => true,
      () => false,
    );
    try {
      const isLate = await orAbort(Promise.race([timeout, available.then(() => false)]), this.signal);
      if (isLate) {
        const retryAt = new Date(this.clock.nowMs() + retryAfterMs);
        throw new PlatformThrottled(this.url, retryAt, 'taken_by_others');
      }
    } finally {
      waited.abort();
      this.leftMs = Math.max(0, this.leftMs - (this.clock.nowMs() - startMs));
    }
  }
}
