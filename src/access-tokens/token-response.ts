import { z } from 'zod';
import { AccessToken } from './access-token.js';
import { TokenRequestFailed } from './access-token.errors.js';

const DEFAULT_LIFE_S = 3600;
/** A shorter life is not enough for a request. */
const MIN_LIFE_S = 1;
/** For an unreadable expires_in: short, but long enough that many callers do not send many requests. */
const NONSENSE_LIFE_S = 5;
const MAX_LIFE_S = 86_400;

/** RFC 6749 5.1, read tolerantly: platforms differ. */
const schema = z.object({
  // RFC 6749 A.12. Other characters are not allowed in the Authorization header.
  access_token: z
    .string()
    .max(16_384)
    .regex(/^[\x20-\x7E]+$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .nullish(),
  expires_in: z.unknown().optional(),
  scope: z.union([z.string(), z.array(z.string()).transform((scopes) => scopes.join(' '))]).nullish(),
});

/**
 * Reads the answer of a token endpoint, whatever its Content-Type says (Moodle: text/html).
 *
 * @param requestedAt the moment before the request was sent, from which the token's life counts
 * @throws TokenRequestFailed when there is no usable token in it
 */
export function parseTokenResponse(body: string, asked: readonly string[], requestedAt: Date): AccessToken {
  const result = schema.safeParse(parseJson(body));
  if (!result.success) {
    const fields = result.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    throw new TokenRequestFailed(`The token endpoint answered without a usable token (wrong: ${fields}).`);
  }
  const { access_token: value, expires_in: expiresIn, scope } = result.data;
  return new AccessToken({
    value,
    scopes: scope === undefined || scope === null ? asked : scopesIn(scope, asked),
    issuedAt: requestedAt,
    expiresAt: new Date(requestedAt.getTime() + lifeInSeconds(expiresIn) * 1000),
  });
}

/** The granted scopes. Those that were requested are the same strings, because a substring keeps the whole answer in memory. */
function scopesIn(granted: string, asked: readonly string[]): string[] {
  const scopes = granted.split(/\s+/).filter(Boolean);
  return scopes.map((scope) => asked.find((known) => known === scope) ?? scope);
}

/** The life of a token by its `expires_in`, which may be of any type: an hour if it is missing. */
export function lifeInSeconds(expiresIn: unknown): number {
  if (expiresIn === undefined || expiresIn === null) return DEFAULT_LIFE_S;
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < MIN_LIFE_S)
    return NONSENSE_LIFE_S;
  return Math.min(seconds, MAX_LIFE_S);
}

/** Undefined if the text is not JSON. The schema then names what is wrong. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
