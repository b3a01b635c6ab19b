import { LRUCache } from 'lru-cache';
import { type Clock } from '../../common/clock.js';
import { type WaitBudget } from '../../rate-limits/wait-budget.js';
import { Cooldown } from '../../rate-limits/cooldown.js';

/** The bucket of Canvas has about 700 units; each request in flight takes 50 of them at first. */
const LOW = 200;
const MAX_GRANTS = 10_000;
const SLOWEST_MS = 1000;

interface Pace {
  /** Between two requests. */
  stepMs: number;
  nextAtMs: number;
}

/** A call that the platform refused because its user makes too many calls. */
export interface RefusedCall {
  sentAtMs: number;
  receivedAt: Date;
  /** From the answer, if it has one. */
  retryAfter: Date | undefined;
}

/**
 * Slows down the calls of one user, and no other work: platforms count by token. While little is left
 * (`X-Rate-Limit-Remaining`) the calls are sent one after the other. After a refusal there is a cooldown. Each process learns
 * this from its own calls.
 */
export class GrantPace {
  private readonly paces = new LRUCache<string, Pace>({ max: MAX_GRANTS });
  private readonly cooldowns = new LRUCache<string, Cooldown>({ max: MAX_GRANTS });

  /** @param random for the jitter of cooldowns: in [0, 1) */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  /** @throws PlatformThrottled when the wait is beyond the budget */
  async wait(grantId: string, budget: WaitBudget): Promise<void> {
    for (;;) {
      const cooldownEnd = this.cooldowns.get(grantId)?.endsAt(this.clock.nowMs());
      if (cooldownEnd === undefined) break;
      await budget.waitUntil(cooldownEnd);
    }
    const pace = this.paces.get(grantId);
    if (pace === undefined) return;
    const nowMs = this.clock.nowMs();
    const goesAtMs = Math.max(nowMs, pace.nextAtMs);
    budget.assertCovers(new Date(goesAtMs));
    pace.nextAtMs = goesAtMs + pace.stepMs;
    if (goesAtMs > nowMs) await budget.waitUntil(new Date(goesAtMs));
  }

  /** The platform refused a call because this user makes too many. */
  refused(grantId: string, { sentAtMs, receivedAt, retryAfter }: RefusedCall): void {
    const cooldown = this.cooldowns.get(grantId) ?? new Cooldown(this.random);
    this.cooldowns.set(grantId, cooldown);
    cooldown.refused(receivedAt.getTime(), sentAtMs, retryAfter);
  }

  /** The platform carried a call out. During a cooldown it is a call from before it, and is ignored. */
  accepted(grantId: string): void {
    if (this.cooldowns.get(grantId)?.isOver(this.clock.nowMs()) === true) this.cooldowns.delete(grantId);
  }

  /** @param remaining the value of `X-Rate-Limit-Remaining` in an answer */
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
    this.paces.set(grantId, { stepMs, nextAtMs: Math.max(before, this.clock.nowMs() + stepMs) });
  }
}
