import { LtiError } from '../common/lti-error.js';
import { GradesRefused, ScoreIntercepted } from '../lti-services/grades/grades.errors.js';
import {
  AuthenticationFailed,
  ScopeMismatch,
  TokenRequestFailed,
  TokenRequestRefused,
} from '../access-tokens/access-token.errors.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { PlatformTimeout, PlatformUnreachable } from '../platform-http/platform-http.errors.js';
import { passbackErrors } from './grade-passback.errors.js';

/** Why the scores of a registration, a course, a line item or a server are suspended. */
export type SuspensionCause =
  'operator' | 'authentication' | 'client' | 'scope' | 'throttled' | 'unreachable' | 'failing';
/** Causes that one answer shows, and that are not the fault of its score. */
export type FaultCause = Exclude<SuspensionCause, 'operator' | 'failing'>;

/** What an answer, or its absence, means for the score that was sent. */
export type ScoreOutcome =
  | { kind: 'posted' }
  /** The platform does not accept the score. */
  | { kind: 'rejected'; error: LtiError }
  /** The platform has a later score from another source: the score is sent again with a later timestamp. */
  | { kind: 'stale'; error: LtiError }
  /** The platform failed over this score. `endsAfterDays`: whether the score is rejected if the failures go on. */
  | { kind: 'failing'; error: LtiError; endsAfterDays: boolean }
  /** The token may be dead, or the tool may lack the permission: the next attempt decides. */
  | { kind: 'undecided'; error: AuthenticationFailed; retryAt: Date }
  /** The score is not at fault: it waits with the others of the suspended subject. */
  | { kind: 'suspended'; cause: FaultCause; error: LtiError; maybeSent: boolean };

/** The facts about a sent score that the meaning of the answer depends on. */
export interface SentScore {
  /** The platform may have received the score by the attempt before. */
  afterUnknown: boolean;
  /** How often the platform has called the score stale. */
  stale: number;
  /** How often the score met a fault while other scores were posted. */
  failedAlone: number;
}

/** Whether an error is final, tried again, or not the fault of the score. */
export function outcomeOf(error: unknown, sent: SentScore): ScoreOutcome {
  if (error === undefined) return { kind: 'posted' };
  if (error instanceof GradesRefused) return refusedOutcome(error, sent);
  if (error instanceof LtiError) {
    switch (error.code) {
      case 'grades_unavailable':
        return { kind: 'failing', error, endsAfterDays: true };
      case 'platform_redirect_refused':
      case 'platform_response_too_large':
        return { kind: 'failing', error, endsAfterDays: false };
      // A second attempt cannot fix these.
      case 'foreign_line_item':
      case 'invalid_request':
      case 'no_line_items_endpoint':
      case 'unsafe_url':
        return { kind: 'rejected', error };
    }
  }
  return suspendedOutcome(error, sent);
}

function refusedOutcome(error: GradesRefused, sent: SentScore): ScoreOutcome {
  switch (error.code) {
    case 'score_stale':
      return staleOutcome(error, sent);
    case 'score_not_saved':
      return { kind: 'failing', error, endsAfterDays: !error.answer.isPage };
    default:
      return { kind: 'rejected', error };
  }
}

/** In a retry, "stale" means that the platform has this score. At the first attempt it means that it has another one. */
function staleOutcome(error: GradesRefused, { afterUnknown, stale }: SentScore): ScoreOutcome {
  if (afterUnknown) return { kind: 'posted' };
  return stale === 0 ? { kind: 'stale', error } : { kind: 'rejected', error };
}

function suspendedOutcome(error: unknown, { afterUnknown, failedAlone }: SentScore): ScoreOutcome {
  const suspended = (cause: FaultCause, fault: LtiError, maybeSent = afterUnknown): ScoreOutcome => ({
    kind: 'suspended',
    cause,
    error: fault,
    maybeSent,
  });
  if (error instanceof AuthenticationFailed) {
    const { conclusive, retryAt } = error;
    if (!conclusive && retryAt !== undefined) return { kind: 'undecided', error, retryAt };
    return suspended('authentication', error);
  }
  if (error instanceof ScoreIntercepted) {
    // A gateway may have forwarded the score.
    const isGateway = error.answer.platformStatus >= 500;
    // Other scores were posted: the platform fails over this one.
    if (isGateway && failedAlone > 1) return { kind: 'failing', error, endsAfterDays: true };
    return suspended('unreachable', error, afterUnknown || isGateway);
  }
  if (error instanceof ScopeMismatch) return suspended('scope', error);
  if (error instanceof TokenRequestRefused) return suspended('client', error);
  if (error instanceof TokenRequestFailed) return suspended('unreachable', error);
  if (error instanceof PlatformThrottled) return suspended('throttled', error);
  if (error instanceof PlatformTimeout) {
    return suspended('unreachable', error, afterUnknown || error.phase !== 'connect');
  }
  if (error instanceof PlatformUnreachable) {
    return suspended('unreachable', error, afterUnknown || !NEVER_SENT.has(error.reason));
  }
  return { kind: 'failing', error: passbackErrors.notSent(error), endsAfterDays: false };
}

/** Reasons that occur before a request is written. */
const NEVER_SENT: ReadonlySet<PlatformUnreachable['reason']> = new Set([
  'name_not_found',
  'connection_refused',
  'certificate',
  'tls',
]);
