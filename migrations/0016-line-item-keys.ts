import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { calledUrl, lineItemKey } from '../src/lti-services/grades/line-item-urls.js';
import { type PlatformFamily } from '../src/registrations/platform-family.js';

/** Line items of one statement, which has to end within the time-out of a query with all their results. */
const ROWS_AT_ONCE = 500;

interface StoredLineItem {
  course_id: string;
  line_item_id: string;
  old_key: string;
  registration_id: string;
  line_items_url: string | null;
  platform_family: PlatformFamily;
}

/** One line item key in all tables, and suspensions with their subject in typed columns. */
export class LineItemKeys1763700000016 implements MigrationInterface {
  readonly name = 'LineItemKeys1763700000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE nest_lti.passback_hold RENAME TO passback_suspension;
      ALTER TABLE nest_lti.passback_suspension RENAME COLUMN held_since TO suspended_since;
      ALTER TABLE nest_lti.passback_suspension
        RENAME CONSTRAINT passback_hold_cause_check TO passback_suspension_cause_check;
      ALTER TABLE nest_lti.passback_suspension
        RENAME CONSTRAINT passback_hold_registration_id_fkey TO passback_suspension_registration_id_fkey;
      ALTER TABLE nest_lti.passback_suspension
        ADD COLUMN kind text,
        ADD COLUMN line_item_key uuid,
        ADD COLUMN origin text;

      UPDATE nest_lti.passback_suspension SET
        kind = CASE WHEN subject = '' THEN 'registration' WHEN starts_with(subject, 'line-item ') THEN 'line_item'
          WHEN strpos(subject, '://') > 0 THEN 'origin' ELSE 'course' END;
      UPDATE nest_lti.passback_suspension SET
        line_item_key = CASE kind WHEN 'line_item' THEN substr(subject, length('line-item ') + 1)::uuid END,
        origin = CASE kind WHEN 'origin' THEN subject END,
        course_id = CASE kind WHEN 'course' THEN subject::uuid WHEN 'line_item' THEN course_id END;

      -- Also drops the primary key, which the subject was part of.
      ALTER TABLE nest_lti.passback_suspension
        DROP COLUMN subject,
        ALTER COLUMN kind SET NOT NULL,
        ADD CONSTRAINT passback_suspension_subject_check CHECK (CASE kind
          WHEN 'registration' THEN num_nonnulls(course_id, line_item_key, line_item_id, origin) = 0
          WHEN 'course' THEN course_id IS NOT NULL AND num_nonnulls(line_item_key, line_item_id, origin) = 0
          WHEN 'line_item' THEN num_nonnulls(course_id, line_item_key, line_item_id) = 3 AND origin IS NULL
          WHEN 'origin' THEN origin IS NOT NULL AND num_nonnulls(course_id, line_item_key, line_item_id) = 0
          ELSE false END);
      -- One index over the columns of all kinds. NULLS NOT DISTINCT would need PostgreSQL 15.
      CREATE UNIQUE INDEX passback_suspension_subject ON nest_lti.passback_suspension
        (registration_id, cause, kind, coalesce(line_item_key::text, course_id::text, origin, ''));

      -- Before: a digest of the URL, in another form than that of the outbox.
      ALTER TABLE nest_lti.line_item RENAME COLUMN line_item_key TO old_key;
      ALTER TABLE nest_lti.result RENAME COLUMN line_item_key TO old_key;
      ALTER TABLE nest_lti.line_item ADD COLUMN line_item_key uuid;
      ALTER TABLE nest_lti.result ADD COLUMN line_item_key uuid;
    `);
    await setLineItemKeys(runner);
    // Each statement has a time-out of its own. A line item that was stored by two forms of its URL: the later row stays.
    await runner.query(`
      DELETE FROM nest_lti.line_item i USING nest_lti.line_item o
      WHERE o.course_id = i.course_id AND o.line_item_key = i.line_item_key
        AND (o.updated_at, o.old_key) > (i.updated_at, i.old_key)`);
    // Also drops the keys and the index that the old columns were part of.
    await runner.query(`
      ALTER TABLE nest_lti.result DROP COLUMN old_key;
      ALTER TABLE nest_lti.line_item DROP COLUMN old_key;`);
    await runner.query('ALTER TABLE nest_lti.line_item ADD PRIMARY KEY (course_id, line_item_key)');
    await runner.query('ALTER TABLE nest_lti.result ADD PRIMARY KEY (course_id, line_item_key, user_id)');
    await runner.query(`
      ALTER TABLE nest_lti.result ADD FOREIGN KEY (course_id, line_item_key)
        REFERENCES nest_lti.line_item (course_id, line_item_key) ON DELETE CASCADE`);
    await runner.query('CREATE INDEX result_user ON nest_lti.result (course_id, user_id, line_item_key)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}

/** In portions. PostgreSQL cannot read URLs, so the keys are computed here. */
async function setLineItemKeys(runner: QueryRunner): Promise<void> {
  for (let after = ['00000000-0000-0000-0000-000000000000', '']; ;) {
    const rows = (await runner.query(
      `SELECT i.course_id, i.line_item_id, i.old_key, c.registration_id, c.line_items_url, r.platform_family
       FROM nest_lti.line_item i JOIN nest_lti.course c ON c.id = i.course_id
         JOIN nest_lti.registration r ON r.id = c.registration_id
       WHERE (i.course_id, i.old_key) > ($1::uuid, $2) ORDER BY i.course_id, i.old_key LIMIT $3`,
      [...after, ROWS_AT_ONCE],
    )) as StoredLineItem[];
    const last = rows.at(-1);
    if (last === undefined) return;
    for (const table of ['line_item', 'result']) {
      await runner.query(
        `UPDATE nest_lti.${table} t SET line_item_key = k.line_item_key
         FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS k (course_id, old_key, line_item_key)
         WHERE t.course_id = k.course_id AND t.old_key = k.old_key`,
        [rows.map((row) => row.course_id), rows.map((row) => row.old_key), rows.map(keyOf)],
      );
    }
    after = [last.course_id, last.old_key];
  }
}

function keyOf(row: StoredLineItem): string {
  return lineItemKey(
    row.registration_id,
    calledUrl(row.line_items_url, row.platform_family, row.line_item_id),
  );
}
