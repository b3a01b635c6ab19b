import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * Invitations to register the tool, and the registrations that platforms have sent an administrator for. A row of the latter is
 * written before the platform is asked, so that an answer that was lost can be entered by hand.
 */
export class DynamicRegistration1763700000019 implements MigrationInterface {
  readonly name = 'DynamicRegistration1763700000019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.registration_invitation (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        secret_digest bytea NOT NULL UNIQUE,
        allowed_issuers text[] NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz
      );
      CREATE TABLE nest_lti.dynamic_registration (
        id uuid PRIMARY KEY,
        invitation_id uuid REFERENCES nest_lti.registration_invitation ON DELETE SET NULL,
        status text NOT NULL CHECK (status IN ('sent', 'answered', 'stored', 'refused', 'discarded')),
        issuer text NOT NULL,
        configuration jsonb NOT NULL,
        requested_scopes text[] NOT NULL,
        client_id text,
        deployment_id text,
        registration_id uuid REFERENCES nest_lti.registration ON DELETE SET NULL,
        error text,
        created_at timestamptz NOT NULL,
        settled_at timestamptz
      );
      ALTER TABLE nest_lti.registration ADD COLUMN awaits_deployment boolean NOT NULL DEFAULT false;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
