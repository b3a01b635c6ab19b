import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Launches: what each is checked against, what it leaves behind, and its session. Consumers of LTI 1.1. */
export class Launches1763700000007 implements MigrationInterface {
  readonly name = 'Launches1763700000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE nest_lti.registration ADD COLUMN id_token_algorithm text NOT NULL DEFAULT 'RS256';

      -- Pending: met in a launch, and not yet confirmed by an operator.
      ALTER TABLE nest_lti.deployment ADD COLUMN status text NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'pending'));

      -- A platform may grant grades without names.
      ALTER TABLE nest_lti.course ALTER COLUMN memberships_url DROP NOT NULL;
      ALTER TABLE nest_lti.course ADD COLUMN launched_at timestamptz;

      -- When it last failed: a launch has it tried again, but not launch after launch.
      ALTER TABLE nest_lti.passback_hold ADD COLUMN failed_at timestamptz NOT NULL DEFAULT now();

      CREATE TABLE nest_lti.resource_link (
        course_id uuid NOT NULL REFERENCES nest_lti.course (id),
        resource_link_id text NOT NULL,
        title text,
        line_item_url text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (course_id, resource_link_id)
      );

      -- Digests of the nonces that have been used, for as long as one could be used again.
      CREATE TABLE nest_lti.used_nonce (
        digest bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX used_nonce_expiry ON nest_lti.used_nonce (expires_at);

      CREATE TABLE nest_lti.lti11_consumer (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        consumer_key text NOT NULL,
        sealed_secret text NOT NULL,
        -- The registration that the consumer's platform has moved to, or will.
        registration_id uuid REFERENCES nest_lti.registration (id),
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX lti11_consumer_key
        ON nest_lti.lti11_consumer (consumer_key) WHERE deleted_at IS NULL;

      -- Ids of LTI 1.1 that a platform has proved to be those of LTI 1.3.
      CREATE TABLE nest_lti.lti11_link (
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        kind text NOT NULL CHECK (kind IN ('user', 'context', 'resource_link')),
        lti_id text NOT NULL,
        lti11_id text NOT NULL,
        consumer_id uuid NOT NULL REFERENCES nest_lti.lti11_consumer (id),
        linked_at timestamptz NOT NULL,
        PRIMARY KEY (registration_id, kind, lti_id)
      );

      CREATE TABLE nest_lti.launch_session (
        id uuid PRIMARY KEY,
        registration_id uuid REFERENCES nest_lti.registration (id),
        consumer_id uuid REFERENCES nest_lti.lti11_consumer (id),
        course_id uuid REFERENCES nest_lti.course (id),
        user_id text,
        -- Not jsonb, which refuses NUL: the platform's texts are kept as they came.
        launch json NOT NULL,
        code_digest bytea,
        code_expires_at timestamptz,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      );
      CREATE UNIQUE INDEX launch_session_code
        ON nest_lti.launch_session (code_digest) WHERE code_digest IS NOT NULL;
      CREATE INDEX launch_session_expiry ON nest_lti.launch_session (expires_at);
      CREATE INDEX launch_session_registration ON nest_lti.launch_session (registration_id, id);
      CREATE INDEX launch_session_consumer
        ON nest_lti.launch_session (consumer_id) WHERE consumer_id IS NOT NULL;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
