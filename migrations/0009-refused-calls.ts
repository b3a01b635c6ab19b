import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A 401 that delays a sync run is kept, so that the next try of the run decides. */
export class RefusedCalls1763700000009 implements MigrationInterface {
  readonly name = 'RefusedCalls1763700000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE nest_lti.sync_run ADD COLUMN refused_call jsonb');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
