import { type LtiError } from '../common/lti-error.js';
import { type AccessToken, servesUntilMs } from './access-token.js';
import { TokenRequestRefused } from './access-token.errors.js';
import { type RenewalFailure } from './stores/token-store.js';

/** Back-off after the platform refused the client. */
const REFUSED_MS = 60_000;
/** A scope that was not granted is requested again after this time (docs/tokens.md, rule 9). */
export const SCOPE_RETRY_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** Back-off while a token still serves (docs/tokens.md, rule 4). */
const BACKOFF_WITH_TOKEN_MS = 30_000;

/** The circumstances of a failed token request. */
export interface FailureSituation {
  now: Date;
  /** How many requests in a row failed before this one. */
  earlier: number;
  /** The token that callers use meanwhile, if there is one. */
  present?: AccessToken | undefined;
  random?: () => number;
}

/**
 * The failure to remember after `error`, with the time of the next request (docs/tokens.md, rule 8). That is the
 * platform's Retry-After, if it sent one; a minute after a refusal of the client, 5 min after one of the scopes; else 1
 * s, doubled up to 60 s and jittered, so that processes do not return together. While a token still serves, it is 30 s,
 * or the rest of that time if it is less.
 */
export function failureOf(
  error: LtiError,
  { now, earlier, present, random = Math.random }: FailureSituation,
): RenewalFailure {
  const attempts = earlier + 1;
  if (error instanceof TokenRequestRefused) {
    const waitMs = error.isAboutScopes ? SCOPE_RETRY_MS : REFUSED_MS;
    const { message, platformError } = error;
    return {
      kind: error.isAboutScopes ? 'scope' : 'refused',
      message,
      ...(platformError !== undefined && { platformError }),
      retryAt: error.retryAt ?? later(now, waitMs),
      attempts,
    };
  }
  const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
  const jitteredMs = backoffMs * (0.75 + random() / 4);
  const servesForMs = present === undefined ? 0 : servesUntilMs(present) - now.getTime();
  return {
    kind: 'failed',
    message: error.message,
    retryAt:
      error.retryAt ??
      later(now, servesForMs > 0 ? Math.min(BACKOFF_WITH_TOKEN_MS, servesForMs) : jitteredMs),
    attempts,
  };
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
