import fc from 'fast-check';
import { type HoldSubject, retryAfter, subjectOf, subjectText } from './passback-hold.js';

const NOW = new Date('2026-01-05T08:00:00Z');
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 1440 * MINUTE_MS;
const COURSE: HoldSubject = { kind: 'course', courseId: '019b8c00-0000-7000-8000-000000000001' };

/** The longest that may be waited, with no luck. */
const waitMs = (...[cause, failures, says]: [Parameters<typeof retryAfter>[1], number, Date?]): number =>
  retryAfter(COURSE, cause, failures, NOW, 0, says).getTime() - NOW.getTime();

const cause = fc.constantFrom('unreachable', 'throttled', 'authentication', 'client', 'scope' as const);

describe('when a fault is tried again', () => {
  it.each([
    ['unreachable', SECOND_MS, 10 * MINUTE_MS],
    ['throttled', SECOND_MS, MINUTE_MS],
    ['authentication', 5 * MINUTE_MS, DAY_MS],
    ['client', MINUTE_MS, DAY_MS],
    ['scope', 7 * MINUTE_MS, DAY_MS],
  ] as const)('%s: first after %d ms, doubling, and never later than %d ms', (name, firstMs, longestMs) => {
    expect([1, 2, 3].map((failures) => waitMs(name, failures))).toEqual([firstMs, 2 * firstMs, 4 * firstMs]);
    expect(waitMs(name, 40)).toBe(longestMs);
    expect(waitMs(name, 1_000_000)).toBe(longestMs);
  });

  it('is up to a quarter sooner by chance, so that not all come at once', () => {
    fc.assert(
      fc.property(
        cause,
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...is) => {
          const [name, failures, random] = is;
          const ms = retryAfter(COURSE, name, failures, NOW, random, undefined).getTime() - NOW.getTime();
          expect(ms).toBeGreaterThanOrEqual(Math.floor(0.75 * waitMs(name, failures)));
          expect(ms).toBeLessThanOrEqual(waitMs(name, failures));
        },
      ),
    );
  });

  it('is within ten minutes where courses refuse our token one after the other: the next ones may not', () => {
    const whole = { kind: 'registration' } as const;
    const after = (failures: number) => retryAfter(whole, 'authentication', failures, NOW, 0, undefined);
    expect([after(1), after(30)].map((at) => at.getTime() - NOW.getTime())).toEqual([
      5 * MINUTE_MS,
      10 * MINUTE_MS,
    ]);
  });

  it('is never before the platform wants it', () => {
    const says = new Date(NOW.getTime() + 3 * DAY_MS);
    fc.assert(
      fc.property(cause, fc.integer({ min: 1, max: 100 }), (name, failures) => {
        expect(retryAfter(COURSE, name, failures, NOW, 1, says)).toEqual(says);
      }),
    );
  });

  it('is when a throttling platform says, however often it has said so', () => {
    const says = new Date(NOW.getTime() + SECOND_MS);
    expect(retryAfter(COURSE, 'throttled', 30, NOW, 0, says)).toEqual(says);
    expect(waitMs('unreachable', 30, says)).toBe(10 * MINUTE_MS);
  });
});

it.each<HoldSubject>([
  { kind: 'registration' },
  COURSE,
  { kind: 'origin', origin: 'https://lms.example.edu:8443' },
])('what is held comes back from the column as it was: %j', (subject) => {
  expect(subjectOf(subjectText(subject))).toEqual(subject);
});
