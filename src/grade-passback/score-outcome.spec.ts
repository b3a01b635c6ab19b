import { ScoreNotSent } from './grade-passback.errors.js';
import { outcomeOf } from './score-outcome.js';

it('takes what nobody foresaw for a fault of ours: the score is tried again, and the cause is kept for the log', () => {
  const cause = new TypeError('x is undefined');
  const outcome = outcomeOf(cause, { afterUnknown: false, stale: 0 });
  expect(outcome).toEqual({ kind: 'failing', error: expect.any(ScoreNotSent) });
  expect(outcome).toMatchObject({ error: { cause } });
});
