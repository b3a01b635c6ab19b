import { type LtiError } from '../common/lti-error.js';
import { type RenewalFailure } from '../token-store/renewal-failure.js';
import { TokenRequestRefused } from './oauth.errors.js';

const REFUSED_MS = 60_000;
/** A scope that was refused is asked for again at this pace. Design rule "Scopes". */
export const SCOPE_PROBE_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

/**
 * How long to leave a token endpoint alone after `error`: what it asked for (Retry-After), else a minute after a refusal,
 * else 1 s doubling to 60 s, jittered so that processes do not come back together. Design rule "Failures are remembered".
 *
 * @param earlier how many requests failed in a row before this one
 */
export function failureOf(
  error: LtiError,
  now: Date,
  earlier: number,
  random: () => number = Math.random,
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
  return {
    kind: 'failed',
    message: error.message,
    retryAt: error.retryAt ?? later(now, jitteredMs),
    attempts,
  };
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
