import { type Clock } from '../common/clock.js';
import { orAbort } from '../common/bounded-wait.js';
import { PlatformThrottled, type ThrottleReason } from './rate-limits.errors.js';

export const FIRST_COOLDOWN_MS = 1000;
export const LONGEST_COOLDOWN_MS = 30_000;
/** Two clocks are compared: moments that are as close as this are the same. */
const TOLERANCE_MS = 100;

/** The pause after a platform asked for fewer requests. */
export class Cooldown {
  private endMs = 0;
  private nextMs = FIRST_COOLDOWN_MS;

  /** @param random for the jitter: in [0, 1) */
  constructor(private readonly random: () => number) {}

  /** When requests may go again; undefined: now. */
  endsAt(nowMs: number): Date | undefined {
    return this.endMs > nowMs ? new Date(this.endMs) : undefined;
  }

  isOver(nowMs: number): boolean {
    return this.endMs <= nowMs;
  }

  /**
   * The platform refused a request. The cooldown lasts until `retryAfter`, or for 1 s, doubling to 30 s, less up to half
   * by jitter. A request that was sent before the end of the present cooldown was in flight together with the first one
   * that was refused: it is the same refusal.
   *
   * @param sentAtMs when the refused request was sent
   * @returns the end of the cooldown, whether this refusal started it, and whether it made it longer
   */
  refused(
    nowMs: number,
    sentAtMs: number,
    retryAfter: Date | undefined,
  ): { end: Date; isFirst: boolean; isLonger: boolean } {
    const isFirst = sentAtMs >= this.endMs;
    const endBeforeMs = this.endMs;
    if (retryAfter !== undefined) {
      this.endMs = Math.max(this.endMs, retryAfter.getTime());
    } else if (isFirst) {
      this.endMs = nowMs + Math.ceil(this.nextMs * (1 - this.random() / 2));
      this.nextMs = Math.min(this.nextMs * 2, LONGEST_COOLDOWN_MS);
    }
    return { end: new Date(this.endMs), isFirst, isLonger: this.endMs > endBeforeMs };
  }

  /** Applies the cooldown of another process, which a platform refused, with its doubling. */
  extend(nowMs: number, endMs: number): void {
    if (endMs <= this.endMs + TOLERANCE_MS) return;
    if (this.endMs <= nowMs) this.nextMs = Math.min(this.nextMs * 2, LONGEST_COOLDOWN_MS);
    this.endMs = endMs;
  }

  /** A request was answered. An answer during a cooldown is of a request from before it, and is ignored. */
  accepted(nowMs: number): void {
    if (this.endMs <= nowMs) this.nextMs = FIRST_COOLDOWN_MS;
  }
}

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
