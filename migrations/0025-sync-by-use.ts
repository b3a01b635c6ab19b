import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Courses are synced by their use, and not at all once they are archived. */
export class SyncByUse1763700000025 implements MigrationInterface {
  readonly name = 'SyncByUse1763700000025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Time of the last launch, manual sync or posted score, exact to ten minutes.
      ALTER TABLE nest_lti.course ADD COLUMN used_at timestamptz;
      UPDATE nest_lti.course SET used_at = coalesce(launched_at, created_at);
      ALTER TABLE nest_lti.course ALTER COLUMN used_at SET NOT NULL;
      ALTER TABLE nest_lti.course ADD COLUMN concluded_at timestamptz;
      -- On how many different days the platform said that the course is gone, and the last time of these.
      ALTER TABLE nest_lti.course ADD COLUMN gone_days smallint NOT NULL DEFAULT 0;
      ALTER TABLE nest_lti.course ADD COLUMN gone_at timestamptz;
      -- Null: the course is archived.
      ALTER TABLE nest_lti.course ALTER COLUMN next_sync_at DROP NOT NULL;
      ALTER TABLE nest_lti.course ADD COLUMN next_sync_reason text NOT NULL DEFAULT 'new_course';
      UPDATE nest_lti.course SET next_sync_reason = 'in_use'
        WHERE EXISTS (SELECT FROM nest_lti.sync_run WHERE course_id = course.id);
      -- {from, to, timeZone}: no scheduled sync starts then.
      ALTER TABLE nest_lti.registration ADD COLUMN quiet_hours jsonb;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
