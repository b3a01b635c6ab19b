import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';
import { opaqueTextSchema, urlSchema } from '../common/text.schema.js';
import { scoreSchema } from '../lti-services/grades/score.schema.js';
import { outboxStatuses } from './outbox-score.entity.js';

const MAX_ID = 512;

/** A score for the outbox: as for `GradeService.postScore`, and where it belongs. */
export const outboxScoreSchema = scoreSchema.safeExtend({
  userId: opaqueTextSchema(MAX_ID),
  /** The `id` of the line item: its URL. */
  lineItemId: urlSchema,
  /** The same key twice, within a course, is one score. */
  idempotencyKey: opaqueTextSchema(255).optional(),
});
/** What a caller writes. */
export type OutboxScoreInput = z.input<typeof outboxScoreSchema>;
export type CheckedScore = z.output<typeof outboxScoreSchema>;

const faultSchema = z.object({ field: z.string(), message: z.string() });

/** What became of one of the scores of a request, by its position there. */
export const scoreVerdictSchema = z.discriminatedUnion('status', [
  /** It is in the outbox. */
  z.object({ index: z.int(), status: z.literal('accepted'), id: z.uuid() }),
  /** It was there before, by its idempotency key. */
  z.object({ index: z.int(), status: z.literal('duplicate'), id: z.uuid() }),
  z.object({ index: z.int(), status: z.literal('refused'), errors: z.array(faultSchema) }),
]);
export type ScoreVerdict = z.output<typeof scoreVerdictSchema>;

export const scoreVerdictsSchema = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  refused: z.int(),
  scores: z.array(scoreVerdictSchema),
});
export type ScoreVerdicts = z.output<typeof scoreVerdictsSchema>;

/** The query of a list of a course's scores. */
export const courseScoresQuerySchema = idPageQuerySchema.extend({
  status: z.enum(outboxStatuses).optional(),
  lineItemId: urlSchema.optional(),
  userId: opaqueTextSchema(MAX_ID).optional(),
});

/** The query of a list of all scores. */
export const outboxQuerySchema = courseScoresQuerySchema.extend({
  registrationId: z.uuid().optional(),
  courseId: z.uuid().optional(),
});
export type OutboxQuery = z.output<typeof outboxQuerySchema>;

/** What the API shows of a score in the outbox. */
export const outboxScoreViewSchema = z.object({
  id: z.uuid(),
  registrationId: z.uuid(),
  courseId: z.uuid(),
  lineItemId: z.string(),
  userId: z.string(),
  idempotencyKey: z.string().nullable(),
  status: z.enum(outboxStatuses),
  /** null clears the grade */
  scoreGiven: z.number().nullable(),
  scoreMaximum: z.number().nullable(),
  /** The one it was sent with, or is to be. */
  timestamp: z.iso.datetime().nullable(),
  attempts: z.int(),
  /** Why it was rejected, or waits: for a reason of its own, or since something above it is suspended. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** When it is sent, as far as that lies with the score itself; null once it is settled. */
  dueAt: z.iso.datetime().nullable(),
  /** When a waiting score is tried, suspensions included; null when an operator has paused it, and once it is settled. */
  retryAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
});
export type OutboxScoreView = z.output<typeof outboxScoreViewSchema>;
