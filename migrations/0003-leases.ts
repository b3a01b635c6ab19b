import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Leases: what one process at a time may do, by the database's clock. */
export class Leases1763700000003 implements MigrationInterface {
  readonly name = 'Leases1763700000003';

  async up(runner: QueryRunner): Promise<void> {
    // No index on expires_at: a heartbeat changes it, and without one it is a cheap change of the row alone.
    await runner.query(`
      CREATE TABLE nest_lti.lease (
        name text PRIMARY KEY,
        holder uuid NOT NULL,
        held_by text NOT NULL,
        expires_at timestamptz NOT NULL
      );
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
