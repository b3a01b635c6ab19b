import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Registrations with their deployments, our keys, courses with their members, and sync runs. */
export class MainJob1763700000001 implements MigrationInterface {
  readonly name = 'MainJob1763700000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.encryption_check (
        id smallint PRIMARY KEY CHECK (id = 1),
        sealed text NOT NULL
      );

      CREATE TABLE nest_lti.tool_key (
        kid text PRIMARY KEY,
        algorithm text NOT NULL,
        public_jwk jsonb NOT NULL,
        sealed_private_key text NOT NULL,
        created_at timestamptz NOT NULL,
        retired_at timestamptz
      );

      CREATE TABLE nest_lti.api_key (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        key_hash text NOT NULL UNIQUE,
        scope text NOT NULL CHECK (scope IN ('read', 'write')),
        created_at timestamptz NOT NULL,
        revoked_at timestamptz
      );

      CREATE TABLE nest_lti.registration (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        issuer text NOT NULL,
        client_id text NOT NULL,
        authorization_url text NOT NULL,
        token_url text NOT NULL,
        jwks_url text NOT NULL,
        token_audience text,
        scopes text[] NOT NULL,
        platform_family text NOT NULL,
        revision integer NOT NULL,
        refused_scopes jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX registration_issuer_client
        ON nest_lti.registration (issuer, client_id) WHERE deleted_at IS NULL;

      CREATE TABLE nest_lti.deployment (
        id uuid PRIMARY KEY,
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        deployment_id text NOT NULL,
        created_at timestamptz NOT NULL,
        UNIQUE (registration_id, deployment_id)
      );

      CREATE TABLE nest_lti.course (
        id uuid PRIMARY KEY,
        registration_id uuid NOT NULL,
        deployment_id text NOT NULL,
        context_id text NOT NULL,
        title text,
        memberships_url text NOT NULL,
        line_items_url text,
        differences_url text,
        full_read_at timestamptz,
        next_sync_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz,
        FOREIGN KEY (registration_id, deployment_id)
          REFERENCES nest_lti.deployment (registration_id, deployment_id)
      );
      CREATE UNIQUE INDEX course_context
        ON nest_lti.course (registration_id, deployment_id, context_id) WHERE deleted_at IS NULL;
      CREATE INDEX course_due ON nest_lti.course (next_sync_at) WHERE deleted_at IS NULL;

      CREATE TABLE nest_lti.membership (
        course_id uuid NOT NULL REFERENCES nest_lti.course (id),
        user_id text NOT NULL,
        roles text[] NOT NULL,
        status text NOT NULL CHECK (status IN ('Active', 'Inactive')),
        name text,
        given_name text,
        middle_name text,
        family_name text,
        email text,
        picture text,
        sourced_id text,
        lti11_user_id text,
        sections jsonb NOT NULL,
        fingerprint text NOT NULL,
        missing_since timestamptz,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (course_id, user_id)
      );

      CREATE TABLE nest_lti.sync_run (
        id uuid PRIMARY KEY,
        course_id uuid NOT NULL REFERENCES nest_lti.course (id),
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        trigger text NOT NULL CHECK (trigger IN ('request', 'schedule')),
        status text NOT NULL
          CHECK (status IN ('queued', 'running', 'completed', 'suspicious', 'failed', 'cancelled')),
        attempt integer NOT NULL,
        pages integer NOT NULL,
        added integer NOT NULL,
        updated integer NOT NULL,
        removed integer NOT NULL,
        unchanged integer NOT NULL,
        token_requests integer NOT NULL,
        error_code text,
        message text,
        retry_at timestamptz,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz
      );
      CREATE UNIQUE INDEX sync_run_one_per_course
        ON nest_lti.sync_run (course_id) WHERE status IN ('queued', 'running');
      CREATE INDEX sync_run_course ON nest_lti.sync_run (course_id, id);
      CREATE INDEX sync_run_registration_unfinished
        ON nest_lti.sync_run (registration_id) WHERE status IN ('queued', 'running');
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
