/** How many requests a platform takes from all of us. */
export interface LimitBounds {
  /** Requests at once; a whole number, 1 at least. */
  slots: number;
  /** Requests a second; undefined where there is no bound. */
  perSecond: number | undefined;
}

/** What a platform's refusals have left of its full limit. Times are epoch ms, of one and the same clock. */
export interface SlowDown {
  /** The part of the full limit that was left at the last refusal: 1 when there was none. */
  level: number;
  /** From when on it recovers: the end of the pause. */
  since: number;
  /** Requests a second of the full level, as measured at the first refusal; null where there were too few to tell. */
  measured: number | null;
}

export const NOT_SLOWED: SlowDown = { level: 1, since: 0, measured: null };

const STEP = 1 / 8;
const STEP_MS = 5000;
const LOWEST_LEVEL = 1 / 16;
/** A slower rate would do no more than the pauses do already. */
const LOWEST_PER_SECOND = 1;

/** The present part of the full limit: an eighth more for each 5 s without a refusal, until it is whole. */
export function levelAt({ level, since }: SlowDown, nowMs: number): number {
  if (level >= 1) return 1;
  const steps = Math.max(0, Math.floor((nowMs - since) / STEP_MS));
  return Math.min(1, level + steps * STEP);
}

/**
 * After one more refusal: half of what there was.
 *
 * @param pauseEndMs when requests may go again
 * @param measured requests a second just before it
 */
export function afterRefusal(
  slowDown: SlowDown,
  nowMs: number,
  pauseEndMs: number,
  measured: number | undefined,
): SlowDown {
  const level = levelAt(slowDown, nowMs);
  // What was measured while it was slow says what the whole would be.
  const whole = measured === undefined ? null : measured / level;
  return {
    level: Math.max(LOWEST_LEVEL, level / 2),
    since: pauseEndMs,
    measured: level < 1 ? (slowDown.measured ?? whole) : whole,
  };
}

/** What the platform takes now. Never less than one request at once. */
export function boundsAt(slowDown: SlowDown, full: LimitBounds, nowMs: number): LimitBounds {
  const level = levelAt(slowDown, nowMs);
  if (level === 1) return full;
  const whole = full.perSecond ?? slowDown.measured;
  return {
    slots: Math.max(1, Math.floor(full.slots * level)),
    perSecond: whole === null ? undefined : Math.min(whole, Math.max(LOWEST_PER_SECOND, whole * level)),
  };
}
