import { z } from 'zod';
import { type PassbackHold } from './passback-hold.js';

const holdViewSchema = z.object({
  /** What is suspended: all scores of the registration, those of a course or of a line item, or those for a server. */
  subject: z.enum(['registration', 'course', 'line_item', 'origin']),
  courseId: z.uuid().nullable(),
  lineItemId: z.string().nullable(),
  origin: z.string().nullable(),
  cause: z.enum(['operator', 'authentication', 'client', 'scope', 'throttled', 'unreachable', 'failing']),
  error: z.object({ code: z.string(), message: z.string() }),
  failures: z.int(),
  since: z.iso.datetime(),
  /** When a score is tried; null: not before an operator resumes. */
  retryAt: z.iso.datetime().nullable(),
});

/** What the API shows of a registration's passback. */
export const passbackViewSchema = z.object({
  /** `paused` by an operator; `held` back, in whole or in part, by faults; else `running`. */
  status: z.enum(['running', 'paused', 'held']),
  holds: z.array(holdViewSchema),
  scores: z.object({ pending: z.int(), rejected: z.int() }),
});
export type PassbackView = z.output<typeof passbackViewSchema>;

export function viewPassback(
  holds: readonly PassbackHold[],
  scores: { pending: number; rejected: number },
): PassbackView {
  const isPaused = holds.some(({ cause }) => cause === 'operator');
  const status = holds.length === 0 ? 'running' : isPaused ? 'paused' : 'held';
  return { status, holds: holds.map(viewHold), scores };
}

function viewHold({ subject, cause, failures, errorCode, message, heldSince, retryAt }: PassbackHold) {
  return {
    subject: subject.kind === 'line-item' ? ('line_item' as const) : subject.kind,
    courseId: 'courseId' in subject ? subject.courseId : null,
    lineItemId: subject.kind === 'line-item' ? subject.lineItemId : null,
    origin: subject.kind === 'origin' ? subject.origin : null,
    cause,
    error: { code: errorCode, message },
    failures,
    since: heldSince.toISOString(),
    retryAt: retryAt?.toISOString() ?? null,
  };
}
