import { z } from 'zod';
import { type RequestBody } from '../common/openapi/openapi-types.js';
import { extensionsSchema } from '../lti-services/grades/extensions.schema.js';
import { instantSchema } from '../lti-services/grades/instant.schema.js';
import { MAX_SCORES } from './grade-passback.service.js';
import { outboxScoreSchema } from './outbox.schema.js';

/** JSON schemas that zod cannot derive: a moment is a text, and an extension is any JSON. */
const inJson = new Map<unknown, object>([
  [instantSchema, { type: 'string', format: 'date-time' }],
  [extensionsSchema, { type: 'object', additionalProperties: true }],
  [outboxScoreSchema.shape.scoreGiven, { type: 'number', minimum: 0, nullable: true }],
]);

const { items } = z.toJSONSchema(z.array(outboxScoreSchema), {
  target: 'openapi-3.0',
  io: 'input',
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }) => {
    const instead = inJson.get(zodSchema);
    if (instead === undefined) return;
    for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name);
    Object.assign(jsonSchema, instead);
  },
});

const schema = { type: 'array', items, minItems: 1, maxItems: MAX_SCORES };

/** The body of a request with scores, for the OpenAPI document. */
export const scoresDocument: RequestBody = {
  description: 'A JSON array, or the same objects as NDJSON: one on each line',
  required: true,
  content: { 'application/json': { schema }, 'application/x-ndjson': { schema } },
};
