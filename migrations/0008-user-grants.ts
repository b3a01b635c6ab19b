import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What users allow the tool at the APIs of their platforms. */
export class UserGrants1763700000008 implements MigrationInterface {
  readonly name = 'UserGrants1763700000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Our client at a platform's own OAuth2, which is not that of LTI.
      CREATE TABLE nest_lti.user_grant_client (
        registration_id uuid PRIMARY KEY REFERENCES nest_lti.registration (id),
        provider_name text NOT NULL,
        -- Only of one that is not shipped.
        provider jsonb,
        client_id text NOT NULL,
        sealed_secret text NOT NULL,
        api_url text NOT NULL,
        scopes text[] NOT NULL,
        authorize_parameters jsonb NOT NULL,
        unverified text NOT NULL CHECK (unverified IN ('allow', 'refuse')),
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        -- It stays until the last of its grants is revoked.
        deleted_at timestamptz
      );

      CREATE TABLE nest_lti.user_grant_state (
        digest bytea PRIMARY KEY,
        launch_session_id uuid NOT NULL REFERENCES nest_lti.launch_session (id) ON DELETE CASCADE,
        -- Null where the browser keeps no cookies.
        browser_digest bytea,
        redirect_uri text NOT NULL,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX user_grant_state_expiry ON nest_lti.user_grant_state (expires_at);
      CREATE INDEX user_grant_state_session ON nest_lti.user_grant_state (launch_session_id);

      CREATE TABLE nest_lti.user_grant (
        id uuid PRIMARY KEY,
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        user_id text NOT NULL,
        status text NOT NULL
          CHECK (status IN ('active', 'unverified', 'needs_authorization', 'revoked')),
        reason text,
        provider_user_id text,
        scopes text[] NOT NULL,
        asked_scopes text[] NOT NULL,
        sealed_access_token text,
        sealed_refresh_token text,
        refresh_token_hash bytea,
        -- Of the refresh that was sent and of which nothing is known yet: only its answer may be saved.
        refresh_claim uuid,
        expires_at timestamptz,
        authorized_at timestamptz NOT NULL,
        last_refreshed_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        UNIQUE (registration_id, user_id)
      );
      CREATE INDEX user_grant_revoked ON nest_lti.user_grant (id) WHERE status = 'revoked';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
