import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The lists of what needs an operator: suspensions in order of time, and sync runs that did not complete. */
export class SuspensionList1763700000036 implements MigrationInterface {
  readonly name = 'SuspensionList1763700000036';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX passback_suspension_since ON nest_lti.passback_suspension (suspended_since);
      -- Also for the deletion of a course.
      CREATE INDEX passback_suspension_course ON nest_lti.passback_suspension (course_id) WHERE course_id IS NOT NULL;
      -- There are few of these runs among many that completed.
      CREATE INDEX sync_run_trouble ON nest_lti.sync_run (status, id) WHERE status IN ('suspicious', 'failed', 'cancelled');
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
