import { LRUCache } from 'lru-cache';
import { z } from 'zod';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const MAX_FORMATS = 500;

const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from "00:00" to "23:59", such as "22:30"');

/** No scheduled sync of the registration's courses starts from `from` until `to`, by the clock of the time zone. */
export const quietHoursSchema = z
  .strictObject({
    from: timeOfDay,
    /** Before `from`: on the next day. */
    to: timeOfDay,
    /** A name of the IANA time zone database. */
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'must be the name of a time zone, such as "Europe/Berlin" or "UTC"'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'must differ from `from`: to have no scheduled syncs at all, set SYNC_EVERY to never',
  });
/**
 * The quiet hours of a registration: no scheduled sync of its courses starts from `from` until `to`, by the clock of `timeZone`.
 *
 * @example
 * await registrations.update(registrationId, { quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' } });
 */
export interface QuietHours {
  /** A time of day, such as `22:00`. */
  from: string;
  /** A time of day; before `from`, on the next day. */
  to: string;
  /** A name of the IANA time zone database. */
  timeZone: string;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether the time is in the quiet hours. `to` itself is not. */
export function isQuiet({ from, to, timeZone }: QuietHours, at: Date): boolean {
  const sinceStart = minutesBetween(minutesOf(from), localMinutes(timeZone, at));
  return sinceStart < minutesBetween(minutesOf(from), minutesOf(to));
}

/** When the quiet hours end that `at` is in. */
export function endOfQuiet({ from, to, timeZone }: QuietHours, at: Date): Date {
  const minute = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
  const left = minutesBetween(localMinutes(timeZone, at), minutesOf(to));
  const end = new Date(minute + left * MINUTE_MS);
  // The clock of the time zone may change before the end (daylight saving time).
  const late = minutesBetween(minutesOf(to), localMinutes(timeZone, end));
  const shift = late > DAY_MINUTES / 2 ? late - DAY_MINUTES : late;
  const corrected = new Date(end.getTime() - shift * MINUTE_MS);
  return isQuiet({ from, to, timeZone }, corrected) ? end : corrected;
}

/** How many minutes of a day are not quiet. */
export function openMinutes({ from, to }: QuietHours): number {
  return minutesBetween(minutesOf(to), minutesOf(from));
}

function minutesBetween(from: number, to: number): number {
  return (to - from + DAY_MINUTES) % DAY_MINUTES;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** To make one takes 100 times longer than to use it. */
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS });

function localMinutes(timeZone: string, at: Date): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return minutesOf(format.format(at));
}
