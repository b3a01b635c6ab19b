import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ID_KEY, type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { type ReceivedNotice } from './notice-handler.js';
import { type NoticeQuery, type NoticeView } from './notice.schema.js';

/** The row of a notice that is not settled. */
export interface StoredNotice {
  /** Ours. */
  id: string;
  /** With the one that has begun. */
  attempts: number;
  notice: ReceivedNotice;
}

/** A row as it is listed, without its claims. */
export interface ListedNotice {
  id: string;
  registrationId: string;
  deploymentId: string;
  noticeId: string;
  type: string;
  status: NoticeView['status'];
  attempts: number;
  error: string | null;
  receivedAt: Date;
  retryAt: Date | null;
  handledAt: Date | null;
}

const REMOVED_AT_ONCE = 10_000;
const STATUS = `CASE WHEN next_try_at IS NOT NULL THEN 'pending' WHEN handled_at IS NOT NULL THEN 'handled' ELSE 'failed' END`;
const LISTED = `id, registration_id AS "registrationId", deployment_id AS "deploymentId", notice_id AS "noticeId", type,
  ${STATUS} AS status, attempts, error, received_at AS "receivedAt", next_try_at AS "retryAt", handled_at AS "handledAt"`;

/** The notices that were accepted, each once over all processes. */
@Injectable()
export class NoticeRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /**
   * Those of a deleted registration are not stored: another process may have it in memory for a while.
   *
   * @returns our ids of those that are new, in one transaction
   */
  async store(notices: readonly ReceivedNotice[]): Promise<string[]> {
    if (notices.length === 0) return [];
    const rows = await this.dataSource.query<{ id: string }[]>(
      // FOR SHARE: a deletion waits for this statement, and then deletes its notices, too.
      `WITH registration AS (
         SELECT id FROM nest_lti.registration WHERE id = ANY($2::uuid[]) AND deleted_at IS NULL FOR SHARE)
       INSERT INTO nest_lti.notice (id, registration_id, deployment_id, notice_id, type, claims, received_at, next_try_at)
       SELECT given.id, registration_id, deployment_id, notice_id, type, claims::json, received_at, received_at
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         AS given (id, registration_id, deployment_id, notice_id, type, claims, received_at)
       JOIN registration ON registration.id = given.registration_id
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

  /**
   * Counts a try before it is made, so that a notice whose handling ends the process is not tried for ever.
   *
   * @returns undefined if it is settled, or was deleted with its registration
   */
  async begin(id: string): Promise<StoredNotice | undefined> {
    const [[row]] = await this.dataSource.query<[(ReceivedNotice & { attempts: number })[], number]>(
      `UPDATE nest_lti.notice SET attempts = attempts + 1
       WHERE id = $1 AND next_try_at IS NOT NULL
       RETURNING notice_id AS id, registration_id AS "registrationId", deployment_id AS "deploymentId", type, claims,
         received_at AS "receivedAt", attempts`,
      [id],
    );
    if (row === undefined) return undefined;
    const { attempts, ...notice } = row;
    return { id, attempts, notice };
  }

  /**
   * Keeps the claims of a notice that was given up, so that it can be retried: until it is handled or deleted.
   *
   * @param error why it was given up; null if it was handled
   */
  async settle(id: string, now: Date, error: string | null): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET next_try_at = NULL, claims = CASE WHEN $3::text IS NOT NULL THEN claims END, error = $3,
         handled_at = CASE WHEN $3::text IS NULL THEN $2::timestamptz END
       WHERE id = $1`,
      [id, now, error],
    );
  }

  async postpone(id: string, nextTryAt: Date, error: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET next_try_at = $2, error = $3
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

  /** The newest first by default, without their claims. */
  async list<T>(
    { registrationId, status, ...start }: NoticeQuery,
    view: (notice: ListedNotice) => T,
  ): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(start, 'desc', ID_KEY);
    const [compares, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
    const rows = await this.dataSource.query<ListedNotice[]>(
      `SELECT ${LISTED} FROM nest_lti.notice
       WHERE ($1::uuid IS NULL OR registration_id = $1) AND ($2::text IS NULL OR ${STATUS} = $2)
         AND ($3::uuid IS NULL OR id ${compares} $3)
       ORDER BY id ${direction} LIMIT $4`,
      [registrationId, status, after, limit + 1],
    );
    return pageOf(rows, { limit, order }, ({ id }) => id, view);
  }

  async find(id: string): Promise<ListedNotice | undefined> {
    const [row] = await this.dataSource.query<ListedNotice[]>(
      `SELECT ${LISTED} FROM nest_lti.notice WHERE id = $1`,
      [id],
    );
    return row;
  }

  /** Begins the tries of a notice that was given up anew. Changes no other notice. */
  async retry(id: string, now: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET next_try_at = $2, attempts = 0, error = NULL
       WHERE id = $1 AND next_try_at IS NULL AND handled_at IS NULL AND claims IS NOT NULL`,
      [id, now],
    );
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
