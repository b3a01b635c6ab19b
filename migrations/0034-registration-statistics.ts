import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What was counted for each registration in each hour, of all processes together. */
export class RegistrationStatistics1763700000034 implements MigrationInterface {
  readonly name = 'RegistrationStatistics1763700000034';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.registration_statistic (
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        -- The beginning of the hour.
        hour timestamptz NOT NULL,
        launches bigint NOT NULL,
        refused_launches bigint NOT NULL,
        syncs bigint NOT NULL,
        failed_syncs bigint NOT NULL,
        scores bigint NOT NULL,
        rejected_scores bigint NOT NULL,
        token_requests bigint NOT NULL,
        token_uses bigint NOT NULL,
        failed_requests bigint NOT NULL,
        request_ms bigint NOT NULL,
        slowest_request_ms bigint NOT NULL,
        throttled_ms bigint NOT NULL,
        PRIMARY KEY (registration_id, hour)
      );
      -- For the sum of all registrations, and the deletion.
      CREATE INDEX registration_statistic_hour ON nest_lti.registration_statistic (hour);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
