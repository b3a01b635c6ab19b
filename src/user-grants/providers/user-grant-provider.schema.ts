import { z } from 'zod';
import { textSchema as text } from '../../common/text.schema.js';

/** Absolute, or a path at the platform's API host. */
const location = text(2048).refine(
  (value) => value.startsWith('/') || URL.canParse(value),
  'must be an absolute URL, or a path that begins with /',
);

/** Parameters that nest-lti sets itself, so a provider may not. */
const RESERVED = [
  'client_id',
  'client_secret',
  'code',
  'grant_type',
  'redirect_uri',
  'refresh_token',
  'response_type',
  'scope',
  'state',
];

/** Query or form parameters that go with a request. */
export const parametersSchema = z
  .record(text(128), z.string().max(1024))
  .refine(
    (parameters) => Object.keys(parameters).every((name) => !RESERVED.includes(name)),
    `must name none of ${RESERVED.join(', ')}`,
  );

const revocationSchema = z.strictObject({
  method: z.enum(['POST', 'DELETE']),
  url: location,
  /** `bearer`: the access token revokes itself. `form`: RFC 7009, with the refresh token and our own authentication. */
  by: z.enum(['bearer', 'form']),
  /** The parameters of a revocation that also ends the user's web sessions at the platform. */
  expireSessions: parametersSchema.default({}),
});

const answerSchema = z.strictObject({
  status: z.int().min(400).max(499),
  error: text(128),
  /** A part of `error_description`, if the error alone is ambiguous. */
  description: text(255).optional(),
});

/**
 * The OAuth 2.0 server of a platform for user grants (RFC 6749), with the differences of real platforms.
 *
 * @example
 * const provider = userGrantProviderSchema.parse({ authorizeUrl: '/oauth2/authorize', tokenUrl: '/oauth2/token' });
 */
export const userGrantProviderSchema = z.strictObject({
  authorizeUrl: location,
  tokenUrl: location,
  revocation: revocationSchema.nullable().default(null),
  clientAuthentication: z.enum(['body', 'basic']).default('body'),
  scopeSeparator: z.string().min(1).max(3).default(' '),
  /** Requested if the client names none. */
  scopes: z.array(text(255)).max(500).default([]),
  authorizeParameters: parametersSchema.default({}),
  /** Sent with the code, such as the parameter that replaces the user's older tokens. */
  exchangeParameters: parametersSchema.default({}),
  /** Each refresh token can be used once. The answer has the next one. */
  rotatesRefreshTokens: z.boolean().default(false),
  /** A refresh ends the earlier access token, so a token is not refreshed before it has to be. */
  refreshKillsAccessToken: z.boolean().default(false),
  /** The answers to a refresh that mean that the grant has ended. */
  endings: z
    .array(answerSchema)
    .max(20)
    .default([{ status: 400, error: 'invalid_grant' }]),
  /** A 401 of the API with this header is about the token, others are about permissions. Null: every 401 is about the token. */
  deadTokenHeader: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be a header name in lower case')
    .nullable()
    .default(null),
  /** A part of the body of a 403 that asks for more scopes than the user has granted. */
  insufficientScopeText: text(255).nullable().default(null),
  /** The path of the platform's user id in the token answer. */
  userIdPath: z.array(text(64)).min(1).max(5).nullable().default(null),
  /** Where the token answer names the administrator who acted as the user: such a consent is refused. */
  realUserPath: z.array(text(64)).min(1).max(5).nullable().default(null),
  /** The custom parameter of launches that holds the id of `userIdPath`. */
  userIdParameter: text(128).nullable().default(null),
});
/** The OAuth 2.0 server of a platform for user grants: its URLs, and how it differs from RFC 6749. */
export type UserGrantProvider = z.output<typeof userGrantProviderSchema>;
