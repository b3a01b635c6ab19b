/** Requests that a pause of the machine, or of its timers, has kept back may go faster: a tenth of a second's worth. */
const CATCH_UP_MS = 100;
/** How soon it is looked again where the rate is 0. */
const STANDSTILL_MS = 250;

/** Spaces requests evenly. */
export class RequestPace {
  private nextAtMs = 0;

  /** @returns how long the next request has to wait: ms, 0 when it may go now */
  delayMs(perSecond: number | undefined, nowMs: number): number {
    if (perSecond === undefined) return 0;
    if (perSecond <= 0) return STANDSTILL_MS;
    if (this.nextAtMs <= nowMs) return 0;
    // After a slower time, or with a clock that was set back, the next one is not later than the present rate says.
    return Math.ceil(Math.min(this.nextAtMs - nowMs, 1000 / perSecond));
  }

  /** A request goes. */
  went(perSecond: number | undefined, nowMs: number): void {
    if (perSecond === undefined || perSecond <= 0) return;
    this.nextAtMs = Math.max(this.nextAtMs, nowMs - CATCH_UP_MS) + 1000 / perSecond;
  }
}
