import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';
import { flagSchema, opaqueTextSchema, urlSchema } from '../common/text.schema.js';
import { endReasonSchema } from './end-reason.js';

const userId = opaqueTextSchema(255);
const statusSchema = z.enum(['active', 'unverified', 'needs_authorization', 'revoked']);
const launchSessionId = z.uuid('must be the id of a launch session');

/** A user grant in API responses, without its tokens. */
export const userGrantViewSchema = z.object({
  id: z.uuid(),
  registrationId: z.uuid(),
  /** The user id of LTI (`sub`). */
  userId: z.string(),
  /** `unverified`: it is not known which user of the platform consented. `revoked`: still to be revoked there. */
  status: statusSchema,
  /** Why the grant cannot be used; null if it can. */
  reason: endReasonSchema.nullable(),
  /** The platform's own id of the user who consented. */
  providerUserId: z.string().nullable(),
  scopes: z.array(z.string()),
  /** Of the access token. */
  expiresAt: z.iso.datetime().nullable(),
  authorizedAt: z.iso.datetime(),
  lastRefreshedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type UserGrantView = z.output<typeof userGrantViewSchema>;

/** Query of GET /api/v1/user-grants. */
export const userGrantQuerySchema = idPageQuerySchema.extend({
  registrationId: z.uuid('must be the id of a registration').optional(),
  userId: userId.optional(),
  status: statusSchema.optional(),
});
export type UserGrantQuery = z.output<typeof userGrantQuerySchema>;

/** Query of DELETE /api/v1/user-grants/:id. */
export const revocationQuerySchema = z.strictObject({
  /** Also ends the user's web sessions at the platform, if the platform supports it. */
  expireSessions: flagSchema,
});
export type RevocationQuery = z.output<typeof revocationQuerySchema>;

/** Body of POST /api/v1/user-grants/resolve: of a launch, or of a user who is known by ids. */
export const resolveSchema = z.union([
  z.strictObject({ launchSessionId }),
  z.strictObject({ registrationId: z.uuid('must be the id of a registration'), userId }),
]);
export type ResolveBody = z.output<typeof resolveSchema>;

export const resolutionSchema = z.object({
  status: z.enum(['ready', 'refreshed', 'authorizationRequired']),
  /** Of a grant that can be used. */
  grantId: z.uuid().optional(),
  /** Of such a grant: false where the platform does not say who consented. */
  isVerified: z.boolean().optional(),
  reason: endReasonSchema.optional(),
  /** Open it in a new window. Missing if the user has no open launch session. */
  authorizeUrl: z.url().optional(),
});
export type ResolutionView = z.output<typeof resolutionSchema>;

/** Body of POST /api/v1/user-grants/authorize. */
export const authorizeSchema = z.strictObject({
  launchSessionId,
  /** Where the platform sends its answer, if the tool takes that itself: below one of the tool's URLs. */
  redirectUri: urlSchema.optional(),
});
export type AuthorizeBody = z.output<typeof authorizeSchema>;

export const authorizedSchema = z.object({
  /** Open it in a new window. */
  authorizeUrl: z.url(),
});
export type AuthorizedView = z.output<typeof authorizedSchema>;

const parameter = z.string().min(1).max(4096).optional();

/** Body of POST /api/v1/user-grants/callback: what the platform sent to the tool's own redirect URI. */
export const callbackSchema = z.strictObject({
  /** The launch session of the user who sent the request. Bind it to your own session. */
  launchSessionId,
  state: z.string().min(1).max(256),
  code: parameter,
  error: parameter,
  errorDescription: parameter,
});
export type CallbackBody = z.output<typeof callbackSchema>;

/** Body of POST /user-grants/logout. */
export const logoutSchema = z.strictObject({
  /** Also ends the user's web sessions at the platform, if the platform supports it. */
  expireSessions: z.boolean().default(false),
});
export type LogoutBody = z.output<typeof logoutSchema>;
