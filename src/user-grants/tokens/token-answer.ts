import { parse } from 'lossless-json';
import { z } from 'zod';
import { lifeInSeconds, parseJson } from '../../access-tokens/token-response.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';

/** The tokens that a token endpoint returned. */
export interface TokenAnswer {
  accessToken: string;
  /** Undefined: the previous one, if any, stays valid. */
  refreshToken: string | undefined;
  /** Undefined where the platform says nothing of an end. */
  expiresAt: Date | undefined;
  /** Undefined if the platform does not send it. Then the requested scopes were granted. */
  scopes: string[] | undefined;
  /** The platform's id of the user. */
  providerUserId: string | undefined;
  /** Whether an administrator gave it while acting as the user (Canvas: "masquerading"). */
  isMasquerade: boolean;
}

// RFC 6749 A.12: anything else would break the header that it goes into. Canvas has been seen to answer null.
const token = z
  .string()
  .max(16_384)
  .regex(/^[\x21-\x7E]+$/);

/** RFC 6749 5.1 */
const schema = z.object({
  access_token: token,
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .nullish(),
  // An empty one is none.
  refresh_token: z.union([token, z.literal('').transform(() => undefined)]).nullish(),
  expires_in: z.unknown().optional(),
  scope: z.union([z.string(), z.array(z.string()).transform((scopes) => scopes.join(' '))]).nullish(),
});

/**
 * @param requestedAt the moment before the request was sent: the token's life counts from there
 * @param provider where the ids of the user and of an acting administrator are
 * @returns the names of the wrong fields, if there is no usable token
 */
export function readTokenAnswer(
  body: string,
  requestedAt: Date,
  { userIdPath, realUserPath }: Pick<UserGrantProvider, 'userIdPath' | 'realUserPath'>,
): TokenAnswer | { wrong: string } {
  const json = parseJson(body);
  const result = schema.safeParse(json);
  if (!result.success) {
    return { wrong: result.error.issues.map(({ path }) => path.join('.') || 'body').join(', ') };
  }
  const { access_token, refresh_token, expires_in, scope } = result.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? undefined,
    expiresAt:
      expires_in === undefined || expires_in === null
        ? undefined
        : new Date(requestedAt.getTime() + lifeInSeconds(expires_in) * 1000),
    scopes: scope?.split(/[\s,]+/).filter(Boolean),
    providerUserId: userIdPath === null ? undefined : userIdOf(valueAt(exactly(body), userIdPath)),
    isMasquerade: realUserPath !== null && (valueAt(json, realUserPath) ?? null) !== null,
  };
}

function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Parses JSON with large integers as text: users of other shards of Canvas have ids above 2^53. */
function exactly(body: string): unknown {
  try {
    return parse(body, undefined, (digits) => (isUnsafe(digits) ? digits : Number(digits)));
  } catch {
    // Such as a name that comes twice, which JSON.parse takes.
    return parseJson(body);
  }
}

function isUnsafe(digits: string): boolean {
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits));
}

/** An id as text: it is a number at some platforms, and a text at others. Undefined for anything else. */
export function userIdOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined;
}
