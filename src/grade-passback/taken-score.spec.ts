import { isTaken } from './taken-score.js';

it.each<[number | null, number, number | undefined, boolean]>([
  [1, 3, 33.33333, true],
  [1, 3, 33.3, false],
  [0, 3, 0, true],
  [0, 3, undefined, false],
  [null, 3, undefined, true],
  [null, 3, 0, false],
])('%j of %d beside a result of %j of 100: %s', (scoreGiven, scoreMaximum, resultScore, taken) => {
  const result = { resultMaximum: 100, ...(resultScore !== undefined && { resultScore }) };
  expect(isTaken({ scoreGiven, scoreMaximum }, result)).toBe(taken);
});

it('is not taken without a result, unless the score clears the grade', () => {
  expect(isTaken({ scoreGiven: 1, scoreMaximum: 2 }, undefined)).toBe(false);
  expect(isTaken({ scoreGiven: null }, undefined)).toBe(true);
});
