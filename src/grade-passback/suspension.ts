import { type SuspensionCause } from './settlement.js';

/** What is suspended: all scores of the registration, those of a course or of a line item, or those for a server. */
export type SuspensionSubject =
  | { kind: 'registration' }
  | { kind: 'course'; courseId: string }
  | { kind: 'line_item'; lineItemKey: string; courseId: string; lineItemId: string }
  | { kind: 'origin'; origin: string };

/** Scores that are not sent, why, and until when. */
export interface Suspension {
  registrationId: string;
  subject: SuspensionSubject;
  cause: SuspensionCause;
  /** Failures in a row. */
  failures: number;
  errorCode: string;
  message: string;
  suspendedSince: Date;
  /** When one score is tried; null: not before an operator resumes. */
  retryAt: Date | null;
  /** The platform has accepted the token for a score since then: this suspension shows nothing about other courses. */
  isOutlived: boolean;
}

interface Backoff {
  firstMs: number;
  longestMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How long a suspension lasts before one score is tried; each failure doubles it. A fault that an administrator has to fix is
 * also tried, but rarely: the administrator may not know that scores wait.
 */
const BACKOFF: Readonly<Record<Exclude<SuspensionCause, 'operator'>, Backoff>> = {
  unreachable: { firstMs: 1000, longestMs: 10 * MINUTE_MS },
  throttled: { firstMs: 1000, longestMs: MINUTE_MS },
  failing: { firstMs: MINUTE_MS / 2, longestMs: 10 * MINUTE_MS },
  authentication: { firstMs: 5 * MINUTE_MS, longestMs: DAY_MS },
  client: { firstMs: MINUTE_MS, longestMs: DAY_MS },
  // The access token manager does not request a refused scope again for five minutes: the shortest wait has to be longer.
  scope: { firstMs: 7 * MINUTE_MS, longestMs: DAY_MS },
};

/**
 * After a few courses in a row have refused the token, other courses may still accept it. With this back-off they are found
 * in hours, not in months.
 */
const REGISTRATION_REFUSED: Backoff = { firstMs: 5 * MINUTE_MS, longestMs: 10 * MINUTE_MS };

function backoffOf(cause: Exclude<SuspensionCause, 'operator'>, subject: SuspensionSubject): Backoff {
  const isRegistrationRefused = cause === 'authentication' && subject.kind === 'registration';
  return isRegistrationRefused ? REGISTRATION_REFUSED : BACKOFF[cause];
}

/**
 * When one score is tried after this number of failures in a row. The wait is shortened by up to a quarter at random.
 *
 * @param platformRetryAt when the platform asked to be tried again: never earlier than this, and with the cause
 *   `throttled` exactly then
 */
export function retryAfter(
  subject: SuspensionSubject,
  cause: Exclude<SuspensionCause, 'operator'>,
  failures: number,
  now: Date,
  random: number,
  platformRetryAt: Date | undefined,
): Date {
  const { firstMs, longestMs } = backoffOf(cause, subject);
  const waitMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (1 - random / 4);
  // The time that the platform gave is not doubled.
  if (cause === 'throttled' && platformRetryAt !== undefined) return platformRetryAt;
  return new Date(Math.max(now.getTime() + waitMs, platformRetryAt?.getTime() ?? 0));
}

/** Whether two subjects are the same. */
export function isSameSubject(one: SuspensionSubject, other: SuspensionSubject): boolean {
  return subjectKey(one) === subjectKey(other);
}

/** A text that only this subject of a registration has. */
export function subjectKey(subject: SuspensionSubject): string {
  switch (subject.kind) {
    case 'registration':
      return subject.kind;
    case 'course':
      return `${subject.kind} ${subject.courseId}`;
    case 'line_item':
      return `${subject.kind} ${subject.lineItemKey}`;
    case 'origin':
      return `${subject.kind} ${subject.origin}`;
  }
}

/** Whether a score is not sent while this is suspended. */
export function covers(
  subject: SuspensionSubject,
  score: { courseId: string; lineItemKey: string; origin: string },
): boolean {
  switch (subject.kind) {
    case 'registration':
      return true;
    case 'course':
      return subject.courseId === score.courseId;
    case 'line_item':
      return subject.lineItemKey === score.lineItemKey;
    case 'origin':
      return subject.origin === score.origin;
  }
}

/** The subjects of suspensions, by kind, as a query needs them. */
export interface SuspendedSubjects {
  lineItemKeys: readonly string[];
  courseIds: readonly string[];
  origins: readonly string[];
}
