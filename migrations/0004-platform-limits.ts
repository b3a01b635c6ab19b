import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** One limit per platform for all processes: a row for each platform (URL origin) that is in use, or was slowed down lately. */
export class PlatformLimits1763700000004 implements MigrationInterface {
  readonly name = 'PlatformLimits1763700000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.platform_limit (
        origin text PRIMARY KEY,
        revision uuid NOT NULL,
        record jsonb NOT NULL,
        changed_at timestamptz NOT NULL
      );
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
