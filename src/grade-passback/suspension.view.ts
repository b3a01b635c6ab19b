import { z } from 'zod';
import { cursorSchema, ID_KEY, idPageQuerySchema, type PageQuery } from '../common/page.schema.js';
import { type Suspension } from './suspension.js';

/** The key of the cursor of suspensions: the time in microseconds, the rank of the kind, the cause, the registration and the subject. */
export const SUSPENSION_KEY = `\\d{1,18}:\\d:\\w+:${ID_KEY}:.*`;

/** The query of a list of a registration's suspensions, which is in order of time. */
export const registrationSuspensionsQuerySchema = idPageQuerySchema.extend({
  cursor: cursorSchema(SUSPENSION_KEY),
  /** Only those of this course and of its line items. */
  courseId: z.uuid().optional(),
});

/** The query of a list of all suspensions. */
export const suspensionQuerySchema = registrationSuspensionsQuerySchema.extend({
  registrationId: z.uuid().optional(),
});
/** A page of `GradePassbackService.listSuspensions`; every filter may be left out. */
export interface SuspensionQuery extends PageQuery {
  /** Only the suspensions of this registration. */
  registrationId?: string | undefined;
  /** Only the suspensions of this course and of its line items. */
  courseId?: string | undefined;
}

/** A suspension, as the API returns it. */
export const suspensionViewSchema = z.object({
  registrationId: z.uuid(),
  /** What is suspended: all scores of the registration, those of a course or of a line item, or those for a server. */
  subject: z.enum(['registration', 'course', 'line_item', 'origin']),
  courseId: z.uuid().nullable(),
  lineItemId: z.string().nullable(),
  origin: z.string().nullable(),
  cause: z.enum(['operator', 'authentication', 'client', 'scope', 'throttled', 'unreachable', 'failing']),
  error: z.object({ code: z.string(), message: z.string() }),
  failures: z.int(),
  since: z.iso.datetime(),
  /** When one score is tried; null: not before an operator resumes. */
  retryAt: z.iso.datetime().nullable(),
});
/** A suspension: what is suspended, why, since when, and when one score is tried. */
export type SuspensionView = z.output<typeof suspensionViewSchema>;

export function viewSuspension(suspension: Suspension): SuspensionView {
  const { registrationId, subject, cause, failures, errorCode, message, suspendedSince, retryAt } =
    suspension;
  return {
    registrationId,
    subject: subject.kind,
    courseId: 'courseId' in subject ? subject.courseId : null,
    lineItemId: subject.kind === 'line_item' ? subject.lineItemId : null,
    origin: subject.kind === 'origin' ? subject.origin : null,
    cause,
    error: { code: errorCode, message },
    failures,
    since: suspendedSince.toISOString(),
    retryAt: retryAt?.toISOString() ?? null,
  };
}
