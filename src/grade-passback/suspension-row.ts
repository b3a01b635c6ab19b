import { type SuspensionCause } from './settlement.js';
import { type Suspension, type SuspensionSubject } from './suspension.js';

/** A row of `nest_lti.passback_suspension`, without the time of its last failure. */
export interface SuspensionRow {
  registration_id: string;
  kind: SuspensionSubject['kind'];
  course_id: string | null;
  line_item_key: string | null;
  line_item_id: string | null;
  origin: string | null;
  cause: SuspensionCause;
  failures: number;
  error_code: string;
  message: string;
  suspended_since: Date;
  retry_at: Date | null;
  is_outlived: boolean;
}

/** The expression of the unique index that identifies a subject within its kind. */
export const SUBJECT = `coalesce(line_item_key::text, course_id::text, origin, '')`;
/** The columns of a `SuspensionRow`. */
export const SUSPENSION_COLUMNS =
  'registration_id, kind, course_id, line_item_key, line_item_id, origin, cause, failures, error_code, message, suspended_since, retry_at, is_outlived';

export function suspensionOf(row: SuspensionRow): Suspension {
  return {
    registrationId: row.registration_id,
    subject: subjectOf(row),
    cause: row.cause,
    failures: row.failures,
    errorCode: row.error_code,
    message: row.message,
    suspendedSince: row.suspended_since,
    retryAt: row.retry_at,
    isOutlived: row.is_outlived,
  };
}

/** The subject as the columns have it. */
export function columnsOf(subject: SuspensionSubject) {
  return {
    kind: subject.kind,
    course_id: 'courseId' in subject ? subject.courseId : null,
    line_item_key: subject.kind === 'line_item' ? subject.lineItemKey : null,
    line_item_id: subject.kind === 'line_item' ? subject.lineItemId : null,
    origin: subject.kind === 'origin' ? subject.origin : null,
  };
}

/** The value of the expression `SUBJECT`. */
export function subjectText(subject: SuspensionSubject): string {
  const { line_item_key, course_id, origin } = columnsOf(subject);
  return line_item_key ?? course_id ?? origin ?? '';
}

/** A constraint of the table says which columns each kind has. */
function subjectOf({
  kind,
  course_id,
  line_item_key,
  line_item_id,
  origin,
}: SuspensionRow): SuspensionSubject {
  switch (kind) {
    case 'registration':
      return { kind };
    case 'course':
      return { kind, courseId: course_id ?? '' };
    case 'line_item':
      return {
        kind,
        lineItemKey: line_item_key ?? '',
        courseId: course_id ?? '',
        lineItemId: line_item_id ?? '',
      };
    case 'origin':
      return { kind, origin: origin ?? '' };
  }
}
