import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The requests in flight at a platform (URL origin), limited over all processes. `rate_limit` has the platforms that
 * have refused requests lately, `rate_limit_user` the processes that use a platform, `rate_limit_slot` the slots that
 * they hold. The last two are renewed all the time and worthless after a crash of the database, so they are not logged.
 */
export class RateLimits1763700000015 implements MigrationInterface {
  readonly name = 'RateLimits1763700000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.rate_limit (
        origin text PRIMARY KEY,
        level float8 NOT NULL,
        measured float8,
        recovers_at timestamptz NOT NULL,
        cooldown_until timestamptz NOT NULL
      );
      CREATE UNLOGGED TABLE nest_lti.rate_limit_user (
        origin text,
        process_id uuid,
        wanted int NOT NULL,
        sent float8,
        concurrency int NOT NULL,
        per_second float8,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (origin, process_id)
      );
      CREATE UNLOGGED TABLE nest_lti.rate_limit_slot (
        origin text,
        slot int,
        process_id uuid NOT NULL,
        PRIMARY KEY (origin, slot),
        FOREIGN KEY (origin, process_id) REFERENCES nest_lti.rate_limit_user ON DELETE CASCADE
      );
      CREATE INDEX ON nest_lti.rate_limit_slot (origin, process_id);
      DROP TABLE nest_lti.platform_limit;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
