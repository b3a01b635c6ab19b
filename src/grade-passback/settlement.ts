import { TokenRequestFailed } from '../access-tokens/access-token.errors.js';
import { ScoreGaveUp } from './grade-passback.errors.js';
import { type ClaimedScore, REFUSALS_ALONE, type Settlement } from './outbox.repository.js';
import { type ScoreOutcome } from './score-outcome.js';

const DAY_MS = 86_400_000;
/** For how long a platform may fail over a score before the score is rejected. */
export const MAX_FAILING_DAYS = 3;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** An attempt, as far as what is written about it depends on more than its outcome. */
export interface AttemptContext {
  /** Another score of the line item got through after this one's answer. */
  isOvertaken: boolean;
  /** The platform fails over other scores too: this is not the score's fault. */
  failsForAll: boolean;
}

const ALONE: AttemptContext = { isOvertaken: false, failsForAll: false };

/** What is written about a score after an attempt. */
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
    case 'held':
      return heldBack(score, { ...waits, ...reason(outcome.error), maybeSent: outcome.maybeSent }, outcome, {
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
 * Whether a score that met a fault is known to meet it by itself, while others get through. After one failed connection that
 * is not known: a probe gets through after each outage.
 */
export function failsAlone(failedAlone: number, { cause, error }: ScoreOutcome & { kind: 'held' }): boolean {
  if (cause === 'authentication') return failedAlone > 0;
  return cause === 'unreachable' && !(error instanceof TokenRequestFailed) && failedAlone > 1;
}

type Situation = { now: Date; context: AttemptContext };

/** The fault is not the score's, unless others get through where this one does not. */
function heldBack(
  { failedAlone }: ClaimedScore,
  waits: Settlement,
  outcome: ScoreOutcome & { kind: 'held' },
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
  // One that is known to fail alone waits by itself; others wait for the end of the suspension.
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
      ...reason(new ScoreGaveUp(MAX_FAILING_DAYS, error)),
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

/** Doubles with each time, up to an hour. */
function waitMs(times: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(times - 1, 20));
}

function reason({ code, message }: { code: string; message: string }) {
  return { errorCode: code, message };
}
