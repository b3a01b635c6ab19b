import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The groups of courses with the groups of each member, and the submission reviews of line items. */
export class CourseGroups1763700000022 implements MigrationInterface {
  readonly name = 'CourseGroups1763700000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE nest_lti.course ADD COLUMN groups_url text, ADD COLUMN group_sets_url text;
      ALTER TABLE nest_lti.membership ADD COLUMN group_ids text[];
      ALTER TABLE nest_lti.line_item ADD COLUMN submission_review jsonb;
      ALTER TABLE nest_lti.sync_run ADD COLUMN groups_error_code text, ADD COLUMN groups_message text;
      CREATE TABLE nest_lti.course_group (
        course_id uuid NOT NULL REFERENCES nest_lti.course ON DELETE CASCADE,
        group_id text NOT NULL,
        name text,
        tag text,
        set_id text,
        set_name text,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (course_id, group_id)
      );
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
