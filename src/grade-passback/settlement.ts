import { type RefusedCall, TokenRequestFailed } from '../access-tokens/access-token.errors.js';
import { passbackErrors } from './grade-passback.errors.js';
import { type OutboxScore } from './outbox-score.entity.js';
import { type ClaimedScore } from './outbox.repository.js';
import { type ScoreOutcome } from './score-outcome.js';

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
        dueAt: outcome.retryAt,
        refusedCall: outcome.error.refusedCall ?? null,
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
  // A score that is known to fail alone waits for a time of its own. Others wait for the end of the suspension.
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
  const isOver = now.getTime() - since.getTime() >= MAX_FAILING_DAYS * DAY_MS;
  if (isOver && endsAfterDays && !failsForAll) {
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

/** Doubles each time, up to an hour. */
function waitMs(times: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(times - 1, 20));
}

function reason({ code, message }: { code: string; message: string }) {
  return { errorCode: code, message };
}
