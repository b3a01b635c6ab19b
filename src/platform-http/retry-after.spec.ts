import fc from 'fast-check';
import { parseRetryAfter } from './retry-after.js';

const NOW = new Date('2026-01-05T08:00:00.000Z');
const inSeconds = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

it('reads a number of seconds', () => {
  expect(parseRetryAfter({ 'retry-after': ' 120 ' }, NOW)).toEqual(inSeconds(120));
});

it.each(['Mon, 05 Jan 2026 08:02:00 GMT', 'Monday, 05-Jan-26 08:02:00 GMT', 'Mon Jan  5 08:02:00 2026'])(
  'reads the date %s',
  (date) => {
    expect(parseRetryAfter({ 'retry-after': date }, NOW)).toEqual(inSeconds(120));
  },
);

it("compares a date with the platform's own clock", () => {
  const headers = { 'retry-after': 'Mon, 05 Jan 2026 03:00:30 GMT', date: 'Mon, 05 Jan 2026 03:00:00 GMT' };
  expect(parseRetryAfter(headers, NOW)).toEqual(inSeconds(30));
});

it.each([
  undefined,
  '',
  'soon',
  '-5',
  '1.5',
  '10s',
  '0x10',
  '1',
  '2026-01-05T09:00:00Z',
  'Mon, 99 Foo 2026',
  'Mon',
])('ignores %p, which is not a date', (value) => {
  const headers = { ...(value === undefined ? {} : { 'retry-after': value }) };
  expect(parseRetryAfter(headers, NOW)).toEqual(value === '1' ? inSeconds(1) : undefined);
});

it.each(['0', 'Mon, 05 Jan 2026 08:00:00 GMT', 'Mon, 05 Jan 2026 07:59:00 GMT'])(
  'ignores %s, which is in the past',
  (value) => {
    expect(parseRetryAfter({ 'retry-after': value }, NOW)).toBeUndefined();
  },
);

it.each(['86400', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
  'waits at most an hour for %s',
  (value) => {
    expect(parseRetryAfter({ 'retry-after': value }, NOW)).toEqual(inSeconds(3600));
  },
);

it('returns a time within the next hour, or none, for any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, date) => {
      const retryAt = parseRetryAfter({ 'retry-after': value, date }, NOW);
      if (retryAt === undefined) return;
      expect(retryAt.getTime()).toBeGreaterThan(NOW.getTime());
      expect(retryAt.getTime()).toBeLessThanOrEqual(inSeconds(3600).getTime());
    }),
  );
});
