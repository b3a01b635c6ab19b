const FEW = 5;
const SHARE = 1 / 5;

/** What is stored, and a complete reading did not show. */
type Missing = readonly { confirmed: boolean }[];

/** What a complete reading of a roster came to. */
export interface RosterReading {
  /** How many the platform showed. */
  seen: number;
  /** How many of those are new in this run. */
  added: number;
  missing: Missing;
}

/**
 * Whether those missing may be removed. An empty roster removes nobody. More than five who are more than a fifth of the
 * members need a second complete reading that agrees: those whom the reading before did not show either count as told.
 */
export function mayRemove({ seen, added, missing }: RosterReading): boolean {
  if (missing.length === 0) return true;
  if (seen === 0) return false;
  return areFewOrTold(missing, seen - added + missing.length);
}

/** The same for line items and results, of which there may rightly be none. `before`: how many were stored. */
export function mayRemoveGrades({ before, missing }: { before: number; missing: Missing }): boolean {
  return areFewOrTold(missing, before);
}

function areFewOrTold(missing: Missing, before: number): boolean {
  const unconfirmed = missing.filter(({ confirmed }) => !confirmed).length;
  return unconfirmed <= FEW || unconfirmed <= before * SHARE;
}

/** For the operator of a run that removed nobody. */
export function suspicionOf({ seen, added, missing }: RosterReading): string {
  const before = seen - added + missing.length;
  return seen === 0
    ? `The platform sent an empty roster for a course of ${before} members. Nobody was removed. ` +
        'If the course really is empty, delete it here.'
    : `The platform left out ${missing.length} of ${before} members. Nobody was removed. ` +
        'They will be if the next sync finds the same: it comes by itself, or ask for it now.';
}
