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
