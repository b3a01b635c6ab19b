import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type StatisticCounts, statisticNames } from '../metrics/registration-statistics.js';
import { type RankingQuery, type RegistrationStatistic, type StatisticPoint } from './statistics.schema.js';

const columns = statisticNames.map((name) => ({
  name,
  column: name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** Adds up with what other processes have written. In the order of the ids, so that no two processes wait for each other. */
const ADD = `
  INSERT INTO nest_lti.registration_statistic AS stored (registration_id, hour, ${list(({ column }) => column)})
  SELECT registration.id, date_trunc('hour', $2::timestamptz, 'UTC'), ${list(({ name }) => `counted."${name}"`)}
  FROM jsonb_to_recordset($1::jsonb) AS counted (id uuid, ${list(({ name }) => `"${name}" bigint`)})
  JOIN nest_lti.registration ON registration.id = counted.id AND registration.deleted_at IS NULL
  ORDER BY registration.id
  ON CONFLICT (registration_id, hour) DO UPDATE SET ${list(({ name, column }) =>
    name === 'slowestRequestMs'
      ? `${column} = greatest(stored.${column}, excluded.${column})`
      : `${column} = stored.${column} + excluded.${column}`,
  )}`;

/** The totals of a group of rows, as the API returns them. */
const TOTALS = `
  sum(launches)::float8 AS launches,
  sum(refused_launches)::float8 AS "refusedLaunches",
  sum(syncs)::float8 AS syncs,
  sum(failed_syncs)::float8 AS "failedSyncs",
  sum(scores)::float8 AS scores,
  sum(rejected_scores)::float8 AS "rejectedScores",
  sum(token_requests)::float8 AS "tokenRequests",
  sum(token_uses)::float8 AS "tokenUses",
  sum(failed_requests)::float8 AS "failedRequests",
  round(sum(request_ms) / nullif(sum(token_requests + token_uses), 0), 1)::float8 AS "meanRequestMs",
  nullif(max(slowest_request_ms), 0)::float8 AS "slowestRequestMs",
  (sum(throttled_ms) / 1000)::float8 AS "throttledSeconds"`;

/** The hours from `$1` on, before `$2`. */
const IN_RANGE = 'hour >= $1 AND hour < $2';

/** The counts of registrations by the hour. */
@Injectable()
export class StatisticsRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** Adds to the counts of the hour of `now`. Those of deleted registrations are dropped. */
  async add(counts: ReadonlyMap<string, StatisticCounts>, now: Date): Promise<void> {
    const rows = [...counts].map(([id, { requestMs, slowestRequestMs, throttledMs, ...rest }]) => ({
      ...{ id, ...rest },
      requestMs: Math.round(requestMs),
      slowestRequestMs: Math.ceil(slowestRequestMs),
      throttledMs: Math.round(throttledMs),
    }));
    await this.dataSource.query(ADD, [JSON.stringify(rows), now]);
  }

  /** The intervals that have counts, in order of time. */
  async points(
    { from, to, interval }: { from: Date; to: Date; interval: 'hour' | 'day' },
    registrationId: string | undefined,
  ): Promise<StatisticPoint[]> {
    const ofOne = registrationId === undefined ? '' : 'AND registration_id = $4';
    const rows = await this.dataSource.query<(Omit<StatisticPoint, 'at'> & { at: Date })[]>(
      `SELECT date_trunc($3, hour, 'UTC') AS at, ${TOTALS}
       FROM nest_lti.registration_statistic WHERE ${IN_RANGE} ${ofOne} GROUP BY 1 ORDER BY 1`,
      [from, to, interval, ...(registrationId === undefined ? [] : [registrationId])],
    );
    return rows.map(({ at, ...totals }) => ({ at: at.toISOString(), ...totals }));
  }

  /** The registrations with the most, of those that are not deleted. */
  ranking(
    { from, to }: { from: Date; to: Date },
    { by, limit }: Pick<RankingQuery, 'by' | 'limit'>,
  ): Promise<RegistrationStatistic[]> {
    return this.dataSource.query<RegistrationStatistic[]>(
      `SELECT registration_id AS "registrationId", ${TOTALS}
       FROM nest_lti.registration_statistic
       JOIN nest_lti.registration ON registration.id = registration_id AND registration.deleted_at IS NULL
       WHERE ${IN_RANGE}
       GROUP BY registration_id ORDER BY "${by}" DESC NULLS LAST, registration_id LIMIT $3`,
      [from, to, limit],
    );
  }

  /** Deletes the counts of hours before this time. */
  async purge(before: Date): Promise<void> {
    await this.dataSource.query('DELETE FROM nest_lti.registration_statistic WHERE hour < $1', [before]);
  }
}

function list(text: (one: (typeof columns)[number]) => string): string {
  return columns.map(text).join(', ');
}
