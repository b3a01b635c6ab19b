import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Suspensions of line items, and what is known of scores that fail by themselves. */
export class LineItemSuspensions1763700000010 implements MigrationInterface {
  readonly name = 'LineItemSuspensions1763700000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE nest_lti.outbox_score
        ADD COLUMN attempted_at timestamptz,
        -- The lease under which it was claimed; null again when it is settled.
        ADD COLUMN in_flight_by uuid,
        -- Its last attempt met a fault that may be the score's own: it is, once another score gets through.
        ADD COLUMN fault text CHECK (fault IN ('authentication', 'unreachable')),
        -- How often that has happened.
        ADD COLUMN failed_alone smallint NOT NULL DEFAULT 0,
        -- A 401 that did not show whether the token was at fault: the next one decides.
        ADD COLUMN refused_call json;
      CREATE INDEX outbox_score_fault ON nest_lti.outbox_score (registration_id) WHERE fault IS NOT NULL AND status = 'pending';

      ALTER TABLE nest_lti.passback_hold
        DROP CONSTRAINT passback_hold_cause_check,
        ADD CONSTRAINT passback_hold_cause_check CHECK (cause IN
          ('operator', 'authentication', 'client', 'scope', 'throttled', 'unreachable', 'failing')),
        -- Of a line item.
        ADD COLUMN course_id uuid,
        ADD COLUMN line_item_id text,
        -- A score of the registration got through since: it says nothing about the others.
        ADD COLUMN is_outlived boolean NOT NULL DEFAULT false;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations go forward only.'));
  }
}
