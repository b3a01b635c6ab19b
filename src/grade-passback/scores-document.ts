import { z } from 'zod';
import { type RequestBody } from '../common/openapi/operation.decorator.js';
import { MAX_SCORES } from './grade-passback.service.js';
import { outboxScoreSchema } from './outbox.schema.js';

const schema = z.array(outboxScoreSchema).min(1).max(MAX_SCORES);

/** The body of a request with scores, for the OpenAPI document. */
export const scoresDocument: RequestBody = {
  description: 'A JSON array, or the same objects as NDJSON: one on each line',
  required: true,
  content: { 'application/json': schema, 'application/x-ndjson': schema },
};
