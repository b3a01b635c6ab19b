import { matchesResult } from './result-match.js';

it.each<[number | null, number, number | undefined, boolean]>([
  [1, 3, 33.33333, true],
  [1, 3, 33.3, false],
  [0, 3, 0, true],
  [0, 3, undefined, false],
  [null, 3, undefined, true],
  [null, 3, 0, false],
])(
  'a score of %j of %d matches a result of %j of 100: %s',
  (scoreGiven, scoreMaximum, resultScore, matches) => {
    const result = { resultMaximum: 100, ...(resultScore !== undefined && { resultScore }) };
    expect(matchesResult({ scoreGiven, scoreMaximum }, result)).toBe(matches);
  },
);

it('a missing result matches only a score that clears the grade', () => {
  expect(matchesResult({ scoreGiven: 1, scoreMaximum: 2 }, undefined)).toBe(false);
  expect(matchesResult({ scoreGiven: null }, undefined)).toBe(true);
});
