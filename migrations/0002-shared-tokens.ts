import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Access tokens with their leases, for all processes; and when an API key was last used. */
export class SharedTokens1763700000002 implements MigrationInterface {
  readonly name = 'SharedTokens1763700000002';

  async up(runner: QueryRunner): Promise<void> {
    // Facts and failures are JSON of our own making, kept as text: jsonb would refuse what a platform may say, such as NUL.
    await runner.query(`
      CREATE TABLE nest_lti.access_token (
        key_id text PRIMARY KEY,
        registration_id text NOT NULL,
        sealed_token text,
        token_hash text,
        token_facts text,
        failure text,
        lease_id text,
        lease_holder text,
        lease_until timestamptz,
        keep_until timestamptz NOT NULL,
        CHECK (num_nulls(sealed_token, token_hash, token_facts) IN (0, 3)),
        CHECK (num_nulls(lease_id, lease_holder, lease_until) IN (0, 3))
      );
      CREATE INDEX access_token_registration ON nest_lti.access_token (registration_id);

      ALTER TABLE nest_lti.api_key ADD COLUMN last_used_at timestamptz;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
