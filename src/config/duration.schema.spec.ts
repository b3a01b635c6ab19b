import { durationSchema } from './duration.schema.js';

describe('a duration', () => {
  it.each([
    ['1s', 1000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('reads %s as milliseconds', (text, ms) => expect(durationSchema.parse(text)).toBe(ms));

  it.each([
    '',
    '0s',
    '015m',
    '-5m',
    '1.5h',
    '15',
    '15 m',
    '15M',
    '15min',
    '1w',
    '1000000s',
    'm',
    '15m\n',
    900,
  ])('refuses %j as a duration', (text) => {
    const result = durationSchema.safeParse(text);
    expect(result.error?.issues.map(({ message }) => message)).toEqual([
      'must be a number and a unit, such as "90s", "15m", "2h" or "7d"',
    ]);
  });
});
