import { Injectable, Logger, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { LtiMetrics } from './lti-metrics.js';

type Backlog = 'syncs' | 'scores';

interface BacklogRow {
  backlog: Backlog;
  waiting: number;
  oldestSeconds: number;
}

/** Scores of one registration that are counted. A larger number would only take longer to count. */
const MAX_COUNTED = 10_000;

/**
 * What waits in the database, for all processes together. Read when Prometheus scrapes, by indexes: one look-up for each registration.
 * While the database is down, the gauges have no value.
 */
@Injectable()
export class BacklogMetrics {
  private readonly logger = new Logger(BacklogMetrics.name);
  private reading?: Promise<readonly BacklogRow[]>;

  constructor(
    { registry }: LtiMetrics,
    @Optional() @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource?: DataSource,
  ) {
    const labelNames = ['backlog'] as const;
    const waiting = new Gauge({
      name: 'nest_lti_backlog',
      help: 'Sync runs and scores that wait or run, of all processes together. Of each registration at most 10,000 scores are counted.',
      labelNames,
      registers: [registry],
      collect: async () => {
        waiting.reset();
        for (const row of await this.read()) waiting.set({ backlog: row.backlog }, row.waiting);
      },
    });
    const oldest = new Gauge({
      name: 'nest_lti_backlog_oldest_seconds',
      help: 'Age of the oldest sync run and the oldest score that wait or run, of all processes together.',
      labelNames,
      registers: [registry],
      collect: async () => {
        oldest.reset();
        for (const row of await this.read()) oldest.set({ backlog: row.backlog }, row.oldestSeconds);
      },
    });
  }

  /** Both gauges of one scrape share a reading. */
  private read(): Promise<readonly BacklogRow[]> {
    this.reading ??= this.query().finally(() => delete this.reading);
    return this.reading;
  }

  private async query(): Promise<readonly BacklogRow[]> {
    if (this.dataSource?.isInitialized !== true) return [];
    try {
      return await this.dataSource.query<BacklogRow[]>(
        `SELECT 'syncs' AS backlog, count(*)::int AS waiting,
           coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds"
         FROM nest_lti.sync_run WHERE status IN ('queued', 'running')
         UNION ALL
         SELECT 'scores', coalesce(sum(waiting), 0)::int,
           coalesce(extract(epoch FROM clock_timestamp() - min(oldest)), 0)::float8
         FROM nest_lti.registration r CROSS JOIN LATERAL (
           SELECT count(*) AS waiting, min(created_at) AS oldest FROM (
             SELECT created_at FROM nest_lti.outbox_score
             WHERE registration_id = r.id AND status = 'pending' ORDER BY id LIMIT $1) first) pending
         WHERE r.deleted_at IS NULL`,
        [MAX_COUNTED],
      );
    } catch (error) {
      this.logger.warn(`The backlog could not be read for the metrics: ${String(error)}`);
      return [];
    }
  }
}
