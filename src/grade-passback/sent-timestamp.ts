import { type PlatformFamily } from '../registrations/platform-family.js';

const SECOND_MS = 1000;

/** Families that tell timestamps apart by their seconds alone (measured: Moodle answers 409 to a second one of a second). */
const WHOLE_SECONDS: ReadonlySet<PlatformFamily> = new Set(['moodle']);

/**
 * The timestamp that a score goes out with: the wished one, or the next that the family tells apart from the last one sent
 * for this user and line item (AGS 2.0 3.4.10: strictly increasing).
 */
export function timestampAfter(last: Date | undefined, wished: Date, family: PlatformFamily): Date {
  if (last === undefined) return wished;
  const step = WHOLE_SECONDS.has(family) ? SECOND_MS : 1;
  const next = (Math.floor(last.getTime() / step) + 1) * step;
  return wished.getTime() >= next ? wished : new Date(next);
}

/**
 * The timestamp for the second try of a score that the platform called stale: somebody else has scored the user later than
 * we know of.
 */
export function timestampPast(last: Date, now: Date, family: PlatformFamily): Date {
  return timestampAfter(last, new Date(Math.max(now.getTime(), last.getTime() + SECOND_MS)), family);
}
