import { PlatformTimeout, type TimeoutPhase } from '../platform-http/platform-http.errors.js';
import { Unavailable } from '../common/reactions.errors.js';
import { AuthenticationFailed, AuthenticationUndecided } from '../access-tokens/access-token.errors.js';
import { ScoreIntercepted } from '../lti-services/grades/grades.errors.js';
import { outcomeOf } from './settlement.js';

const FIRST = { afterUnknown: false, stale: 0, failedAlone: 0 };

it('treats an unknown error as a fault of nest-lti: the score is tried again, and the error keeps its cause for the log', () => {
  const cause = new TypeError('x is undefined');
  const outcome = outcomeOf(cause, FIRST);
  expect(outcome).toEqual({
    kind: 'failing',
    error: expect.objectContaining({ code: 'score_not_sent', cause }),
    endsAfterDays: false,
  });
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

it('leaves a score undecided after a 401 that does not tell a dead token from a missing permission', () => {
  const retryAt = new Date('2026-01-05T08:01:00Z');
  const url = 'https://lms.example.edu/scores';
  const refusedCall = { call: `POST ${url}`, tokenHash: 'a', refusedAtMs: 0 };
  const error = new AuthenticationUndecided(url, retryAt, refusedCall);
  expect(error).toMatchObject({ code: 'authentication_failed', status: 503, retryAt });
  expect(error).toBeInstanceOf(Unavailable);
  expect(outcomeOf(error, FIRST)).toEqual({ kind: 'undecided', error });
  const conclusive = new AuthenticationFailed(url);
  expect(outcomeOf(conclusive, FIRST)).toMatchObject({ kind: 'suspended', cause: 'authentication' });
});

it.each([
  [403, false],
  [502, true],
])('rejects no score for the %i of a proxy, and takes it for maybe sent: %s', (platformStatus, maybeSent) => {
  const error = new ScoreIntercepted({ platformStatus, what: 'the score', words: '', isPage: false });
  expect(outcomeOf(error, FIRST)).toEqual({ kind: 'suspended', cause: 'unreachable', error, maybeSent });
});
