import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Line items and results of the courses, and what a sync run tells of them. */
export class Gradebook1763700000005 implements MigrationInterface {
  readonly name = 'Gradebook1763700000005';

  async up(runner: QueryRunner): Promise<void> {
    // A line item's id is a URL, which may be too long for a key: rows have its digest for one.
    await runner.query(`
      CREATE TABLE nest_lti.line_item (
        course_id uuid NOT NULL REFERENCES nest_lti.course (id),
        line_item_key text NOT NULL,
        line_item_id text NOT NULL,
        label text NOT NULL,
        score_maximum double precision NOT NULL,
        resource_link_id text,
        resource_id text,
        tag text,
        start_date_time timestamptz,
        end_date_time timestamptz,
        grades_released boolean,
        extensions jsonb NOT NULL,
        fingerprint text NOT NULL,
        missing_since timestamptz,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (course_id, line_item_key)
      );

      CREATE TABLE nest_lti.result (
        course_id uuid NOT NULL,
        line_item_key text NOT NULL,
        user_id text NOT NULL,
        result_score double precision,
        result_maximum double precision NOT NULL,
        comment text,
        scoring_user_id text,
        graded_at timestamptz,
        extensions jsonb NOT NULL,
        fingerprint text NOT NULL,
        missing_since timestamptz,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (course_id, line_item_key, user_id),
        FOREIGN KEY (course_id, line_item_key)
          REFERENCES nest_lti.line_item (course_id, line_item_key) ON DELETE CASCADE
      );
      CREATE INDEX result_user ON nest_lti.result (course_id, user_id, line_item_key);

      ALTER TABLE nest_lti.sync_run
        ADD COLUMN roster_end jsonb,
        ADD COLUMN line_items integer NOT NULL DEFAULT 0,
        ADD COLUMN results integer NOT NULL DEFAULT 0,
        ADD COLUMN grades_written integer NOT NULL DEFAULT 0,
        ADD COLUMN grades_removed integer NOT NULL DEFAULT 0,
        ADD COLUMN grades_error_code text,
        ADD COLUMN grades_message text;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
