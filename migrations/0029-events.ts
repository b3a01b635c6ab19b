import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Events are stored with the change that they report, for each webhook and for the embedder's handler. */
export class Events1763700000029 implements MigrationInterface {
  readonly name = 'Events1763700000029';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nest_lti.event_subscription (
        id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('webhook', 'handler')),
        -- Null for the handler.
        url text,
        sealed_secret text,
        -- Signs, too, until then.
        sealed_old_secret text,
        old_secret_until timestamptz,
        -- Null: all types.
        types text[],
        -- Null: all registrations.
        registration_id uuid,
        status text NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
        -- Why it was disabled.
        reason text,
        -- Failed deliveries since the last one that succeeded, and the time of the first of them.
        failures integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        -- Nothing is sent before.
        retry_at timestamptz,
        -- When a process that has the handler last ran.
        seen_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      );
      CREATE UNIQUE INDEX event_subscription_handler ON nest_lti.event_subscription (kind) WHERE kind = 'handler';

      CREATE TABLE nest_lti.event (
        -- The order of delivery in a course.
        sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        -- The same for all subscriptions.
        id uuid NOT NULL,
        -- Without a foreign key: a subscription that is deleted at this moment must not fail the change.
        subscription_id uuid NOT NULL,
        type text NOT NULL,
        registration_id uuid,
        course_id uuid,
        -- The course; without one, the registration.
        order_key uuid NOT NULL,
        -- All persons in the event.
        user_ids text[] NOT NULL,
        data json NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        attempted_at timestamptz,
        failing_since timestamptz,
        -- Not before, after a failure. It holds the later events of its course, too.
        retry_at timestamptz,
        last_status integer,
        last_error text,
        created_at timestamptz NOT NULL,
        settled_at timestamptz
      );
      CREATE UNIQUE INDEX event_id ON nest_lti.event (subscription_id, id);
      CREATE INDEX event_pending ON nest_lti.event (subscription_id, sequence) WHERE status = 'pending';
      CREATE INDEX event_held ON nest_lti.event (subscription_id, retry_at) WHERE status = 'pending' AND retry_at IS NOT NULL;
      CREATE INDEX event_settled ON nest_lti.event (settled_at) WHERE settled_at IS NOT NULL;
      CREATE INDEX event_created ON nest_lti.event (created_at);
      CREATE INDEX event_people_of_course ON nest_lti.event (course_id) WHERE user_ids <> '{}';
      CREATE INDEX event_people_of_registration ON nest_lti.event (registration_id) WHERE user_ids <> '{}';
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
