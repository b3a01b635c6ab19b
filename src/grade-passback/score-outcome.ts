import { type LtiError } from '../common/lti-error.js';
import { InvalidRequest } from '../common/request.errors.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import {
  ForeignLineItem,
  GradesRefused,
  GradesUnavailable,
  NoLineItemsEndpoint,
  ScoreIntercepted,
  ScoreNotSaved,
  ScoreStale,
} from '../lti-services/grades/grades.errors.js';
import {
  AuthenticationFailed,
  ScopeMismatch,
  TokenRequestFailed,
  TokenRequestRefused,
} from '../access-tokens/access-token.errors.js';
import {
  PlatformThrottled,
  PlatformTimeout,
  PlatformUnreachable,
  RedirectRefused,
  ResponseTooLarge,
} from '../platform-http/platform-http.errors.js';
import { ScoreNotSent } from './grade-passback.errors.js';

/** Why scores are suspended, all those of a registration, a course, a line item or a server. */
export type HoldCause =
  'operator' | 'authentication' | 'client' | 'scope' | 'throttled' | 'unreachable' | 'failing';
/** The causes of a fault that is not the score's own, as one answer shows it. */
export type FaultCause = Exclude<HoldCause, 'operator' | 'failing'>;

/** What an answer, or its absence, means for a score that was sent. */
export type ScoreOutcome =
  | { kind: 'posted' }
  /** The platform will not have it. */
  | { kind: 'rejected'; error: LtiError }
  /** Somebody else has scored the user later: once more, with a later timestamp. */
  | { kind: 'stale'; error: LtiError }
  /** The platform failed over this score. `endsAfterDays`: whether it is rejected if that goes on. */
  | { kind: 'failing'; error: LtiError; endsAfterDays: boolean }
  /** The token may be dead, or the tool not allowed to do this: the next try decides. */
  | { kind: 'undecided'; error: AuthenticationFailed; retryAt: Date }
  /** Nothing is wrong with the score; it waits with the others. */
  | { kind: 'held'; cause: FaultCause; error: LtiError; maybeSent: boolean };

/** What was sent, as far as the meaning of the answer depends on it. */
export interface SentScore {
  /** The platform may have had it from the attempt before. */
  afterUnknown: boolean;
  /** How often the platform has called it stale already. */
  stale: number;
  /** How often it met a fault while other scores got through. */
  failedAlone: number;
}

/** What sending again cannot mend. */
const WRONG_HERE = [ForeignLineItem, InvalidRequest, NoLineItemsEndpoint, UnsafeUrl];

/** What is final, what is tried again, and what is not the fault of the score. */
export function outcomeOf(error: unknown, sent: SentScore): ScoreOutcome {
  if (error === undefined) return { kind: 'posted' };
  if (error instanceof ScoreStale) return staleOutcome(error, sent);
  if (error instanceof ScoreNotSaved) return { kind: 'failing', error, endsAfterDays: error.fromGradebook };
  if (error instanceof GradesUnavailable) return { kind: 'failing', error, endsAfterDays: true };
  if (error instanceof GradesRefused) return { kind: 'rejected', error };
  if (error instanceof RedirectRefused || error instanceof ResponseTooLarge) {
    return { kind: 'failing', error, endsAfterDays: false };
  }
  if (WRONG_HERE.some((fault) => error instanceof fault))
    return { kind: 'rejected', error: error as LtiError };
  return heldOutcome(error, sent);
}

/** In a retry "stale" says that the score is there; at first it says that somebody else's is. */
function staleOutcome(error: ScoreStale, { afterUnknown, stale }: SentScore): ScoreOutcome {
  if (afterUnknown) return { kind: 'posted' };
  return stale === 0 ? { kind: 'stale', error } : { kind: 'rejected', error };
}

function heldOutcome(error: unknown, { afterUnknown, failedAlone }: SentScore): ScoreOutcome {
  const held = (cause: FaultCause, fault: LtiError, maybeSent = afterUnknown): ScoreOutcome => ({
    kind: 'held',
    cause,
    error: fault,
    maybeSent,
  });
  if (error instanceof AuthenticationFailed) {
    const { conclusive, retryAt } = error;
    if (!conclusive && retryAt !== undefined) return { kind: 'undecided', error, retryAt };
    return held('authentication', error);
  }
  if (error instanceof ScoreIntercepted) {
    // A gateway may have passed it on.
    const isGateway = error.answer.platformStatus >= 500;
    // Others got through: the platform fails over this score.
    if (isGateway && failedAlone > 1) return { kind: 'failing', error, endsAfterDays: true };
    return held('unreachable', error, afterUnknown || isGateway);
  }
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
  return { kind: 'failing', error: new ScoreNotSent({ cause: error }), endsAfterDays: false };
}

/** Reasons that come up before a request is written. */
const NEVER_SENT: ReadonlySet<PlatformUnreachable['reason']> = new Set([
  'name_not_found',
  'connection_refused',
  'certificate',
  'tls',
]);
