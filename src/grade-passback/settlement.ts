import {
  type RefusedCall,
  TokenRequestFailed,
  AuthenticationFailed,
  AuthenticationUndecided,
  ScopeMismatch,
  TokenRequestRefused,
} from '../access-tokens/access-token.errors.js';
import { type OutboxScore } from './outbox-score.entity.js';
import { type ClaimedScore } from './outbox.repository.js';
import { LtiError } from '../common/lti-error.js';
import { GradesRefused, ScoreIntercepted } from '../lti-services/grades/grades.errors.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { PlatformTimeout, PlatformUnreachable } from '../platform-http/platform-http.errors.js';
import { passbackErrors } from './grade-passback.errors.js';

/** Why the scores of a registration, a course, a line item or a server are suspended. */
export type SuspensionCause =
  | 'operator'
  | 'authentication'
  | 'client'
  | 'scope'
  | 'throttled'
  | 'unreachable'
  | 'failing';
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
  | { kind: 'undecided'; error: AuthenticationUndecided }
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
  if (error instanceof AuthenticationUndecided) return { kind: 'undecided', error };
  if (error instanceof AuthenticationFailed) return suspended('authentication', error);
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

const DAY_MS = 86_400_000;
/** The number of days of failures after which the score is rejected. */
export const MAX_FAILING_DAYS = 3;
/** The number of refusals after which a score is rejected while others of its line item are posted. */
export const REFUSALS_ALONE = 3;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** What is stored about a score after an attempt. */
export interface Settlement {
  id: string;
  status: 'pending' | 'posted' | 'rejected';
  dueAt?: Date;
  maybeSent: boolean;
  stale: number;
  /** The next attempt takes another timestamp. */
  forgetTimestamp: boolean;
  failingSince: Date | null;
  fault: OutboxScore['fault'];
  failedAlone: number;
  refusedCall: RefusedCall | null;
  errorCode: string | null;
  message: string | null;
}

/** What a settlement depends on beside the outcome of the attempt. */
export interface AttemptContext {
  /** Another score of the line item was posted after this score was answered. */
  isOvertaken: boolean;
  /** The platform fails over other scores as well: it is not the fault of this score. */
  failsForAll: boolean;
}

const ALONE: AttemptContext = { isOvertaken: false, failsForAll: false };

/** The settlement of a score after an attempt; `unsent` when it was claimed, but not sent. */
export function settlementOf(
  score: ClaimedScore,
  outcome: ScoreOutcome | 'unsent',
  now: Date,
  context: AttemptContext = ALONE,
): Settlement {
  const { id, stale, failingSince, afterUnknown, failedAlone } = score;
  const waits: Settlement = {
    id,
    status: 'pending',
    maybeSent: afterUnknown,
    stale,
    forgetTimestamp: false,
    failingSince,
    fault: null,
    failedAlone,
    refusedCall: null,
    errorCode: null,
    message: null,
  };
  if (outcome === 'unsent') return waits;
  switch (outcome.kind) {
    case 'posted':
      return { ...waits, status: 'posted', maybeSent: false, failingSince: null };
    case 'rejected':
      return { ...waits, ...reason(outcome.error), status: 'rejected', maybeSent: false, failingSince: null };
    case 'stale':
      return {
        ...waits,
        ...reason(outcome.error),
        dueAt: now,
        maybeSent: false,
        stale: stale + 1,
        forgetTimestamp: true,
      };
    case 'undecided':
      return {
        ...waits,
        ...reason(outcome.error),
        dueAt: outcome.error.retryAt,
        refusedCall: outcome.error.refusedCall,
      };
    case 'suspended':
      return suspended(score, { ...waits, ...reason(outcome.error), maybeSent: outcome.maybeSent }, outcome, {
        now,
        context,
      });
    case 'failing':
      return failing(score, { ...waits, ...reason(outcome.error), maybeSent: true }, outcome, {
        now,
        context,
      });
  }
}

/**
 * Whether a score is known to fail alone, while other scores are posted. One failed connection does not show it: after each
 * outage other scores are posted.
 */
export function failsAlone(
  failedAlone: number,
  { cause, error }: ScoreOutcome & { kind: 'suspended' },
): boolean {
  if (cause === 'authentication') return failedAlone > 0;
  return cause === 'unreachable' && !(error instanceof TokenRequestFailed) && failedAlone > 1;
}

type Situation = { now: Date; context: AttemptContext };

/** The fault is not the score's own, unless other scores are posted where this one fails. */
function suspended(
  { failedAlone }: ClaimedScore,
  waits: Settlement,
  outcome: ScoreOutcome & { kind: 'suspended' },
  { now, context: { isOvertaken } }: Situation,
): Settlement {
  const { cause, error } = outcome;
  if (cause !== 'authentication' && cause !== 'unreachable') return { ...waits, dueAt: now };
  if (error instanceof TokenRequestFailed) return { ...waits, dueAt: now };
  const times = isOvertaken ? failedAlone + 1 : failedAlone;
  const waiting = { ...waits, failedAlone: times, fault: isOvertaken ? null : cause };
  if (cause === 'authentication' && times >= REFUSALS_ALONE) {
    return { ...waiting, ...reason(error), status: 'rejected', maybeSent: false, failingSince: null };
  }
  // A score that is known to fail alone has its own back-off. Others wait for the end of the suspension.
  return {
    ...waiting,
    dueAt: failsAlone(failedAlone, outcome) ? new Date(now.getTime() + waitMs(failedAlone + 1)) : now,
  };
}

function failing(
  { failingSince, attempts }: ClaimedScore,
  waits: Settlement,
  { error, endsAfterDays }: ScoreOutcome & { kind: 'failing' },
  { now, context: { failsForAll } }: Situation,
): Settlement {
  const since = failingSince ?? now;
  if (hasFailedForDays({ failingSince: since }, now) && endsAfterDays && !failsForAll) {
    return {
      ...waits,
      ...reason(passbackErrors.gaveUp(MAX_FAILING_DAYS, error)),
      status: 'rejected',
      maybeSent: false,
      failingSince: null,
    };
  }
  return {
    ...waits,
    failingSince: since,
    dueAt: new Date(Math.max(now.getTime() + waitMs(attempts), error.retryAt?.getTime() ?? 0)),
  };
}

/** Whether the platform has failed over a score for so many days that the score is rejected. */
export function hasFailedForDays({ failingSince }: Pick<ClaimedScore, 'failingSince'>, now: Date): boolean {
  return failingSince !== null && now.getTime() - failingSince.getTime() >= MAX_FAILING_DAYS * DAY_MS;
}

/** Doubles each time, up to an hour. */
function waitMs(times: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(times - 1, 20));
}

function reason({ code, message }: { code: string; message: string }) {
  return { errorCode: code, message };
}
