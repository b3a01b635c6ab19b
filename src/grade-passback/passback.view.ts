import { z } from 'zod';
import { type Suspension } from './suspension.js';

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

/** The answer of the API about a registration's passback. */
export const passbackViewSchema = z.object({
  /** `paused` by an operator; `suspended`, in whole or in part, by faults; else `running`. */
  status: z.enum(['running', 'paused', 'suspended']),
  suspensions: z.array(suspensionViewSchema),
  scores: z.object({ pending: z.int(), rejected: z.int() }),
});
/** The deliveries of a registration: whether they run, their suspensions, and how many scores wait or were rejected. */
export type PassbackView = z.output<typeof passbackViewSchema>;

export function viewPassback(
  suspensions: readonly Suspension[],
  scores: { pending: number; rejected: number },
): PassbackView {
  const isPaused = suspensions.some(({ cause }) => cause === 'operator');
  const status = suspensions.length === 0 ? 'running' : isPaused ? 'paused' : 'suspended';
  return { status, suspensions: suspensions.map(viewSuspension), scores };
}

function viewSuspension(suspension: Suspension) {
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
