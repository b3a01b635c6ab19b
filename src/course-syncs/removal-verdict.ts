const FEW = 5;
const SHARE = 1 / 5;

/** A stored entry that a complete reading did not show. */
interface Missing {
  /** The platform said that it is gone, or another complete reading before did not show it either. */
  confirmed: boolean;
}

/** The outcome of a complete reading of a roster. */
export interface RosterReading {
  /** How many entries the platform listed. */
  seen: number;
  /** How many of those are new in this run. */
  added: number;
  missing: readonly Missing[];
  /** Whether the whole roster came in one answer. Pages may miss members, because the list changes meanwhile. */
  isOneAnswer: boolean;
}

/**
 * - `all`: every missing member may be removed.
 * - `confirmed`: those that are confirmed may be removed; the others need a second reading.
 * - `none`: no member may be removed, and the run is suspicious.
 */
export type RemovalVerdict = 'all' | 'confirmed' | 'none';

/**
 * Which of the missing members may be removed. Platforms page by offset over a live list: a member who leaves during a
 * reading of several pages hides an enrolled one at each later page boundary. So only a roster in one answer removes members at
 * once. An empty roster removes no member. More than five that are more than a fifth need a later reading that agrees.
 */
export function removalVerdict({ seen, added, missing, isOneAnswer }: RosterReading): RemovalVerdict {
  if (missing.every(({ confirmed }) => confirmed)) return seen === 0 && missing.length > 0 ? 'none' : 'all';
  if (seen === 0 || !areFewOrConfirmed(missing, seen - added + missing.length)) return 'none';
  return isOneAnswer ? 'all' : 'confirmed';
}

/** The same for line items and results, whose list may be empty. `before`: how many were stored. */
export function mayRemoveGrades({
  before,
  missing,
}: {
  before: number;
  missing: readonly Missing[];
}): boolean {
  return areFewOrConfirmed(missing, before);
}

function areFewOrConfirmed(missing: readonly Missing[], before: number): boolean {
  const unconfirmed = missing.filter(({ confirmed }) => !confirmed).length;
  return unconfirmed <= FEW || unconfirmed <= before * SHARE;
}

/** For the operator of a run that removed no member. */
export function suspicionOf({
  seen,
  added,
  missing,
}: Pick<RosterReading, 'seen' | 'added' | 'missing'>): string {
  const before = seen - added + missing.length;
  return seen === 0
    ? `The platform sent an empty roster for a course of ${before} members. No member was removed. ` +
        'If the course really is empty, delete it here.'
    : `The platform left out ${missing.length} of ${before} members. No member was removed. They will be removed if a ` +
        'reading at least 24 hours later, or the next sync that you start, finds the same.';
}
