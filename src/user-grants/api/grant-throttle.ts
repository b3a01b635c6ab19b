import { LRUCache } from 'lru-cache';
import { type Clock } from '../../common/clock.js';
import { type WaitBudget, Cooldown } from '../../rate-limits/cooldown.js';

/** Below this many units, calls are spaced. The bucket of Canvas has about 700, and a request in flight takes 50 at first. */
const LOW_REMAINING = 200;
const MAX_GRANTS = 10_000;
const MAX_INTERVAL_MS = 1000;

interface Spacing {
  /** Between two requests. */
  intervalMs: number;
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
 * Slows down the calls of one user and no others, because platforms count by token. Calls are spaced while
 * `X-Rate-Limit-Remaining` is low. A refusal starts a cooldown. Each process learns both from its own calls.
 */
export class GrantThrottle {
  private readonly spacings = new LRUCache<string, Spacing>({ max: MAX_GRANTS });
  private readonly cooldowns = new LRUCache<string, Cooldown>({ max: MAX_GRANTS });

  /** @param random for the jitter of cooldowns: in [0, 1) */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  /** @throws PlatformThrottled if the wait is longer than the budget */
  async wait(grantId: string, budget: WaitBudget): Promise<void> {
    for (;;) {
      const cooldownEnd = this.cooldowns.get(grantId)?.endsAt(this.clock.nowMs());
      if (cooldownEnd === undefined) break;
      await budget.waitUntil(cooldownEnd);
    }
    const spacing = this.spacings.get(grantId);
    if (spacing === undefined) return;
    const nowMs = this.clock.nowMs();
    const startsAtMs = Math.max(nowMs, spacing.nextAtMs);
    budget.assertCovers(new Date(startsAtMs));
    spacing.nextAtMs = startsAtMs + spacing.intervalMs;
    if (startsAtMs > nowMs) await budget.waitUntil(new Date(startsAtMs));
  }

  /** The platform refused a call because this user makes too many. */
  refused(grantId: string, { sentAtMs, receivedAt, retryAfter }: RefusedCall): void {
    const cooldown = this.cooldowns.get(grantId) ?? new Cooldown(this.random);
    this.cooldowns.set(grantId, cooldown);
    cooldown.refused(receivedAt.getTime(), sentAtMs, retryAfter);
  }

  /** The platform processed a call. A call that was sent before the cooldown does not end it. */
  accepted(grantId: string): void {
    if (this.cooldowns.get(grantId)?.isOver(this.clock.nowMs()) === true) this.cooldowns.delete(grantId);
  }

  /** @param remaining the value of `X-Rate-Limit-Remaining` in an answer */
  readRemaining(grantId: string, remaining: string | undefined): void {
    if (remaining === undefined || remaining.trim() === '') return;
    const left = Number(remaining);
    if (!Number.isFinite(left)) return;
    if (left >= LOW_REMAINING) {
      this.spacings.delete(grantId);
      return;
    }
    const intervalMs = Math.ceil(MAX_INTERVAL_MS * (1 - Math.max(0, left) / LOW_REMAINING));
    const before = this.spacings.get(grantId)?.nextAtMs ?? 0;
    this.spacings.set(grantId, { intervalMs, nextAtMs: Math.max(before, this.clock.nowMs() + intervalMs) });
  }
}
