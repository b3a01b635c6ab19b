import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type ReceivedNotice } from './notice-handler.js';

/** The row of a notice that is not settled. */
export interface StoredNotice {
  /** Ours. */
  id: string;
  attempts: number;
  notice: ReceivedNotice;
}

const REMOVED_AT_ONCE = 10_000;

/** The notices that were accepted, each once over all processes. */
@Injectable()
export class NoticeRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** @returns our ids of those that are new, in one transaction */
  async store(notices: readonly ReceivedNotice[]): Promise<string[]> {
    if (notices.length === 0) return [];
    const rows = await this.dataSource.query<{ id: string }[]>(
      `INSERT INTO nest_lti.notice (id, registration_id, deployment_id, notice_id, type, claims, received_at, next_try_at)
       SELECT id, registration_id, deployment_id, notice_id, type, claims::json, received_at, received_at
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         AS given (id, registration_id, deployment_id, notice_id, type, claims, received_at)
       ON CONFLICT (registration_id, deployment_id, notice_id) DO NOTHING RETURNING id`,
      [
        notices.map(() => uuidv7()),
        notices.map(({ registrationId }) => registrationId),
        notices.map(({ deploymentId }) => deploymentId),
        notices.map(({ id }) => id),
        notices.map(({ type }) => type),
        notices.map(({ claims }) => JSON.stringify(claims)),
        notices.map(({ receivedAt }) => receivedAt),
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** @returns undefined if it is settled, or was deleted with its registration */
  async unsettled(id: string): Promise<StoredNotice | undefined> {
    const [row] = await this.dataSource.query<(ReceivedNotice & { attempts: number })[]>(
      `SELECT notice_id AS id, registration_id AS "registrationId", deployment_id AS "deploymentId", type, claims,
         received_at AS "receivedAt", attempts
       FROM nest_lti.notice WHERE id = $1 AND next_try_at IS NOT NULL`,
      [id],
    );
    if (row === undefined) return undefined;
    const { attempts, ...notice } = row;
    return { id, attempts, notice };
  }

  /** @param error why it was given up; null if it was handled */
  async settle(id: string, now: Date, error: string | null): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET next_try_at = NULL, claims = NULL, attempts = attempts + 1, error = $3,
         handled_at = CASE WHEN $3::text IS NULL THEN $2::timestamptz END
       WHERE id = $1`,
      [id, now, error],
    );
  }

  async postpone(id: string, nextTryAt: Date, error: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET next_try_at = $2, attempts = attempts + 1, error = $3
       WHERE id = $1 AND next_try_at IS NOT NULL`,
      [id, nextTryAt, error],
    );
  }

  /** Our ids of those to be handled now, the oldest first. */
  async due(now: Date, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM nest_lti.notice WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $2',
      [now, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Deletes settled notices that were received before. A notice that old is refused, so none is accepted again. */
  async purge(before: Date): Promise<void> {
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE;) {
      [, removed] = await this.dataSource.query<[unknown[], number]>(
        `DELETE FROM nest_lti.notice WHERE id IN (
           SELECT id FROM nest_lti.notice WHERE received_at < $1 AND next_try_at IS NULL LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, REMOVED_AT_ONCE],
      );
    }
  }

  async deleteOfRegistration(registrationId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM nest_lti.notice WHERE registration_id = $1', [registrationId]);
  }
}
