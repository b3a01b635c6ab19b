import { type LtiError } from '../common/lti-error.js';
import { type AccessToken } from './access-token.js';
import { type RenewalFailure } from './stores/token-store.js';
import { TokenRequestRefused } from './access-token.errors.js';
import { servesUntilMs } from './token-life.js';

const REFUSED_MS = 60_000;
/** A scope that was refused is asked for again at this pace. Design rule "Scopes". */
export const SCOPE_PROBE_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** While a token serves there is no hurry. Design rule "Early renewal". */
const UNHURRIED_MS = 30_000;

/** When and in what situation a token request failed. */
export interface FailureSituation {
  now: Date;
  /** How many failed in a row before this one. */
  earlier: number;
  /** The token that callers go on with, if there is one. */
  present?: AccessToken | undefined;
  random?: () => number;
}

/**
 * How long to leave a token endpoint alone after `error`: what it asked for (Retry-After), else a minute after a refusal,
 * else 1 s doubling to 60 s, jittered so that processes do not come back together; but 30 s while a token still serves.
 * Design rule "Failures are remembered".
 */
export function failureOf(
  error: LtiError,
  { now, earlier, present, random = Math.random }: FailureSituation,
): RenewalFailure {
  const attempts = earlier + 1;
  if (error instanceof TokenRequestRefused) {
    const waitMs = error.isAboutScopes ? SCOPE_PROBE_MS : REFUSED_MS;
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
    retryAt: error.retryAt ?? later(now, servesForMs > 0 ? Math.min(UNHURRIED_MS, servesForMs) : jitteredMs),
    attempts,
  };
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
