import { ScoreNotSent } from './grade-passback.errors.js';
import { PlatformTimeout, type TimeoutPhase } from '../platform-http/platform-http.errors.js';
import { outcomeOf } from './score-outcome.js';

const FIRST = { afterUnknown: false, stale: 0, failedAlone: 0 };

it('takes what nobody foresaw for a fault of ours: the score is tried again, and the cause is kept for the log', () => {
  const cause = new TypeError('x is undefined');
  const outcome = outcomeOf(cause, FIRST);
  expect(outcome).toEqual({ kind: 'failing', error: expect.any(ScoreNotSent), endsAfterDays: false });
  expect(outcome).toMatchObject({ error: { cause } });
});

it.each<[TimeoutPhase, boolean]>([
  ['connect', false],
  ['headers', true],
  ['body', true],
  ['exchange', true],
])('counts a time-out while waiting for the %s as maybe sent: %s', (phase, maybeSent) => {
  const error = new PlatformTimeout(new URL('https://lms.example.edu/'), phase);
  expect(outcomeOf(error, FIRST)).toEqual({ kind: 'held', cause: 'unreachable', error, maybeSent });
});
