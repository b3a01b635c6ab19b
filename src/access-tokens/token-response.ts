import { z } from 'zod';
import { AccessToken } from './access-token.js';
import { TokenRequestFailed } from './access-token.errors.js';

const DEFAULT_LIFE_S = 3600;
/** No request fits into less. */
const MIN_LIFE_S = 1;
/** For an expires_in that makes no sense: short, yet long enough that a herd of callers is not a storm. */
const NONSENSE_LIFE_S = 5;
const MAX_LIFE_S = 86_400;

/** RFC 6749 5.1, as platforms really answer. */
const schema = z.object({
  // RFC 6749 A.12: anything else would break the header that it goes into.
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
 * @param requestedAt the moment before the request was sent: the token's life counts from there
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

/** As the strings that were asked with, where they are: a piece cut out of the answer keeps all of it, and compares slowly. */
function scopesIn(granted: string, asked: readonly string[]): string[] {
  const scopes = granted.split(/\s+/).filter(Boolean);
  return scopes.map((scope) => asked.find((known) => known === scope) ?? scope);
}

/** What an `expires_in` comes to, whatever it is; an hour where there is none. */
export function lifeInSeconds(expiresIn: unknown): number {
  if (expiresIn === undefined || expiresIn === null) return DEFAULT_LIFE_S;
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < MIN_LIFE_S)
    return NONSENSE_LIFE_S;
  return Math.min(seconds, MAX_LIFE_S);
}

/** Undefined for what is no JSON: the schema says what is wrong then. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
