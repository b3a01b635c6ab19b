import { scoreSchema } from '../lti-services/grades/score.schema.js';
import { type OutboxScoreView } from './outbox.schema.js';
import { type OutboxScore } from './outbox-score.entity.js';

export function viewOutboxScore(row: OutboxScore): OutboxScoreView {
  const { scoreGiven, scoreMaximum } = scoreSchema.parse(row.score);
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
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.message ?? '' },
    dueAt: row.status === 'pending' ? row.dueAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  };
}
