import { type Clock } from '../../common/clock.js';
import { remember } from '../../common/remember.js';
import { type WaitBudget } from '../../rate-limits/wait-budget.js';
import { Cooldown } from '../../rate-limits/cooldown.js';

/** Canvas' bucket holds 700 or so; each request in flight takes 50 of it at first. */
const LOW = 200;
const SLOWEST_MS = 1000;

interface Pace {
  /** Between two requests. */
  stepMs: number;
  nextAtMs: number;
}

/** A call that the platform refused because its user makes too many. */
export interface RefusedCall {
  sentAtMs: number;
  receivedAt: Date;
  /** What the platform said, if it did. */
  retryAfter: Date | undefined;
}

/**
 * Slows the calls of one user down, and no other work: platforms count by token. While little is left
 * (`X-Rate-Limit-Remaining`) the calls go one after the other; after a refusal none goes for a while. Of this process: each
 * process learns it from its own calls.
 */
export class GrantPace {
  private readonly paces = new Map<string, Pace>();
  private readonly pauses = new Map<string, Cooldown>();

  /** @param random for the jitter of pauses: in [0, 1) */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  /** @throws PlatformThrottled when the wait is beyond the budget */
  async wait(grantId: string, budget: WaitBudget): Promise<void> {
    for (;;) {
      const pauseEnd = this.pauses.get(grantId)?.endsAt(this.clock.nowMs());
      if (pauseEnd === undefined) break;
      await budget.waitUntil(pauseEnd);
    }
    const pace = this.paces.get(grantId);
    if (pace === undefined) return;
    const nowMs = this.clock.nowMs();
    const goesAtMs = Math.max(nowMs, pace.nextAtMs);
    budget.assertCovers(new Date(goesAtMs));
    pace.nextAtMs = goesAtMs + pace.stepMs;
    if (goesAtMs > nowMs) await budget.waitUntil(new Date(goesAtMs));
  }

  /** The platform refused a call because there are too many of this user. */
  refused(grantId: string, { sentAtMs, receivedAt, retryAfter }: RefusedCall): void {
    const pause = this.pauses.get(grantId) ?? new Cooldown(this.random);
    remember(this.pauses, grantId, pause);
    pause.refused(receivedAt.getTime(), sentAtMs, retryAfter);
  }

  /** The platform carried a call out. During a pause that is an old one, and says nothing of how things are now. */
  accepted(grantId: string): void {
    if (this.pauses.get(grantId)?.isOver(this.clock.nowMs()) === true) this.pauses.delete(grantId);
  }

  /** @param remaining what an answer says is left */
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
