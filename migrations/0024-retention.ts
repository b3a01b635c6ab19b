import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The rows of deleted courses, registrations and users can be found and deleted in portions, by indexes. */
export class Retention1763700000024 implements MigrationInterface {
  readonly name = 'Retention1763700000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX course_deleted ON nest_lti.course (deleted_at) WHERE deleted_at IS NOT NULL;
      -- With deleted courses, too: for the foreign key of their deployments.
      DROP INDEX nest_lti.course_registration_context;
      CREATE INDEX course_registration_context ON nest_lti.course (registration_id, context_id);

      -- The course of a run refers to the registration. A second reference would need an index of its own.
      ALTER TABLE nest_lti.sync_run DROP CONSTRAINT sync_run_registration_id_fkey;
      CREATE INDEX sync_run_finished ON nest_lti.sync_run (finished_at) WHERE finished_at IS NOT NULL;

      CREATE INDEX launch_session_course ON nest_lti.launch_session (course_id) WHERE course_id IS NOT NULL;
      CREATE INDEX lti11_link_consumer ON nest_lti.lti11_link (consumer_id);
      CREATE INDEX outbox_score_person ON nest_lti.outbox_score (registration_id, user_id);

      -- Null where neither a stored line item nor a score of the outbox shows the course.
      ALTER TABLE nest_lti.last_score ADD COLUMN course_id uuid;
    `);
    // Each statement has a time-out of its own.
    for (const table of ['outbox_score', 'line_item']) {
      await runner.query(
        `UPDATE nest_lti.last_score l SET course_id = known.course_id
         FROM (SELECT DISTINCT ON (line_item_key) line_item_key, course_id FROM nest_lti.${table}) known
         WHERE known.line_item_key = l.line_item_key AND l.course_id IS NULL`,
      );
    }
    await runner.query('CREATE INDEX last_score_course ON nest_lti.last_score (course_id, user_id)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
