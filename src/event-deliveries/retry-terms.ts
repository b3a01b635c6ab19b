const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** How long an event is tried, and how long a webhook may fail without one success. */
export const TRIED_FOR_MS = 3 * DAY_MS;
/** After this many failures in a row the receiver as a whole counts as failing: then one event at a time is tried. */
export const FAILURES_IN_A_ROW = 5;
const FIRST_COOLDOWN_MS = 30_000;
const LONGEST_COOLDOWN_MS = 300_000;

/**
 * The pause before an event is tried again: four times as long each time, up to 6 h.
 *
 * @param attempts with the one that failed
 * @param random in [0, 1): a fifth more or less, so that courses that failed together do not come back together
 */
export function retryPauseMs(attempts: number, random: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** (attempts - 1)) * (0.8 + 0.4 * random);
}

/** The pause of a receiver that fails as a whole. At most 5 min: so it holds no course for long that could be delivered. */
export function cooldownMs(failures: number): number {
  if (failures < FAILURES_IN_A_ROW) return 0;
  return Math.min(LONGEST_COOLDOWN_MS, FIRST_COOLDOWN_MS * 2 ** (failures - FAILURES_IN_A_ROW));
}
