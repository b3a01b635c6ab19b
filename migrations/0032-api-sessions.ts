import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Sessions of browsers that signed in with an API key, and the search for courses. */
export class ApiSessions1763700000032 implements MigrationInterface {
  readonly name = 'ApiSessions1763700000032';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.api_session (
        -- SHA-256 of the cookie's value.
        token_hash text PRIMARY KEY,
        -- That of the API key: a key of the configuration that is replaced keeps its id, and its sessions end.
        key_hash text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX api_session_expiry ON nest_lti.api_session (expires_at);
      -- A course is searched by the beginning of its title, or by its id at the platform.
      CREATE INDEX course_title ON nest_lti.course (lower(title) text_pattern_ops) WHERE deleted_at IS NULL;
      CREATE INDEX course_context_id ON nest_lti.course (context_id) WHERE deleted_at IS NULL;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
