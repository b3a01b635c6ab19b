import { scoreSchema } from '../lti-services/grades/score.schema.js';
import { type OutboxScoreView } from './outbox.schema.js';
import { type PassbackHold } from './passback-hold.js';
import { type OutboxScore } from './outbox-score.entity.js';

/** @param suspensions those that are in force and cover the score, if it is pending */
export function viewOutboxScore(row: OutboxScore, suspensions: readonly PassbackHold[]): OutboxScoreView {
  const { scoreGiven, scoreMaximum } = scoreSchema.parse(row.score);
  const [suspension] = suspensions;
  return {
    id: row.id,
    registrationId: row.registrationId,
    courseId: row.courseId,
    lineItemId: row.lineItemId,
    userId: row.userId,
    idempotencyKey: row.idempotencyKey,
    status: row.status,
    scoreGiven,
    scoreMaximum: scoreMaximum ?? null,
    timestamp: (row.sentTimestamp ?? row.givenTimestamp)?.toISOString() ?? null,
    attempts: row.attempts,
    error: errorOf(row) ?? errorOf(suspension),
    retryAt: row.status === 'pending' ? retryAtOf(row, suspensions) : null,
    dueAt: row.status === 'pending' ? row.dueAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  };
}

function errorOf(
  reason: { errorCode: string | null; message: string | null } | undefined,
): OutboxScoreView['error'] {
  if (reason === undefined || reason.errorCode === null) return null;
  return { code: reason.errorCode, message: reason.message ?? '' };
}

/** The last of the moments before which it is not sent. */
function retryAtOf({ dueAt }: OutboxScore, suspensions: readonly PassbackHold[]): string | null {
  if (suspensions.some(({ retryAt }) => retryAt === null)) return null;
  const moments = [dueAt, ...suspensions.flatMap(({ retryAt }) => retryAt ?? [])];
  return new Date(Math.max(...moments.map(Number))).toISOString();
}
