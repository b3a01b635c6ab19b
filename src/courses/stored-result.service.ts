import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type CourseResult } from './course-result.entity.js';
import { type ResultRow } from './result-row.js';

/** A stored line item, whose results these are. */
export type LineItemIdentity = Pick<CourseResult, 'courseId' | 'lineItemKey'>;

/** The written results of a page, by user id. */
export interface ResultChanges {
  added: string[];
  updated: string[];
}

/** The stored results of each line item. Every write takes the caller's transaction. */
@Injectable()
export class StoredResultService {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** Writes new and changed results; unchanged rows are not updated. */
  async upsert(
    manager: EntityManager,
    { courseId, lineItemKey }: LineItemIdentity,
    rows: readonly ResultRow[],
  ): Promise<ResultChanges> {
    const written = await manager.query<{ user_id: string; inserted: boolean }[]>(
      `INSERT INTO nest_lti.result AS stored (course_id, line_item_key, user_id, result_score, result_maximum,
         comment, scoring_user_id, graded_at, extensions, fingerprint, updated_at)
       SELECT $1, $2, page.user_id, page.result_score, page.result_maximum, page.comment, page.scoring_user_id,
         page.graded_at, page.extensions, page.fingerprint, $4
       FROM jsonb_to_recordset($3::jsonb) AS page (user_id text, result_score double precision,
         result_maximum double precision, comment text, scoring_user_id text, graded_at timestamptz,
         extensions jsonb, fingerprint text)
       WHERE NOT EXISTS (SELECT FROM nest_lti.result same
         WHERE same.course_id = $1 AND same.line_item_key = $2 AND same.user_id = ANY ($5)
           AND same.user_id = page.user_id AND same.fingerprint = page.fingerprint)
       ON CONFLICT (course_id, line_item_key, user_id) DO UPDATE SET
         result_score = excluded.result_score, result_maximum = excluded.result_maximum,
         comment = excluded.comment, scoring_user_id = excluded.scoring_user_id, graded_at = excluded.graded_at,
         extensions = excluded.extensions, fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
       RETURNING stored.user_id, (stored.xmax = 0) AS inserted`,
      // The ids are a parameter, too: without it the planner reads the whole line item for each page.
      [courseId, lineItemKey, JSON.stringify(rows), this.clock.now(), rows.map((row) => row.user_id)],
    );
    return {
      added: written.filter(({ inserted }) => inserted).map((row) => row.user_id),
      updated: written.filter(({ inserted }) => !inserted).map((row) => row.user_id),
    };
  }

  /** Marks those that were missing in this complete reading, and no others. */
  async markMissing(
    manager: EntityManager,
    { courseId, lineItemKey }: LineItemIdentity,
    userIds: readonly string[],
  ): Promise<void> {
    await manager.query(
      `UPDATE nest_lti.result SET missing_since = CASE WHEN user_id = ANY ($3) THEN $4::timestamptz END
       WHERE course_id = $1 AND line_item_key = $2 AND (missing_since IS NOT NULL) <> (user_id = ANY ($3))`,
      [courseId, lineItemKey, userIds, this.clock.now()],
    );
  }

  /** @returns the ids of those that were there */
  async remove(
    manager: EntityManager,
    { courseId, lineItemKey }: LineItemIdentity,
    userIds: readonly string[],
  ): Promise<string[]> {
    const [rows] = await manager.query<[{ user_id: string }[], number]>(
      `DELETE FROM nest_lti.result WHERE course_id = $1 AND line_item_key = $2 AND user_id = ANY ($3)
       RETURNING user_id`,
      [courseId, lineItemKey, userIds],
    );
    return rows.map((row) => row.user_id);
  }
}
