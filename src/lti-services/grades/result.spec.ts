import { readResult } from './result.js';

it('reads what is there, with the defaults of the specification', () => {
  expect(readResult({ userId: 'u' })).toEqual({ userId: 'u', resultMaximum: 1, extensions: {} });
  expect(readResult({ userId: 7, resultScore: '8.5', resultMaximum: '10.0' })).toMatchObject({
    userId: '7',
    resultScore: 8.5,
    resultMaximum: 10,
  });
});

it.each([null, '', {}])('takes a comment of %j for none', (comment) => {
  expect(readResult({ userId: 'u', comment })).not.toHaveProperty('comment');
});

it.each([
  { resultScore: 'good' },
  { resultScore: true },
  { resultMaximum: [] },
  { userId: '' },
  { userId: 1.5 },
])('refuses %j: it must not pass for no grade', (fields) => {
  expect(() => readResult({ userId: 'u', ...fields })).toThrow();
});
