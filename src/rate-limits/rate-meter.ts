const WINDOW_MS = 2000;
/** A shorter time or fewer requests would not give a reliable rate. */
const MIN_SPAN_MS = 1000;
const MIN_COUNT = 10;

/** Measures how many requests per second were sent lately. */
export class RateMeter {
  private startMs = 0;
  private count = 0;
  private previous: number | undefined;

  add(nowMs: number): void {
    if (nowMs - this.startMs >= WINDOW_MS || nowMs < this.startMs) this.startWindow(nowMs);
    this.count += 1;
  }

  /** Undefined if there were too few requests, or too short a time, to measure. */
  perSecond(nowMs: number): number | undefined {
    const spanMs = nowMs - this.startMs;
    // The last window ended long ago: there was no traffic lately.
    if (spanMs < 0 || spanMs >= 2 * WINDOW_MS) return undefined;
    if (spanMs < MIN_SPAN_MS) return this.previous;
    return this.count < MIN_COUNT ? undefined : (this.count * 1000) / spanMs;
  }

  private startWindow(nowMs: number): void {
    this.previous = this.perSecond(nowMs);
    this.startMs = nowMs;
    this.count = 0;
  }
}
