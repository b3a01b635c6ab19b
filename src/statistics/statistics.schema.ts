import { z } from 'zod';

const HOUR_MS = 3_600_000;
/** How long counts are stored, and the longest time that one answer covers. */
export const STORED_FOR_MS = 31 * 24 * HOUR_MS;
const MAX_RANKED = 100;

const time = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-29T08:00:00Z' });

/** A time in the past: by default the 24 hours before now. */
const rangeSchema = z.strictObject({
  from: time.optional(),
  to: time.optional(),
});

export const statisticsQuerySchema = rangeSchema.extend({
  /** The length of a point. Days are those of UTC. */
  interval: z.enum(['hour', 'day'], { error: 'must be hour or day' }).default('hour'),
  registrationId: z.uuid().optional(),
});
export type StatisticsQuery = z.output<typeof statisticsQuerySchema>;

const count = z.int();
const statisticSchema = z.object({
  /** Launches that were accepted. */
  launches: count,
  /** Launches that were refused after their login was known, and so their registration. */
  refusedLaunches: count,
  /** Attempts of syncs that completed. */
  syncs: count,
  /** Attempts of syncs that failed or were suspicious. Postponed ones are in neither. */
  failedSyncs: count,
  /** Scores that the platform has accepted. */
  scores: count,
  /** Scores that the platform has rejected. */
  rejectedScores: count,
  /** Requests for an access token. */
  tokenRequests: count,
  /** Requests that were sent with an access token. */
  tokenUses: count,
  /** Requests of both kinds without an answer, or with a status of 400 or more. */
  failedRequests: count,
  /** The mean time of a request of both kinds; null without one. */
  meanRequestMs: z.number().nullable(),
  slowestRequestMs: count.nullable(),
  /** Pauses that the platform asked for. */
  throttledSeconds: z.number(),
});

export const statisticPointSchema = statisticSchema.extend({ at: z.iso.datetime() });
/** What happened in an interval that begins `at`. */
export type StatisticPoint = z.output<typeof statisticPointSchema>;

export const statisticsViewSchema = z.object({
  /** The beginning of the first interval. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  interval: z.enum(['hour', 'day']),
  /** One for each interval, also for those without any counts. */
  points: z.array(statisticPointSchema),
});
export type StatisticsView = z.output<typeof statisticsViewSchema>;

/** What registrations can be ranked by. */
export const rankingSchema = z.enum(statisticSchema.keyof().options, {
  error: 'must be a field of the answer, such as failedRequests or throttledSeconds',
});

export const rankingQuerySchema = rangeSchema.extend({
  /** The registrations with the most of it come first. */
  by: rankingSchema.default('tokenUses'),
  limit: z.coerce.number().int().min(1).max(MAX_RANKED).default(20),
});
export type RankingQuery = z.output<typeof rankingQuerySchema>;

export const registrationStatisticSchema = statisticSchema.extend({ registrationId: z.uuid() });
/** What happened with a registration in the time that was asked for. */
export type RegistrationStatistic = z.output<typeof registrationStatisticSchema>;

export const rankingViewSchema = z.object({ items: z.array(registrationStatisticSchema) });
export type RankingView = z.output<typeof rankingViewSchema>;
