import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The origins of copied courses and resource links, and the notices of platforms (Platform Notification Service 1.0). */
export class NoticesAndOrigins1763700000023 implements MigrationInterface {
  readonly name = 'NoticesAndOrigins1763700000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Ids as the platform states them, the nearest origin first. The tool may not know their courses and links.
      ALTER TABLE nest_lti.course ADD COLUMN origin_context_ids text[] NOT NULL DEFAULT '{}';
      ALTER TABLE nest_lti.resource_link ADD COLUMN origin_ids text[] NOT NULL DEFAULT '{}';
      CREATE INDEX course_registration_context
        ON nest_lti.course (registration_id, context_id) WHERE deleted_at IS NULL;
      CREATE INDEX resource_link_by_id ON nest_lti.resource_link (resource_link_id);

      -- Where notice handlers of the deployment are set, as its launches say.
      ALTER TABLE nest_lti.deployment ADD COLUMN notice_service_url text;
      ALTER TABLE nest_lti.deployment ADD COLUMN notice_types text[] NOT NULL DEFAULT '{}';

      CREATE TABLE nest_lti.notice (
        id uuid PRIMARY KEY,
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        deployment_id text NOT NULL,
        -- The id that the platform gave. It is used once.
        notice_id text NOT NULL,
        type text NOT NULL,
        -- Not jsonb, which refuses NUL. Null when the notice is settled: the claims may name users.
        claims json,
        received_at timestamptz NOT NULL,
        attempts int NOT NULL DEFAULT 0,
        -- Null when the notice is settled.
        next_try_at timestamptz,
        handled_at timestamptz,
        error text
      );
      CREATE UNIQUE INDEX notice_platform_id ON nest_lti.notice (registration_id, deployment_id, notice_id);
      CREATE INDEX notice_next_try ON nest_lti.notice (next_try_at) WHERE next_try_at IS NOT NULL;
      CREATE INDEX notice_received ON nest_lti.notice (received_at);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
