export const FIRST_PAUSE_MS = 1000;
export const LONGEST_PAUSE_MS = 30_000;

/** The pause of one platform that has asked for fewer requests. */
export class ThrottlePause {
  private endMs = 0;
  private nextPauseMs = FIRST_PAUSE_MS;

  constructor(private readonly random: () => number) {}

  /** When requests may go again; undefined when they may go now. */
  endsAt(nowMs: number): Date | undefined {
    return this.endMs > nowMs ? new Date(this.endMs) : undefined;
  }

  isOver(nowMs: number): boolean {
    return this.endMs <= nowMs;
  }

  /**
   * A request was refused: the platform is paused until `retryAfter`, or for 1 s, doubling to 30 s, less up to half by chance.
   * What was sent before the end of the present pause was sent before its beginning, together with the first one refused:
   * that is one refusal.
   *
   * @param sentAtMs when the refused request was sent
   * @returns the end of the pause, and whether this refusal is the first one of it
   */
  refused(nowMs: number, sentAtMs: number, retryAfter: Date | undefined): { end: Date; isFirst: boolean } {
    const isFirst = sentAtMs >= this.endMs;
    if (retryAfter !== undefined) {
      this.endMs = Math.max(this.endMs, retryAfter.getTime());
    } else if (isFirst) {
      this.endMs = nowMs + Math.ceil(this.nextPauseMs * (1 - this.random() / 2));
      this.nextPauseMs = Math.min(this.nextPauseMs * 2, LONGEST_PAUSE_MS);
    }
    return { end: new Date(this.endMs), isFirst };
  }

  /** Another process was refused: its pause is ours, and so is the doubling. */
  begunElsewhere(nowMs: number, end: Date): void {
    if (this.endMs <= nowMs) this.nextPauseMs = Math.min(this.nextPauseMs * 2, LONGEST_PAUSE_MS);
    this.endMs = Math.max(this.endMs, end.getTime());
  }

  /** A request was answered. During a pause that is an old one, and says nothing of how things are now. */
  accepted(nowMs: number): void {
    if (this.endMs <= nowMs) this.nextPauseMs = FIRST_PAUSE_MS;
  }
}
