import { type MemberRow } from '../courses/member-row.js';
import { RUN_IS_RUNNING } from '../courses/sync-run.entity.js';
import { PREPARED } from '../database/prepared-statements.js';
import { insertEventsSql } from '../events/event-outbox.js';

/** A roster, or the changes of one, that came in one answer. */
export interface ReadRoster {
  members: readonly Pick<MemberRow, 'user_id' | 'fingerprint'>[];
  /** False: they are only the changes since the last reading. */
  isWhole: boolean;
  /** Whether nothing else of the course is read. */
  isEnd: boolean;
  /** The roster that was read. */
  membershipsUrl: string | null;
  differencesUrl: string | null;
}

/** A run is ended, and what else changes in its row then. */
const END = `status = 'completed', retry_at = NULL, finished_at = $9, unchanged = greatest(0, compared.count - added - updated)`;
/** The roster is read, and the run goes on with the groups and grades. */
const NOTE = `roster_end = jsonb_build_object('status', 'completed', 'unchanged', greatest(0, compared.count - added - updated))`;

/**
 * Compares the members of one answer with those that are stored, by user id and fingerprint. A row with `missing_since` differs: its
 * suspicion is to be cleared. If nothing differs, `change` is made in the run, and the reading is stored with the course.
 *
 * It is planned once for rosters of all sizes. PostgreSQL has no nested loop for a full join, which it would choose for a
 * roster that it expects to be small, and which takes seconds for 10,000 members.
 */
function unchangedSql(change: string, unchanged: string, ...more: string[]): string {
  return `${PREPARED}
  WITH stored AS (
    SELECT user_id, fingerprint, missing_since FROM nest_lti.membership WHERE course_id = $3 LIMIT $6),
  compared AS MATERIALIZED (
    SELECT count(stored.user_id)::int AS count, CASE WHEN $7 THEN count(*) ELSE cardinality($4::text[]) END = count(*) FILTER (
        WHERE read.fingerprint = stored.fingerprint AND stored.missing_since IS NULL) AS is_same
    FROM stored FULL JOIN unnest($4::text[], $5::text[]) AS read (user_id, fingerprint) USING (user_id)),
  locked AS MATERIALIZED (
    SELECT id FROM nest_lti.course WHERE id = $3 AND (SELECT is_same FROM compared) FOR NO KEY UPDATE),
  advanced AS (
    UPDATE nest_lti.sync_run SET pages = pages + 1, token_requests = token_requests + $8, ${change}
    FROM compared
    WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} AND EXISTS (SELECT FROM locked)
    RETURNING ${unchanged} AS unchanged),
  noted AS (
    UPDATE nest_lti.course SET updated_at = $9, gone_days = 0, gone_at = NULL,
      -- A launch may have named another roster meanwhile.
      differences_url = CASE WHEN memberships_url IS NOT DISTINCT FROM $10 THEN $11 ELSE differences_url END,
      full_read_at = CASE WHEN $7 AND memberships_url IS NOT DISTINCT FROM $10 THEN $9 ELSE full_read_at END
    WHERE id = $3 AND EXISTS (SELECT FROM advanced))${more.map((part) => `,\n  ${part}`).join('')}
  SELECT is_same, (SELECT unchanged FROM advanced) AS unchanged FROM compared`;
}

/** For a course of which nothing else is read: its run ends. */
export const END_UNCHANGED = unchangedSql(
  END,
  'unchanged',
  `published AS (${insertEventsSql('$12', 'EXISTS (SELECT FROM advanced)')})`,
);
/** For a run that goes on with the groups and grades. */
export const NOTE_UNCHANGED = unchangedSql(NOTE, `(roster_end ->> 'unchanged')::int`);
