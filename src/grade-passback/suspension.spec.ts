import fc from 'fast-check';
import { covers, retryAfter, type SuspensionSubject } from './suspension.js';

const NOW = new Date('2026-01-05T08:00:00Z');
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 1440 * MINUTE_MS;
const COURSE: SuspensionSubject = { kind: 'course', courseId: '019b8c00-0000-7000-8000-000000000001' };

/** The longest wait: chance shortens it by nothing. */
const waitMs = (
  ...[cause, failures, platformRetryAt]: [Parameters<typeof retryAfter>[1], number, Date?]
): number => retryAfter(COURSE, cause, failures, NOW, 0, platformRetryAt).getTime() - NOW.getTime();

const cause = fc.constantFrom('unreachable', 'throttled', 'authentication', 'client', 'scope' as const);

describe('the end of a suspension', () => {
  it.each([
    ['unreachable', SECOND_MS, 10 * MINUTE_MS],
    ['throttled', SECOND_MS, MINUTE_MS],
    ['authentication', 5 * MINUTE_MS, DAY_MS],
    ['client', MINUTE_MS, DAY_MS],
    ['scope', 7 * MINUTE_MS, DAY_MS],
  ] as const)(
    'for the cause %s is first after %d ms, doubles with each failure, and is at most after %d ms',
    (name, firstMs, longestMs) => {
      expect([1, 2, 3].map((failures) => waitMs(name, failures))).toEqual([
        firstMs,
        2 * firstMs,
        4 * firstMs,
      ]);
      expect(waitMs(name, 40)).toBe(longestMs);
      expect(waitMs(name, 1_000_000)).toBe(longestMs);
    },
  );

  it('is up to a quarter sooner by chance, so that not all processes try at once', () => {
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

  it('is within ten minutes when courses refuse the token one after the other, because the next course may accept it', () => {
    const whole = { kind: 'registration' } as const;
    const after = (failures: number) => retryAfter(whole, 'authentication', failures, NOW, 0, undefined);
    expect([after(1), after(30)].map((at) => at.getTime() - NOW.getTime())).toEqual([
      5 * MINUTE_MS,
      10 * MINUTE_MS,
    ]);
  });

  it('is never before the time that the platform gave', () => {
    const platformRetryAt = new Date(NOW.getTime() + 3 * DAY_MS);
    fc.assert(
      fc.property(cause, fc.integer({ min: 1, max: 100 }), (name, failures) => {
        expect(retryAfter(COURSE, name, failures, NOW, 1, platformRetryAt)).toEqual(platformRetryAt);
      }),
    );
  });

  it('is the time that a throttling platform gave, whatever the number of failures', () => {
    const platformRetryAt = new Date(NOW.getTime() + SECOND_MS);
    expect(retryAfter(COURSE, 'throttled', 30, NOW, 0, platformRetryAt)).toEqual(platformRetryAt);
    expect(waitMs('unreachable', 30, platformRetryAt)).toBe(10 * MINUTE_MS);
  });
});

it('keeps back the scores of what is suspended, and no others', () => {
  const score = { courseId: 'course-1', lineItemKey: 'item-1', origin: 'https://lms.example.edu' };
  const other = { courseId: 'course-2', lineItemKey: 'item-2', origin: 'https://other.example.edu' };
  const subjects: SuspensionSubject[] = [
    { kind: 'registration' },
    { kind: 'course', courseId: 'course-1' },
    {
      kind: 'line_item',
      lineItemKey: 'item-1',
      courseId: 'course-1',
      lineItemId: 'https://lms.example.edu/1',
    },
    { kind: 'origin', origin: 'https://lms.example.edu' },
  ];
  expect(subjects.map((subject) => covers(subject, score))).toEqual([true, true, true, true]);
  expect(subjects.map((subject) => covers(subject, other))).toEqual([true, false, false, false]);
});
