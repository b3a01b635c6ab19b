import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The outbox of scores, what was last sent for each user, and what holds scores back. */
export class GradePassback1763700000006 implements MigrationInterface {
  readonly name = 'GradePassback1763700000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.outbox_score (
        id uuid PRIMARY KEY,
        arrival bigint GENERATED ALWAYS AS IDENTITY,
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        course_id uuid NOT NULL REFERENCES nest_lti.course (id),
        line_item_id text NOT NULL,
        -- Digest of the line item: a URL may be longer than an index takes.
        line_item_key uuid NOT NULL,
        origin text NOT NULL,
        user_id text NOT NULL,
        idempotency_key text,
        fingerprint text NOT NULL,
        -- Not jsonb, which refuses NUL: texts go out as they came in.
        score json NOT NULL,
        given_timestamp timestamptz,
        status text NOT NULL
          CHECK (status IN ('pending', 'posted', 'rejected', 'superseded', 'cancelled')),
        due_at timestamptz NOT NULL,
        sent_timestamp timestamptz,
        maybe_sent boolean NOT NULL DEFAULT false,
        stale smallint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        error_code text,
        message text,
        created_at timestamptz NOT NULL,
        settled_at timestamptz
      );
      CREATE UNIQUE INDEX outbox_score_idempotency
        ON nest_lti.outbox_score (course_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
      CREATE INDEX outbox_score_due
        ON nest_lti.outbox_score (registration_id, line_item_key, due_at) WHERE status = 'pending';
      CREATE INDEX outbox_score_user
        ON nest_lti.outbox_score (line_item_key, user_id) WHERE status = 'pending';
      CREATE INDEX outbox_score_course ON nest_lti.outbox_score (course_id, id);
      CREATE INDEX outbox_score_registration ON nest_lti.outbox_score (registration_id, status, id);
      CREATE INDEX outbox_score_settled
        ON nest_lti.outbox_score (settled_at) WHERE status IN ('posted', 'superseded', 'cancelled');

      CREATE TABLE nest_lti.last_score (
        line_item_key uuid NOT NULL,
        user_id text NOT NULL,
        arrival bigint NOT NULL,
        ordered_at timestamptz NOT NULL,
        sent_timestamp timestamptz NOT NULL,
        PRIMARY KEY (line_item_key, user_id)
      );

      CREATE TABLE nest_lti.passback_hold (
        registration_id uuid NOT NULL REFERENCES nest_lti.registration (id),
        subject text NOT NULL,
        cause text NOT NULL
          CHECK (cause IN ('operator', 'authentication', 'client', 'scope', 'throttled', 'unreachable')),
        failures integer NOT NULL,
        error_code text NOT NULL,
        message text NOT NULL,
        held_since timestamptz NOT NULL,
        retry_at timestamptz,
        PRIMARY KEY (registration_id, subject, cause)
      );
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
