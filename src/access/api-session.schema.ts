import { z } from 'zod';
import { apiKeyViewSchema } from './api-key.schema.js';

/** Body of POST /api/v1/session. */
export const createSessionSchema = z.strictObject({
  apiKey: z.string().regex(/^[\x21-\x7E]{1,512}$/, 'must be an API key, without spaces'),
});
export type CreateSession = z.output<typeof createSessionSchema>;

/** A session in API responses. */
export const sessionViewSchema = z.object({
  /** The API key that the session acts as. */
  apiKey: apiKeyViewSchema.pick({ id: true, name: true, scope: true }),
  expiresAt: z.iso.datetime(),
});
export type SessionView = z.output<typeof sessionViewSchema>;
