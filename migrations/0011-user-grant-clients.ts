import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A grant is used and revoked with the client and at the URLs that it was made with: a client that is replaced stays until
 * its last grant is revoked. A user may have a new grant while an old one still waits for that.
 */
export class UserGrantClients1763700000011 implements MigrationInterface {
  readonly name = 'UserGrantClients1763700000011';

  async up(runner: QueryRunner): Promise<void> {
    // It had another number at first: databases of that version have its changes already.
    const done = (await runner.query(
      `SELECT name FROM nest_lti.migration WHERE name = 'UserGrantClients1763700000014'`,
    )) as unknown[];
    if (done.length > 0) return;
    await runner.query(`
      ALTER TABLE nest_lti.user_grant_client
        ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
        ADD COLUMN replaced_at timestamptz,
        DROP CONSTRAINT user_grant_client_pkey,
        ADD PRIMARY KEY (id);
      ALTER TABLE nest_lti.user_grant_client ALTER COLUMN id DROP DEFAULT;
      CREATE UNIQUE INDEX user_grant_client_current ON nest_lti.user_grant_client (registration_id)
        WHERE replaced_at IS NULL;

      ALTER TABLE nest_lti.user_grant
        ADD COLUMN user_grant_client_id uuid REFERENCES nest_lti.user_grant_client (id),
        -- When an access token that the platform refused was last refreshed.
        ADD COLUMN forced_refresh_at timestamptz,
        DROP CONSTRAINT user_grant_registration_id_user_id_key;
      UPDATE nest_lti.user_grant SET user_grant_client_id = client.id FROM nest_lti.user_grant_client client
        WHERE client.registration_id = user_grant.registration_id;
      CREATE UNIQUE INDEX user_grant_current ON nest_lti.user_grant (registration_id, user_id)
        WHERE status <> 'revoked';
      CREATE INDEX user_grant_user ON nest_lti.user_grant (registration_id, user_id);
      CREATE INDEX user_grant_of_client ON nest_lti.user_grant (user_grant_client_id);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
