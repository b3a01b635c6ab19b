import { z } from 'zod';
import { textSchema } from '../common/text.schema.js';

/** Control and direction characters: they would break the lines of a list, or reverse its text. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

const name = textSchema(200).refine((text) => !CONTROL.test(text), 'must not hold control characters');
const scope = z.enum(['read', 'write']);

/** Body of POST /api/v1/api-keys. Names are for people: two keys may share one while the second takes the place of the first. */
export const createApiKeySchema = z.strictObject({ name, scope });
/** The input of `ApiKeyService.create`. Two keys may have the same name. */
export type CreateApiKey = z.output<typeof createApiKeySchema>;

/** An API key in API responses. */
export const apiKeyViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scope,
  createdAt: z.iso.datetime(),
  /** To the minute; null before the first use. */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type ApiKeyView = z.output<typeof apiKeyViewSchema>;

/** Answer of POST /api/v1/api-keys, and the only one that holds the key. */
export const createdApiKeySchema = apiKeyViewSchema.extend({ key: z.string() });
export type CreatedApiKeyView = z.output<typeof createdApiKeySchema>;
