import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type LineItem } from '../lti-services/grades/line-item.js';
import { CourseLineItem } from './course-line-item.entity.js';
import { lineItemRow, type LineItemRow } from './line-item-row.js';

/** The written line items of a page. */
export interface WrittenLineItems {
  added: number;
  updated: number;
}

/** The removed line items, and the results that were removed with them. */
export interface RemovedLineItems {
  lineItemIds: string[];
  /** How many results went with them. */
  results: number;
}

/** The stored line items of each course. Every write takes the caller's transaction. */
@Injectable()
export class StoredLineItemService {
  constructor(
    @InjectRepository(CourseLineItem, LTI_DATA_SOURCE) private readonly lineItems: Repository<CourseLineItem>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Writes new and changed line items. Unchanged rows are not touched. */
  async upsert(
    manager: EntityManager,
    courseId: string,
    rows: readonly LineItemRow[],
  ): Promise<WrittenLineItems> {
    const written = await manager.query<{ inserted: boolean }[]>(
      `INSERT INTO nest_lti.line_item AS stored (course_id, line_item_key, line_item_id, label, score_maximum,
         resource_link_id, resource_id, tag, start_date_time, end_date_time, grades_released, submission_review,
         extensions, fingerprint, updated_at)
       SELECT $1, page.line_item_key, page.line_item_id, page.label, page.score_maximum,
         page.resource_link_id, page.resource_id, page.tag, page.start_date_time, page.end_date_time,
         page.grades_released, page.submission_review, page.extensions, page.fingerprint, $3
       FROM jsonb_to_recordset($2::jsonb) AS page (line_item_key uuid, line_item_id text, label text,
         score_maximum double precision, resource_link_id text, resource_id text, tag text,
         start_date_time timestamptz, end_date_time timestamptz, grades_released boolean, submission_review jsonb,
         extensions jsonb, fingerprint text)
       WHERE NOT EXISTS (SELECT FROM nest_lti.line_item same
         WHERE same.course_id = $1 AND same.line_item_key = ANY ($4::uuid[])
           AND same.line_item_key = page.line_item_key AND same.fingerprint = page.fingerprint)
       ON CONFLICT (course_id, line_item_key) DO UPDATE SET
         line_item_id = excluded.line_item_id, label = excluded.label, score_maximum = excluded.score_maximum,
         resource_link_id = excluded.resource_link_id, resource_id = excluded.resource_id, tag = excluded.tag,
         start_date_time = excluded.start_date_time, end_date_time = excluded.end_date_time,
         grades_released = excluded.grades_released, submission_review = excluded.submission_review,
         extensions = excluded.extensions,
         fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
       RETURNING (stored.xmax = 0) AS inserted`,
      [courseId, JSON.stringify(rows), this.clock.now(), rows.map((row) => row.line_item_key)],
    );
    const added = written.filter(({ inserted }) => inserted).length;
    return { added, updated: written.length - added };
  }

  /** Stores a line item as the platform has just sent it. */
  async save(courseId: string, lineItem: LineItem, lineItemKey: string): Promise<CourseLineItem> {
    const { manager } = this.lineItems;
    const where = { courseId, lineItemKey };
    const row = lineItemRow(lineItem, lineItemKey);
    await this.upsert(manager, courseId, [row]);
    const stored = await this.lineItems.findOneBy(where);
    if (stored !== null) return stored;
    // A sync whose reading was older has removed it in between. The next sync stores it again.
    await this.upsert(manager, courseId, [row]);
    return this.lineItems.findOneByOrFail(where);
  }

  /** Marks those that were missing in this complete reading, and no others. */
  async markMissing(manager: EntityManager, courseId: string, keys: readonly string[]): Promise<void> {
    await manager.query(
      `UPDATE nest_lti.line_item
       SET missing_since = CASE WHEN line_item_key = ANY ($2) THEN $3::timestamptz END
       WHERE course_id = $1 AND (missing_since IS NOT NULL) <> (line_item_key = ANY ($2))`,
      [courseId, keys, this.clock.now()],
    );
  }

  /** With their results. */
  async remove(manager: EntityManager, courseId: string, keys: readonly string[]): Promise<RemovedLineItems> {
    const where = 'WHERE course_id = $1 AND line_item_key = ANY ($2)';
    // The table would do so by itself, and not say how many.
    const [, results] = await manager.query<[unknown[], number]>(`DELETE FROM nest_lti.result ${where}`, [
      courseId,
      keys,
    ]);
    const [rows] = await manager.query<[{ line_item_id: string }[], number]>(
      `DELETE FROM nest_lti.line_item ${where} RETURNING line_item_id`,
      [courseId, keys],
    );
    return { lineItemIds: rows.map((row) => row.line_item_id), results };
  }
}
