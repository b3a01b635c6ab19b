import { type Clock } from '../../common/clock.js';

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 15_000;

/**
 * After three failures in a row nobody asks for a while, so that a store that is down costs its time-out now and then and
 * not with each call; then one call tries, and its outcome speaks for all.
 */
export class CircuitBreaker {
  private failures = 0;
  private pauseMs = FIRST_PAUSE_MS;
  private openedAtMs = 0;
  private isTrying = false;

  constructor(private readonly clock: Clock) {}

  /** Whether this call may go to the store. Who was let in says how it went: `succeeded` or `failed`. */
  letsIn(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.isTrying || this.isPausing()) return false;
    this.isTrying = true;
    return true;
  }

  succeeded(): void {
    this.isTrying = false;
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.failures < FAILURES_TO_OPEN) return;
    // Many may have been on their way when it opened; they say nothing new.
    if (this.failures > FAILURES_TO_OPEN && !this.isTrying) return;
    this.pauseMs = this.isTrying ? Math.min(MAX_PAUSE_MS, this.pauseMs * 2) : FIRST_PAUSE_MS;
    this.isTrying = false;
    this.openedAtMs = this.clock.now().getTime();
  }

  /** A clock that was set back since says nothing of the pause, and ends it. */
  private isPausing(): boolean {
    const pausedMs = this.clock.now().getTime() - this.openedAtMs;
    return pausedMs >= 0 && pausedMs < this.pauseMs;
  }
}
