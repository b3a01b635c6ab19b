import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';
import { opaqueTextSchema, urlSchema } from '../common/text.schema.js';
import { scoreSchema } from '../lti-services/grades/score.schema.js';
import { outboxStatuses } from './outbox-score.entity.js';

const MAX_ID = 512;

/** A score for the outbox: the fields of `GradeService.postScore`, and its line item. */
export const outboxScoreSchema = scoreSchema.safeExtend({
  userId: opaqueTextSchema(MAX_ID),
  /** The `id` of the line item: its URL. */
  lineItemId: urlSchema,
  /** Two scores of a course with the same key are one score. */
  idempotencyKey: opaqueTextSchema(255).optional(),
});
/** The input of a caller. */
export type OutboxScoreInput = z.input<typeof outboxScoreSchema>;
export type CheckedScore = z.output<typeof outboxScoreSchema>;

const faultSchema = z.object({ field: z.string(), message: z.string() });

/** The verdict on one score of a request; `index` is its position in the request. */
export const scoreVerdictSchema = z.discriminatedUnion('status', [
  /** The score is in the outbox. */
  z.object({ index: z.int(), status: z.literal('accepted'), id: z.uuid() }),
  /** A score with this idempotency key is in the outbox already. */
  z.object({ index: z.int(), status: z.literal('duplicate'), id: z.uuid() }),
  z.object({ index: z.int(), status: z.literal('refused'), errors: z.array(faultSchema) }),
]);
/**
 * The verdict on one score of `enqueueAll`, by its `index`: `accepted` or `duplicate` with an id, or `refused` with its
 * faults.
 */
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
/** A page of `GradePassbackService.list`; every filter may be left out. */
export type OutboxQuery = Partial<z.output<typeof outboxQuerySchema>>;

/** A score in the outbox, as the API returns it. */
export const outboxScoreViewSchema = z.object({
  id: z.uuid(),
  registrationId: z.uuid(),
  courseId: z.uuid(),
  lineItemId: z.string(),
  /** Of the line item, as the last sync of grades read it; null if none has, or it is empty. */
  lineItemLabel: z.string().nullable(),
  userId: z.string(),
  /** Of the member, as the last sync of the roster read it; null if the platform shares no names. */
  userName: z.string().nullable(),
  idempotencyKey: z.string().nullable(),
  status: z.enum(outboxStatuses),
  /** null: the score clears the grade. */
  scoreGiven: z.number().nullable(),
  scoreMaximum: z.number().nullable(),
  /** The timestamp that the score was sent with, or will be. */
  timestamp: z.iso.datetime().nullable(),
  attempts: z.int(),
  /** Why the score was rejected or waits: because of its last attempt, or because of a suspension. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** When the score is sent if nothing suspends it; null after it is settled. */
  dueAt: z.iso.datetime().nullable(),
  /** When a pending score is tried, suspensions included; null while an operator has paused it, and after it is settled. */
  retryAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
});
/** A score in the outbox. Times are ISO 8601; `error` is null unless the score was rejected or waits. */
export type OutboxScoreView = z.output<typeof outboxScoreViewSchema>;
