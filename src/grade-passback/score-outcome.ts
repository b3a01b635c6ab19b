import { type LtiError } from '../common/lti-error.js';
import { InvalidRequest } from '../common/request.errors.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import {
  ForeignLineItem,
  GradesRefused,
  GradesUnavailable,
  NoLineItemsEndpoint,
  ScoreNotSaved,
  ScoreStale,
} from '../lti-services/grades/grades.errors.js';
import {
  AuthenticationFailed,
  ScopeMismatch,
  TokenRequestFailed,
  TokenRequestRefused,
} from '../oauth/oauth.errors.js';
import {
  PlatformThrottled,
  PlatformTimeout,
  PlatformUnreachable,
  RedirectRefused,
  ResponseTooLarge,
} from '../platform-http/platform-http.errors.js';
import { ScoreNotSent } from './grade-passback.errors.js';

/** Why scores are held back, all those of a registration, a course or a server. */
export type HoldCause = 'operator' | 'authentication' | 'client' | 'scope' | 'throttled' | 'unreachable';

/** What an answer, or its absence, means for a score that was sent. */
export type ScoreOutcome =
  | { kind: 'posted' }
  /** The platform will not have it. */
  | { kind: 'rejected'; error: LtiError }
  /** Somebody else has scored the user later: once more, with a later timestamp. */
  | { kind: 'stale'; error: LtiError }
  /** The platform failed over this score. */
  | { kind: 'failing'; error: LtiError }
  /** Nothing is wrong with the score; it waits with the others. */
  | { kind: 'held'; cause: Exclude<HoldCause, 'operator'>; error: LtiError; maybeSent: boolean };

/** What was sent, as far as the meaning of the answer depends on it. */
export interface SentScore {
  /** The platform may have had it from the attempt before. */
  afterUnknown: boolean;
  /** How often the platform has called it stale already. */
  stale: number;
}

/** What sending again cannot mend. */
const WRONG_HERE = [ForeignLineItem, InvalidRequest, NoLineItemsEndpoint, UnsafeUrl];

/** A request that ran into its time at the server's door. The answer does not say that the score is wrong. */
const NOT_ABOUT_THE_SCORE: ReadonlySet<number> = new Set([408, 425]);

/** What is final, what is tried again, and what is no fault of the score. */
export function outcomeOf(error: unknown, sent: SentScore): ScoreOutcome {
  if (error === undefined) return { kind: 'posted' };
  if (error instanceof ScoreStale) return staleOutcome(error, sent);
  // Such an answer may come from a page in front of the platform: that it saved nothing does not make the score wrong.
  if (error instanceof ScoreNotSaved || error instanceof GradesUnavailable) return { kind: 'failing', error };
  if (error instanceof GradesRefused) {
    const isFinal = !NOT_ABOUT_THE_SCORE.has(error.answer.platformStatus);
    return { kind: isFinal ? 'rejected' : 'failing', error };
  }
  if (error instanceof RedirectRefused || error instanceof ResponseTooLarge)
    return { kind: 'failing', error };
  if (WRONG_HERE.some((fault) => error instanceof fault))
    return { kind: 'rejected', error: error as LtiError };
  return heldOutcome(error, sent);
}

/** In a retry "stale" says that the score is there; at first it says that somebody else's is. */
function staleOutcome(error: ScoreStale, { afterUnknown, stale }: SentScore): ScoreOutcome {
  if (afterUnknown) return { kind: 'posted' };
  return stale === 0 ? { kind: 'stale', error } : { kind: 'rejected', error };
}

function heldOutcome(error: unknown, { afterUnknown }: SentScore): ScoreOutcome {
  const held = (
    cause: Exclude<HoldCause, 'operator'>,
    fault: LtiError,
    maybeSent = afterUnknown,
  ): ScoreOutcome => ({
    kind: 'held',
    cause,
    error: fault,
    maybeSent,
  });
  if (error instanceof AuthenticationFailed) return held('authentication', error);
  if (error instanceof ScopeMismatch) return held('scope', error);
  if (error instanceof TokenRequestRefused) return held('client', error);
  if (error instanceof TokenRequestFailed) return held('unreachable', error);
  if (error instanceof PlatformThrottled) return held('throttled', error);
  if (error instanceof PlatformTimeout) {
    return held('unreachable', error, afterUnknown || error.phase !== 'connect');
  }
  if (error instanceof PlatformUnreachable) {
    return held('unreachable', error, afterUnknown || !NEVER_SENT.has(error.reason));
  }
  return { kind: 'failing', error: new ScoreNotSent({ cause: error }) };
}

/** Reasons that come up before a request is written. */
const NEVER_SENT: ReadonlySet<PlatformUnreachable['reason']> = new Set([
  'name_not_found',
  'connection_refused',
  'certificate',
  'tls',
]);
