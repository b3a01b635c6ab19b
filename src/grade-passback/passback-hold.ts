import { type HoldCause } from './score-outcome.js';

/** What is suspended: all scores of the registration, those of a course or of a line item, or those for a server. */
export type HoldSubject =
  | { kind: 'registration' }
  | { kind: 'course'; courseId: string }
  | { kind: 'line-item'; key: string; courseId: string; lineItemId: string }
  | { kind: 'origin'; origin: string };

/** Scores that are kept back, why, and until when. */
export interface PassbackHold {
  subject: HoldSubject;
  cause: HoldCause;
  /** Failures in a row. */
  failures: number;
  errorCode: string;
  message: string;
  heldSince: Date;
  /** When one score is tried; null: not before an operator resumes. */
  retryAt: Date | null;
  /** A score of the registration got through since: it says nothing about other courses. */
  isOutlived: boolean;
}

interface Patience {
  firstMs: number;
  longestMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How long a fault is left alone before one score is tried, doubling. What a person has to mend is tried all the same, and
 * seldom: the person may not know that we wait.
 */
const PATIENCE: Readonly<Record<Exclude<HoldCause, 'operator'>, Patience>> = {
  unreachable: { firstMs: 1000, longestMs: 10 * MINUTE_MS },
  throttled: { firstMs: 1000, longestMs: MINUTE_MS },
  failing: { firstMs: MINUTE_MS / 2, longestMs: 10 * MINUTE_MS },
  authentication: { firstMs: 5 * MINUTE_MS, longestMs: DAY_MS },
  client: { firstMs: MINUTE_MS, longestMs: DAY_MS },
  // Even the shortest is longer than the five minutes in which nobody asks for a scope again.
  scope: { firstMs: 7 * MINUTE_MS, longestMs: DAY_MS },
};

/**
 * Where a few courses in a row have refused our token, others may still take it: they are found in hours, and not in months.
 */
const COURSES_REFUSE: Patience = { firstMs: 5 * MINUTE_MS, longestMs: 10 * MINUTE_MS };

function patienceWith(cause: Exclude<HoldCause, 'operator'>, subject: HoldSubject): Patience {
  return cause === 'authentication' && subject.kind === 'registration' ? COURSES_REFUSE : PATIENCE[cause];
}

/**
 * When to try again after so many failures in a row, less up to a quarter by chance.
 *
 * @param says when the platform wants it, if it said so: not before
 */
export function retryAfter(
  subject: HoldSubject,
  cause: Exclude<HoldCause, 'operator'>,
  failures: number,
  now: Date,
  random: number,
  says: Date | undefined,
): Date {
  const { firstMs, longestMs } = patienceWith(cause, subject);
  const waitMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (1 - random / 4);
  // A platform that is asked for its own time needs no doubling of ours.
  if (cause === 'throttled' && says !== undefined) return says;
  return new Date(Math.max(now.getTime() + waitMs, says?.getTime() ?? 0));
}

/** As the column has it. */
export function subjectText(subject: HoldSubject): string {
  switch (subject.kind) {
    case 'registration':
      return '';
    case 'course':
      return subject.courseId;
    case 'line-item':
      return `${LINE_ITEM}${subject.key}`;
    case 'origin':
      return subject.origin;
  }
}

const LINE_ITEM = 'line-item ';

export function subjectOf(
  text: string,
  lineItem: { courseId: string | null; lineItemId: string | null } = { courseId: null, lineItemId: null },
): HoldSubject {
  if (text === '') return { kind: 'registration' };
  if (text.startsWith(LINE_ITEM)) {
    const key = text.slice(LINE_ITEM.length);
    const { courseId, lineItemId } = lineItem;
    return { kind: 'line-item', key, courseId: courseId ?? '', lineItemId: lineItemId ?? '' };
  }
  return text.includes('://') ? { kind: 'origin', origin: text } : { kind: 'course', courseId: text };
}

/** Whether a score is not sent while this is suspended. */
export function covers(
  subject: HoldSubject,
  score: { courseId: string; lineItemKey: string; origin: string },
): boolean {
  switch (subject.kind) {
    case 'registration':
      return true;
    case 'course':
      return subject.courseId === score.courseId;
    case 'line-item':
      return subject.key === score.lineItemKey;
    case 'origin':
      return subject.origin === score.origin;
  }
}
