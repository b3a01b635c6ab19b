import { ScoreGaveUp } from './grade-passback.errors.js';
import { type ClaimedScore, type Settlement } from './outbox.repository.js';
import { type ScoreOutcome } from './score-outcome.js';

const DAY_MS = 86_400_000;
/** How long a platform may fail over a score before that is the score's end. */
export const MAX_FAILING_DAYS = 3;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** What is written about a score after an attempt. */
export function settlementOf(score: ClaimedScore, outcome: ScoreOutcome | 'unsent', now: Date): Settlement {
  const { id, stale, failingSince, afterUnknown } = score;
  const waits: Settlement = {
    id,
    status: 'pending',
    maybeSent: afterUnknown,
    stale,
    forgetTimestamp: false,
    failingSince,
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
    case 'held':
      // Behind those that wait already: if it is this score that cuts the connection, another is the next to be tried.
      return { ...waits, ...reason(outcome.error), dueAt: now, maybeSent: outcome.maybeSent };
    case 'failing':
      return failing(score, { ...waits, ...reason(outcome.error), maybeSent: true }, outcome, now);
  }
}

function failing(
  { failingSince, attempts }: ClaimedScore,
  waits: Settlement,
  { error }: ScoreOutcome & { kind: 'failing' },
  now: Date,
): Settlement {
  const since = failingSince ?? now;
  if (now.getTime() - since.getTime() >= MAX_FAILING_DAYS * DAY_MS) {
    return {
      ...waits,
      ...reason(new ScoreGaveUp(MAX_FAILING_DAYS, error)),
      status: 'rejected',
      maybeSent: false,
      failingSince: null,
    };
  }
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 20));
  return {
    ...waits,
    failingSince: since,
    dueAt: new Date(Math.max(now.getTime() + waitMs, error.retryAt?.getTime() ?? 0)),
  };
}

function reason({ code, message }: { code: string; message: string }) {
  return { errorCode: code, message };
}
