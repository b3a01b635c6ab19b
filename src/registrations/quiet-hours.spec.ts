import fc from 'fast-check';
import { endOfQuiet, isQuiet, openMinutes, type QuietHours, quietHoursSchema } from './quiet-hours.js';

const night: QuietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };

describe('quiet hours', () => {
  it.each([
    ['2026-01-05T20:59:59Z', false],
    ['2026-01-05T21:00:00Z', true],
    ['2026-01-06T04:59:59Z', true],
    ['2026-01-06T05:00:00Z', false],
    // In summer the clocks of Berlin are an hour further ahead of UTC.
    ['2026-07-05T20:00:00Z', true],
    ['2026-07-06T04:00:00Z', false],
  ])('follow the clock of their time zone: at %s they are on: %s', (at, expected) => {
    expect(isQuiet(night, new Date(at))).toBe(expected);
  });

  it.each([
    ['2026-01-05T21:00:30Z', '2026-01-06T05:00:00Z'],
    ['2026-01-06T04:59:59Z', '2026-01-06T05:00:00Z'],
    // The clocks go forward at 01:00 UTC, and back.
    ['2026-03-28T22:00:00Z', '2026-03-29T04:00:00Z'],
    ['2026-10-24T22:00:00Z', '2026-10-25T05:00:00Z'],
  ])('that are on at %s end at %s', (at, end) => {
    expect(endOfQuiet(night, new Date(at))).toEqual(new Date(end));
  });

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Africa/Cairo',
  ];
  const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
  const quietHours = fc
    .tuple(time, time, fc.constantFrom(...zones))
    .map(([from, to, timeZone]) => ({ from: textOf(from), to: textOf(to), timeZone }))
    .filter(({ from, to }) => from !== to);
  const moments = fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2027-01-01T00:00:00Z'),
    noInvalidDate: true,
  });

  it('end within 25 hours, at a time that is not quiet, whatever the clocks do', () => {
    fc.assert(
      fc.property(quietHours, moments, (hours, at) => {
        fc.pre(isQuiet(hours, at));
        const end = endOfQuiet(hours, at);
        expect(isQuiet(hours, end)).toBe(false);
        expect(end.getTime()).toBeGreaterThan(at.getTime());
        expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
      }),
      { numRuns: 2000 },
    );
  });

  it('leave the rest of the day', () => {
    expect(openMinutes(night)).toBe(16 * 60);
    expect(openMinutes({ ...night, from: '06:00', to: '22:00' })).toBe(8 * 60);
  });

  it.each([
    [{ ...night, from: '24:00' }, 'from', 'time of day'],
    [{ ...night, to: '6:00' }, 'to', 'time of day'],
    [{ ...night, to: '22:00' }, 'to', 'must differ'],
    [{ ...night, timeZone: 'Berlin' }, 'timeZone', 'Europe/Berlin'],
    [{ from: '22:00', to: '06:00' }, 'timeZone', ''],
  ])('that are wrong are refused with the field and the fix: %j', (input, field, message) => {
    const [issue] = quietHoursSchema.safeParse(input).error?.issues ?? [];
    expect(issue).toMatchObject({ path: [field], message: expect.stringContaining(message) });
  });
});

function textOf([hours, minutes]: [number, number]): string {
  return [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
}
