import fc from 'fast-check';
import { isQuiet, type QuietHours } from '../registrations/quiet-hours.js';
import {
  type CourseFacts,
  isSameDay,
  planSync,
  soonest,
  type SyncScheduleSettings,
} from './sync-schedule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = new Date('2026-01-05T00:00:00Z');
const settings: SyncScheduleSettings = { every: 15 * MINUTE, slowDown: true, archiveAfter: 180 * DAY };
const night: QuietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };

function course(facts: Partial<CourseFacts> = {}): CourseFacts {
  return { usedAt: START, goneDays: 0, concludedAt: null, quietHours: null, ...facts };
}

function after(ms: number): Date {
  return new Date(START.getTime() + ms);
}

/** The plan of a course whose last use is this long ago, without jitter. */
function planned(age: number, facts: Partial<CourseFacts> = {}, with_: Partial<SyncScheduleSettings> = {}) {
  const now = after(age);
  const { isDue, at, reason } = planSync(course(facts), { ...settings, ...with_ }, now, 0.5);
  return { isDue, reason, inMs: at === null ? null : at.getTime() - now.getTime() };
}

describe('a course', () => {
  it.each([
    ['is launched now', 0, 'in_use', 15 * MINUTE],
    ['was used a day ago', DAY, 'in_use', 15 * MINUTE],
    ['was used longer ago than a day', DAY + 1, 'used_this_week', 4 * HOUR],
    ['was used a week ago', 7 * DAY, 'used_this_week', 4 * HOUR],
    ['was used longer ago than a week', 7 * DAY + 1, 'used_this_month', DAY],
    ['was used longer ago than 30 days', 30 * DAY + 1, 'rarely_used', 7 * DAY],
    ['was used 180 days ago, less a moment', 180 * DAY - 1, 'rarely_used', 7 * DAY],
    ['was used 180 days ago', 180 * DAY, 'archived_unused', null],
  ])('that %s is synced by its use', (_, age, reason, inMs) => {
    expect(planned(age)).toEqual({ isDue: inMs !== null, reason, inMs });
  });

  it('is never synced more often than the configured interval', () => {
    for (const age of [0, 2 * DAY, 8 * DAY]) expect(planned(age, {}, { every: 2 * DAY }).inMs).toBe(2 * DAY);
    expect(planned(31 * DAY, {}, { every: 2 * DAY }).inMs).toBe(7 * DAY);
  });

  it('keeps the interval without the slow-down, and is not archived for want of use', () => {
    const inMs = 15 * MINUTE;
    for (const age of [0, 8 * DAY, 400 * DAY]) {
      expect(planned(age, {}, { slowDown: false })).toEqual({ isDue: true, reason: 'fixed_interval', inMs });
    }
    expect(planned(0, { goneDays: 3 }, { slowDown: false })).toMatchObject({ reason: 'archived_gone' });
  });

  it('can be kept from being archived for want of use', () => {
    expect(planned(4000 * DAY, {}, { archiveAfter: 'never' })).toMatchObject({ reason: 'rarely_used' });
  });

  it('is archived on the third day on which it is gone, and not before', () => {
    expect(planned(0, { goneDays: 2 })).toMatchObject({ isDue: true, reason: 'in_use' });
    expect(planned(0, { goneDays: 3 })).toEqual({ isDue: false, reason: 'archived_gone', inMs: null });
  });

  it('is archived once it is concluded, unless it was used after that', () => {
    const concludedAt = after(10 * DAY);
    expect(planned(10 * DAY - 1, { concludedAt })).toMatchObject({ isDue: true });
    expect(planned(10 * DAY, { concludedAt })).toMatchObject({ isDue: false, reason: 'archived_concluded' });
    const usedAt = after(10 * DAY + 1);
    expect(planned(11 * DAY, { concludedAt, usedAt })).toMatchObject({ isDue: true, reason: 'in_use' });
  });

  it('waits for the end of the quiet hours, and is not planned into them', () => {
    // 22:30 and 21:50 in Berlin.
    expect(planned(21.5 * HOUR, { quietHours: night })).toEqual({
      isDue: false,
      reason: 'quiet_hours',
      inMs: 8 * HOUR,
    });
    expect(planned(20 * HOUR + 50 * MINUTE, { quietHours: night })).toEqual({
      isDue: true,
      reason: 'quiet_hours',
      inMs: 8 * HOUR + 10 * MINUTE + 30 * MINUTE,
    });
  });
});

describe('the plan of any course', () => {
  const facts = fc.record({
    age: fc.integer({ min: 0, max: 400 * DAY }),
    every: fc.integer({ min: 1000, max: 30 * DAY }),
    slowDown: fc.boolean(),
    goneDays: fc.integer({ min: 0, max: 4 }),
    quietHours: fc.constantFrom(null, night, { from: '00:30', to: '00:00', timeZone: 'Asia/Kolkata' }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('is in the future and outside quiet hours, or says that the course is archived', () => {
    fc.assert(
      fc.property(facts, ({ age, every, slowDown, goneDays, quietHours, random }) => {
        const now = after(age);
        const plan = planSync(
          course({ goneDays, quietHours }),
          { ...settings, every, slowDown },
          now,
          random,
        );
        expect(plan.at === null).toBe(plan.reason.startsWith('archived'));
        const isQuietAt = (time: Date): boolean => quietHours !== null && isQuiet(quietHours, time);
        expect(plan.isDue).toBe(plan.at !== null && !isQuietAt(now));
        if (plan.at === null) return;
        expect(plan.at.getTime()).toBeGreaterThan(now.getTime());
        expect(isQuietAt(plan.at)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('is spread by a tenth of the interval to both sides', () => {
    fc.assert(
      fc.property(facts, ({ age, every, slowDown, random }) => {
        const now = after(age);
        const wait = (share: number): number => {
          const { at } = planSync(course(), { ...settings, every, slowDown }, now, share);
          return at === null ? 0 : at.getTime() - now.getTime();
        };
        expect(wait(random)).toBeGreaterThanOrEqual(Math.floor(0.9 * wait(0.5)));
        expect(wait(random)).toBeLessThanOrEqual(Math.ceil(1.1 * wait(0.5)));
      }),
    );
  });

  it('of a course that was used later is never later', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 400 * DAY }), ({ age, every, random }, further) => {
        const now = after(age + further);
        const at = (usedAt: Date) =>
          planSync(course({ usedAt }), { ...settings, every }, now, random).at?.getTime() ?? Infinity;
        expect(at(after(further))).toBeLessThanOrEqual(at(START));
      }),
    );
  });

  it('is not later than `soonest` while the course is in use, so that a launch does not disturb it', () => {
    fc.assert(
      fc.property(facts, ({ every, random }) => {
        const { at } = planSync(course(), { ...settings, every }, START, random);
        expect(at!.getTime()).toBeLessThanOrEqual(soonest({ ...settings, every }, START).getTime());
      }),
    );
  });
});

describe('a year of a course that is launched each day of a term of 15 weeks, and then left', () => {
  /** The syncs of each week, and the day on which the course is archived. Launches are at eight o'clock. */
  function year(launchedDays: number, with_: Partial<SyncScheduleSettings> = {}) {
    const used = { ...settings, ...with_ };
    const syncs = Array.from({ length: 52 }, () => 0);
    let usedAt = START;
    let next: Date | null = START;
    let archivedOn: number | undefined;
    for (let now = START; now < after(52 * 7 * DAY); now = new Date(now.getTime() + MINUTE)) {
      const sinceStart = now.getTime() - START.getTime();
      const isLaunch = sinceStart % DAY === 8 * HOUR && sinceStart < launchedDays * DAY;
      if (isLaunch) {
        usedAt = now;
        if (next === null || next > soonest(used, now)) next = now;
      }
      if (next === null || next > now) continue;
      const plan = planSync(course({ usedAt }), used, now, 0.5);
      if (plan.isDue) syncs[Math.floor(sinceStart / (7 * DAY))]! += 1;
      else archivedOn ??= Math.floor(sinceStart / DAY);
      next = plan.at;
    }
    return { syncs, archivedOn };
  }

  it('needs 672 syncs a week in the term, then 70, 7 and 1, and none once it is archived', () => {
    const { syncs, archivedOn } = year(15 * 7);
    expect(syncs.slice(0, 15)).toEqual(Array(15).fill(7 * 24 * 4));
    // 34 in the rest of the day after the last launch, then one in 4 hours.
    expect(syncs[15]).toBe(34 + 36);
    expect(syncs.slice(16, 20)).toEqual([7, 7, 7, 2]);
    expect(syncs.slice(20, 41)).toEqual(Array(21).fill(1));
    // 180 days after the last launch it is archived when its time comes.
    expect(archivedOn).toBe(104 + 180 + 4);
    expect(syncs.slice(41)).toEqual(Array(11).fill(0));
  });

  it('needs 672 syncs in each week with the fixed interval', () => {
    expect(year(15 * 7, { slowDown: false }).syncs).toEqual(Array(52).fill(672));
  });
});

it('counts days by UTC', () => {
  expect(isSameDay(new Date('2026-01-05T00:00:00Z'), new Date('2026-01-05T23:59:59Z'))).toBe(true);
  expect(isSameDay(new Date('2026-01-05T23:59:59Z'), new Date('2026-01-06T00:00:00Z'))).toBe(false);
});
