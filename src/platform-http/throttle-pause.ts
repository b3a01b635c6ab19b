export const FIRST_PAUSE_MS = 1000;
export const LONGEST_PAUSE_MS = 30_000;

/** The pause of one platform that has asked for fewer requests. */
export class ThrottlePause {
  private end = new Date(0);
  private nextPauseMs = FIRST_PAUSE_MS;

  constructor(private readonly random: () => number) {}

  /** When requests may go again; undefined when they may go now. */
  endsAt(now: Date): Date | undefined {
    return this.end > now ? this.end : undefined;
  }

  /**
   * A request was refused: the platform is paused until `retryAfter`, or for 1 s, doubling to 30 s, less up to half by chance.
   *
   * @returns the end of the pause.
   */
  refused(now: Date, retryAfter: Date | undefined): Date {
    if (retryAfter !== undefined) {
      if (retryAfter > this.end) this.end = retryAfter;
      return this.end;
    }
    // What is refused during a pause was sent before it, together with the first one refused: that is one refusal.
    if (this.end > now) return this.end;
    this.end = new Date(now.getTime() + Math.ceil(this.nextPauseMs * (1 - this.random() / 2)));
    this.nextPauseMs = Math.min(this.nextPauseMs * 2, LONGEST_PAUSE_MS);
    return this.end;
  }

  /** A request was answered. During a pause that is an old one, and says nothing of how things are now. */
  accepted(now: Date): void {
    if (this.end <= now) this.nextPauseMs = FIRST_PAUSE_MS;
  }
}
