import { type OutboxScoreView } from './outbox.schema.js';
import { type Suspension } from './suspension.js';
import { type OutboxScore } from './outbox-score.entity.js';

/** What a person calls the user and the line item of a score. */
export type ScoreNames = Pick<OutboxScoreView, 'userName' | 'lineItemLabel'>;

/** @param suspensions the suspensions in force that cover the score, if it is pending */
export function viewOutboxScore(
  row: OutboxScore,
  suspensions: readonly Suspension[],
  { userName, lineItemLabel }: ScoreNames = { userName: null, lineItemLabel: null },
): OutboxScoreView {
  const { scoreGiven, scoreMaximum } = row.score;
  const [suspension] = suspensions;
  return {
    id: row.id,
    registrationId: row.registrationId,
    courseId: row.courseId,
    lineItemId: row.lineItemId,
    lineItemLabel,
    userId: row.userId,
    userName,
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
  if (!reason?.errorCode) return null;
  return { code: reason.errorCode, message: reason.message ?? '' };
}

/** The last of the times before which the score is not sent. */
function retryAtOf({ dueAt }: OutboxScore, suspensions: readonly Suspension[]): string | null {
  if (suspensions.some(({ retryAt }) => retryAt === null)) return null;
  const times = [dueAt, ...suspensions.flatMap(({ retryAt }) => retryAt ?? [])];
  return new Date(Math.max(...times.map(Number))).toISOString();
}
