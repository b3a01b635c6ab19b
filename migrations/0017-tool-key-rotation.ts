import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A tool key signs from `signs_from` until the next key of its algorithm does, and is published before and after that. The
 * private part of a revoked key is gone; its row stays, so that the key cannot be imported again. A registration names
 * the algorithm of its assertions.
 */
export class ToolKeyRotation1763700000017 implements MigrationInterface {
  readonly name = 'ToolKeyRotation1763700000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM nest_lti.tool_key WHERE retired_at IS NOT NULL;
      ALTER TABLE nest_lti.tool_key
        ADD COLUMN signs_from timestamptz,
        ADD COLUMN revoked_at timestamptz,
        ALTER COLUMN sealed_private_key DROP NOT NULL,
        DROP COLUMN retired_at;
      UPDATE nest_lti.tool_key SET signs_from = created_at;
      ALTER TABLE nest_lti.tool_key
        ALTER COLUMN signs_from SET NOT NULL,
        ADD CHECK ((revoked_at IS NULL) = (sealed_private_key IS NOT NULL));
      ALTER TABLE nest_lti.registration ADD COLUMN assertion_algorithm text NOT NULL DEFAULT 'RS256';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
