import { type LtiConfig } from '../config/lti-config.js';
import { endOfQuiet, isQuiet, openMinutes, type QuietHours } from '../registrations/quiet-hours.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Spreads the next syncs of courses that were synced together: up to a tenth of the interval earlier or later. */
export const JITTER = 0.1;
/** On how many different days the platform must say that the course is gone. */
const GONE_DAYS = 3;
/** Over which time the courses are spread that were due in quiet hours. */
const SPREAD_MS = HOUR_MS;
/** How exact the time of the last use is: the scores and launches of a lecture hall must not all wait to update one row. */
export const USE_STEP_MS = 10 * MINUTE_MS;

/** Why a course is synced at its `nextSyncAt`, or, with a name that begins with `archived_`, why it is not synced any more. */
export type NextSyncReason =
  /** It was never synced. */
  | 'new_course'
  /** A launch has ended a longer wait. */
  | 'launched'
  /** A posted score has ended a longer wait. */
  | 'score_posted'
  /** Its end points have changed. */
  | 'endpoints_changed'
  /** It was used within a day: synced at the shortest interval. */
  | 'in_use'
  /** It was used within a week, but not within a day. */
  | 'used_this_week'
  /** It was used within 30 days, but not within a week. */
  | 'used_this_month'
  /** It was not used for 30 days. */
  | 'rarely_used'
  /** The interval does not depend on its use. */
  | 'fixed_interval'
  /** After the quiet hours of the registration. */
  | 'quiet_hours'
  /** Archived: the platform said on three different days that the course is gone. */
  | 'archived_gone'
  /** Archived: the course is concluded. */
  | 'archived_concluded'
  /** Archived: the course was not used for a long time. */
  | 'archived_unused';

export const nextSyncReasons = [
  'new_course',
  'launched',
  'score_posted',
  'endpoints_changed',
  'in_use',
  'used_this_week',
  'used_this_month',
  'rarely_used',
  'fixed_interval',
  'quiet_hours',
  'archived_gone',
  'archived_concluded',
  'archived_unused',
] as const satisfies readonly NextSyncReason[];

/** The facts of a course that decide when it is synced. */
export interface CourseFacts {
  /** Time of its last launch, manual sync or posted score, or of its creation. */
  usedAt: Date;
  /** On how many different days the platform said that the course is gone, since its last use and its last good sync. */
  goneDays: number;
  concludedAt: Date | null;
  quietHours: QuietHours | null;
}

export type SyncScheduleSettings = Pick<LtiConfig['courseSync'], 'every' | 'slowDown' | 'archiveAfter'>;

export interface SyncPlan {
  /** Whether a scheduled sync may start now. */
  isDue: boolean;
  /** When the next one is due. Null: the course is archived. */
  at: Date | null;
  reason: NextSyncReason;
}

/** The longest interval for a last use that is at most this old. */
const BY_USE = [
  { withinMs: DAY_MS, everyMs: 0, reason: 'in_use' },
  { withinMs: 7 * DAY_MS, everyMs: 4 * HOUR_MS, reason: 'used_this_week' },
  { withinMs: 30 * DAY_MS, everyMs: DAY_MS, reason: 'used_this_month' },
  { withinMs: Infinity, everyMs: 7 * DAY_MS, reason: 'rarely_used' },
] as const;

/**
 * When a course is synced next, and why.
 *
 * @param random from 0 to 1: spreads the courses
 */
export function planSync(
  course: CourseFacts,
  settings: SyncScheduleSettings,
  now: Date,
  random: number,
): SyncPlan {
  const archived = archivedReason(course, settings, now);
  if (archived !== undefined) return { isDue: false, at: null, reason: archived };
  const { quietHours } = course;
  if (quietHours !== null && isQuiet(quietHours, now)) {
    return { isDue: false, ...afterQuiet(quietHours, now, random) };
  }
  const { everyMs, reason } = intervalOf(course, settings, now);
  const at = new Date(now.getTime() + Math.round(everyMs * (1 - JITTER + 2 * JITTER * random)));
  if (quietHours !== null && isQuiet(quietHours, at)) {
    return { isDue: true, ...afterQuiet(quietHours, at, random) };
  }
  return { isDue: true, at, reason };
}

/** Why the course is not synced any more. A use after its conclusion counts. */
export function archivedReason(
  { usedAt, goneDays, concludedAt }: Omit<CourseFacts, 'quietHours'>,
  { slowDown, archiveAfter }: SyncScheduleSettings,
  now: Date,
): NextSyncReason | undefined {
  if (goneDays >= GONE_DAYS) return 'archived_gone';
  if (concludedAt !== null && concludedAt <= now && usedAt <= concludedAt) return 'archived_concluded';
  if (!slowDown || archiveAfter === 'never') return undefined;
  return now.getTime() - usedAt.getTime() >= archiveAfter ? 'archived_unused' : undefined;
}

/** The latest planned time of a course that is synced at the shortest interval. One that is planned later is woken by a use. */
export function soonest({ every }: SyncScheduleSettings, now: Date): Date {
  return new Date(now.getTime() + Math.ceil(shortest(every) * (1 + JITTER)));
}

/** A day as the archiving counts it. */
export function isSameDay(one: Date, other: Date): boolean {
  return Math.floor(one.getTime() / DAY_MS) === Math.floor(other.getTime() / DAY_MS);
}

function intervalOf(
  { usedAt }: CourseFacts,
  { every, slowDown }: SyncScheduleSettings,
  now: Date,
): { everyMs: number; reason: NextSyncReason } {
  if (!slowDown) return { everyMs: shortest(every), reason: 'fixed_interval' };
  const age = now.getTime() - usedAt.getTime();
  const { everyMs, reason } = BY_USE.find(({ withinMs }) => age <= withinMs) ?? BY_USE[3];
  return { everyMs: Math.max(shortest(every), everyMs), reason };
}

/** Without a schedule the times are those of the default. They count as soon as there is a schedule. */
function shortest(every: SyncScheduleSettings['every']): number {
  return every === 'never' ? 15 * MINUTE_MS : every;
}

/** Not all at the end, and not in the next quiet hours. */
function afterQuiet(quietHours: QuietHours, at: Date, random: number): { at: Date; reason: 'quiet_hours' } {
  const spread = Math.min(SPREAD_MS, openMinutes(quietHours) * MINUTE_MS - 1);
  const end = endOfQuiet(quietHours, at).getTime();
  return { at: new Date(end + Math.floor(spread * random)), reason: 'quiet_hours' };
}
