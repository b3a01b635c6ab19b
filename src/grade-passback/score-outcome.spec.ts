import { ScoreNotSent } from './grade-passback.errors.js';
import { PlatformTimeout, type TimeoutPhase } from '../platform-http/platform-http.errors.js';
import { outcomeOf } from './score-outcome.js';

const FIRST = { afterUnknown: false, stale: 0, failedAlone: 0 };

it('treats an unknown error as a fault of nest-lti: the score is tried again, and the error keeps its cause for the log', () => {
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
  expect(outcomeOf(error, FIRST)).toEqual({ kind: 'suspended', cause: 'unreachable', error, maybeSent });
});
