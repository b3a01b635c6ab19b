const WINDOW_MS = 2000;
/** Before that, a rate says more about chance than about the traffic. */
const MIN_SPAN_MS = 1000;
const MIN_COUNT = 10;

/** Requests a second, lately. */
export class RateMeter {
  private startMs = 0;
  private count = 0;
  private previous: number | undefined;

  add(nowMs: number): void {
    if (nowMs - this.startMs >= WINDOW_MS || nowMs < this.startMs) this.begin(nowMs);
    this.count += 1;
  }

  /** Undefined where there were too few, or too short a time, to tell. */
  perSecond(nowMs: number): number | undefined {
    const spanMs = nowMs - this.startMs;
    // The last window is over for long: there was no traffic lately.
    if (spanMs < 0 || spanMs >= 2 * WINDOW_MS) return undefined;
    if (spanMs < MIN_SPAN_MS) return this.previous;
    return this.count < MIN_COUNT ? undefined : (this.count * 1000) / spanMs;
  }

  private begin(nowMs: number): void {
    this.previous = this.perSecond(nowMs);
    this.startMs = nowMs;
    this.count = 0;
  }
}
