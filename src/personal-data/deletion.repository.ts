import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';

/** The most rows that one statement deletes. */
export const ROWS_AT_ONCE = 2000;

/**
 * The tables of a course, in the order in which their rows refer to each other. A consent state is deleted with its launch
 * session, by its foreign key.
 */
const COURSE_TABLES = [
  'result',
  'line_item',
  'membership',
  'course_group',
  'resource_link',
  'outbox_score',
  'last_score',
  'passback_suspension',
  'launch_session',
  'sync_run',
];

/** The tables of a registration beside those of its courses. User grants are deleted when they are revoked at the platform. */
const REGISTRATION_TABLES = [
  'launch_session',
  'outbox_score',
  'passback_suspension',
  'notice',
  'lti11_link',
  'dynamic_registration',
  'event_subscription',
  'access_token',
  'registration_statistic',
  'deployment',
];

/** The other events stay until their own end. */
const NAMES_PERSONS = `user_ids <> '{}'`;

const HAS_COURSES = 'EXISTS (SELECT FROM nest_lti.course WHERE registration_id = registration.id)';

/** Deletes the rows of deleted courses and registrations. No statement deletes more than `ROWS_AT_ONCE` rows of a table. */
@Injectable()
export class DeletionRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** Courses that were deleted before, by themselves or with their registration, in the order of their ids. */
  async courses(deletedBefore: Date, limit: number, afterId: string): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `(SELECT id FROM nest_lti.course WHERE deleted_at < $1 AND id > $3 ORDER BY id LIMIT $2)
       UNION
       (SELECT course.id FROM nest_lti.registration
        JOIN nest_lti.course ON course.registration_id = registration.id
        WHERE registration.deleted_at < $1 AND course.id > $3 ORDER BY course.id LIMIT $2)
       ORDER BY id LIMIT $2`,
      [deletedBefore, limit, afterId],
    );
    return rows.map(({ id }) => id);
  }

  /** Registrations that were deleted before and have no course any more. */
  async registrations(deletedBefore: Date): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM nest_lti.registration WHERE deleted_at < $1 AND NOT ${HAS_COURSES} ORDER BY id`,
      [deletedBefore],
    );
    return rows.map(({ id }) => id);
  }

  /** Deletes courses with all their rows. @returns how many rows */
  async deleteCourses(ids: readonly string[], signal: AbortSignal): Promise<number> {
    let rows = await this.deleteRows('event', 'course_id', ids, signal, NAMES_PERSONS);
    for (const table of COURSE_TABLES) rows += await this.deleteRows(table, 'course_id', ids, signal);
    return rows + (await this.deleteRows('course', 'id', ids, signal));
  }

  /**
   * Deletes what is left of a registration. The row itself stays while a user grant of it still has to be revoked at the platform.
   *
   * @returns how many rows
   */
  async deleteRegistration(id: string, signal: AbortSignal): Promise<number> {
    let rows = await this.deleteRows('event', 'registration_id', [id], signal, NAMES_PERSONS);
    for (const table of REGISTRATION_TABLES)
      rows += await this.deleteRows(table, 'registration_id', [id], signal);
    await this.dataSource.query(
      'UPDATE nest_lti.lti11_consumer SET registration_id = NULL WHERE registration_id = $1',
      [id],
    );
    const [, deleted] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM nest_lti.registration WHERE id = $1
         AND NOT EXISTS (SELECT FROM nest_lti.user_grant WHERE registration_id = $1)
         AND NOT EXISTS (SELECT FROM nest_lti.user_grant_client WHERE registration_id = $1)`,
      [id],
    );
    return rows + deleted;
  }

  /** Deletes LTI 1.1 consumers that were deleted before, unless ids that they have proved or sessions refer to them. */
  async deleteConsumers(deletedBefore: Date): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.lti11_consumer consumer WHERE deleted_at < $1
         AND NOT EXISTS (SELECT FROM nest_lti.lti11_link WHERE consumer_id = consumer.id)
         AND NOT EXISTS (SELECT FROM nest_lti.launch_session WHERE consumer_id = consumer.id)`,
      [deletedBefore],
    );
  }

  /** In portions. Rows that another transaction has locked are left for the next time. */
  private async deleteRows(
    table: string,
    column: string,
    ids: readonly string[],
    signal: AbortSignal,
    condition = 'true',
  ): Promise<number> {
    for (let rows = 0; ;) {
      signal.throwIfAborted();
      const [, deleted] = await this.dataSource.query<[unknown[], number]>(
        `DELETE FROM nest_lti.${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM nest_lti.${table} WHERE ${column} = ANY ($1) AND ${condition} LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [ids, ROWS_AT_ONCE],
      );
      rows += deleted;
      if (deleted < ROWS_AT_ONCE) return rows;
    }
  }
}
