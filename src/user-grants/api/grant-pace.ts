import { type Clock } from '../../common/clock.js';
import { remember } from '../../common/remember.js';

/** Canvas' bucket holds 700 or so; each request in flight takes 50 of it at first. */
const LOW = 200;
const SLOWEST_MS = 1000;

interface Pace {
  /** Between two requests. */
  stepMs: number;
  nextAtMs: number;
}

/**
 * Slows a user's calls down while the platform says that little is left (`X-Rate-Limit-Remaining`): it counts by token, and
 * its refusals would hold back everybody. Of this process; refusals are shared by platform-http.
 */
export class GrantPace {
  private readonly paces = new Map<string, Pace>();

  constructor(private readonly clock: Clock) {}

  async wait(grantId: string, signal?: AbortSignal): Promise<void> {
    const pace = this.paces.get(grantId);
    if (pace === undefined) return;
    const nowMs = this.clock.nowMs();
    const goesAtMs = Math.max(nowMs, pace.nextAtMs);
    pace.nextAtMs = goesAtMs + pace.stepMs;
    if (goesAtMs > nowMs) await this.clock.sleep(goesAtMs - nowMs, signal);
  }

  note(grantId: string, remaining: string | undefined): void {
    if (remaining === undefined || remaining.trim() === '') return;
    const left = Number(remaining);
    if (!Number.isFinite(left)) return;
    if (left >= LOW) {
      this.paces.delete(grantId);
      return;
    }
    const stepMs = Math.ceil(SLOWEST_MS * (1 - Math.max(0, left) / LOW));
    const before = this.paces.get(grantId)?.nextAtMs ?? 0;
    remember(this.paces, grantId, { stepMs, nextAtMs: Math.max(before, this.clock.nowMs() + stepMs) });
  }
}
