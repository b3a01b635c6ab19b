import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';

/** `AccessTokenKey.id`: registration, revision, digest of the scopes. */
export const tokenIdSchema = z
  .string()
  .regex(
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9]{1,10}:[\w-]{22}$/,
    'must be the id of an item of GET /api/v1/access-tokens',
  );

/** `limit` counts registrations, each with all of its tokens, which is usually one. */
export const tokenQuerySchema = idPageQuerySchema.extend({ registrationId: z.uuid().optional() });
/** A page of `StoredTokens.list`. `limit` counts registrations, each with all of its tokens. */
export type TokenQuery = Partial<z.output<typeof tokenQuerySchema>>;

const status = z
  .enum(['fresh', 'expired', 'renewing', 'failing', 'none'])
  .describe(
    [
      'renewing: a process requests a token now, see leaseHolder.',
      'fresh: there is a token, and calls use it.',
      'failing: there is no usable token, and the last request for one failed; the next one follows after failure.retryAt.',
      'expired: the token has expired, or is within the margin before that; the next call requests a new one.',
      'none: there is no token and no failure.',
    ].join(' '),
  );
/**
 * `fresh`: calls use the token. `renewing`: a process requests one. `failing`: there is none, and the last request
 * failed. `expired`, `none`.
 */
export type TokenStatus = z.output<typeof status>;

/** A stored access token in the API, without the token and its hash. */
export const tokenViewSchema = z.object({
  id: z.string(),
  registrationId: z.uuid(),
  registrationName: z.string(),
  status,
  /** As granted; empty where there is no token. */
  scopes: z.array(z.string()),
  issuedAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  /** `hostname:pid` of the process that renews. */
  leaseHolder: z.string().nullable(),
  /** The last request for a token, if it failed. */
  failure: z
    .object({
      kind: z.enum(['refused', 'scope', 'failed']),
      message: z.string(),
      platformError: z.string().nullable(),
      retryAt: z.iso.datetime(),
      attempts: z.int(),
    })
    .nullable(),
});
export type TokenView = z.output<typeof tokenViewSchema>;
