import { z } from 'zod';
import { cursorSchema, idPageQuerySchema } from '../common/page.schema.js';
import { type Suspension } from './suspension.js';

/** The key of the cursor of suspensions: the time in microseconds, the rank of the kind, the cause and the subject. */
export const SUSPENSION_KEY = '\\d{1,18}:\\d:\\w+:.*';

/** The query of a list of suspensions, which is in order of time. */
export const suspensionQuerySchema = idPageQuerySchema.extend({ cursor: cursorSchema(SUSPENSION_KEY) });

/** A suspension, as the API returns it. */
export const suspensionViewSchema = z.object({
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
  const { subject, cause, failures, errorCode, message, suspendedSince, retryAt } = suspension;
  return {
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
