import { type RateLimit } from './rate-limit.js';

/** The part of its full limit that a platform has left after its refusals. Times are epoch ms. */
export interface LimitReduction {
  /** The part after the last refusal; 1: not reduced. */
  level: number;
  /** When the recovery starts: at the end of the cooldown. */
  since: number;
  /** Requests per second at the full level, measured at the first refusal; null: too few to measure. */
  measured: number | null;
}

export const NOT_REDUCED: LimitReduction = { level: 1, since: 0, measured: null };

const STEP = 1 / 8;
const STEP_MS = 5000;
const LOWEST_LEVEL = 1 / 16;
/** A lower rate would add nothing to the cooldowns. */
const LOWEST_PER_SECOND = 1;

/** The present part of the full limit: after the cooldown it rises by an eighth of the full limit every 5 s. */
function levelAt({ level, since }: LimitReduction, nowMs: number): number {
  if (level >= 1) return 1;
  const steps = Math.max(0, Math.floor((nowMs - since) / STEP_MS));
  return Math.min(1, level + steps * STEP);
}

/**
 * One more refusal halves the limit.
 *
 * @param cooldownEndMs when requests may go again
 * @param measured requests per second just before it
 */
export function afterRefusal(
  reduction: LimitReduction,
  nowMs: number,
  cooldownEndMs: number,
  measured: number | undefined,
): LimitReduction {
  const level = levelAt(reduction, nowMs);
  // A rate that was measured at a reduced level is scaled up to the full one.
  const full = measured === undefined ? null : measured / level;
  return {
    level: Math.max(LOWEST_LEVEL, level / 2),
    since: cooldownEndMs,
    measured: level < 1 ? (reduction.measured ?? full) : full,
  };
}

/** The limit at this moment, never below one request in flight. */
export function reducedLimit(reduction: LimitReduction, full: RateLimit, nowMs: number): RateLimit {
  const level = levelAt(reduction, nowMs);
  if (level === 1) return full;
  const perSecond = full.perSecond ?? reduction.measured;
  return {
    concurrency: Math.max(1, Math.floor(full.concurrency * level)),
    perSecond:
      perSecond === null ? undefined : Math.min(perSecond, Math.max(LOWEST_PER_SECOND, perSecond * level)),
  };
}
