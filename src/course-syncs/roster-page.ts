import { memberColumns, type MemberRow } from '../courses/member-row.js';
import { RUN_IS_RUNNING } from '../courses/sync-run.entity.js';
import { insertEventsSql } from '../events/event-outbox.js';
import { type Member } from '../lti-services/memberships/member.js';

/** A page of a roster, compared with the stored members. */
export interface ComparedPage {
  /** The places of its members that are not stored as the page has them, or that were on an earlier page. */
  changed: ReadonlySet<number>;
  /** Those of them that are stored with several roles, sections or groups, and all that were on an earlier page. */
  stored: ReadonlyMap<string, Pick<Member, 'roles' | 'sections' | 'status' | 'groupIds'>>;
}

/** A row of what COMPARE_PAGE answers in `stored`. */
export interface StoredMember extends Pick<Member, 'roles' | 'sections' | 'status'> {
  userId: string;
  groupIds: string[] | null;
}

/** The members of a page, or of a part of one, to write. */
export interface WrittenPage {
  rows: readonly MemberRow[];
  /** How many pages of the roster these members complete. */
  pages: number;
}

/**
 * Compares the members of a page with those that are stored, by user id and fingerprint. Counts the page if nothing is to be written:
 * otherwise WRITE_PAGE counts it, so that a page needs one commit only. `$1`, `$2`: the run and its attempt;
 * `$3`: the course; `$4`, `$5`: the ids and fingerprints; `$6`: the ids that were on an earlier page; `$7`: token requests.
 */
export const COMPARE_PAGE = `
  WITH changed AS MATERIALIZED (
    SELECT read.nth, stored.user_id, stored.roles, stored.sections, stored.group_ids, stored.status,
      read.user_id = ANY ($6::text[]) AS is_repeated
    FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS read (user_id, fingerprint, nth)
    LEFT JOIN (SELECT * FROM nest_lti.membership WHERE course_id = $3 AND user_id = ANY ($4::text[])) stored USING (user_id)
    WHERE stored.fingerprint IS DISTINCT FROM read.fingerprint OR read.user_id = ANY ($6::text[])),
  advanced AS (
    UPDATE nest_lti.sync_run SET pages = pages + 1, token_requests = token_requests + $7
    WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} AND NOT EXISTS (SELECT FROM changed) RETURNING id)
  SELECT CASE WHEN EXISTS (SELECT FROM changed)
      THEN EXISTS (SELECT FROM nest_lti.sync_run WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING})
      ELSE EXISTS (SELECT FROM advanced) END AS "isRunning",
    (SELECT coalesce(array_agg(nth::int - 1), '{}') FROM changed) AS changed,
    (SELECT coalesce(json_agg(json_build_object('userId', user_id, 'roles', roles, 'sections', sections, 'groupIds', group_ids,
        'status', status)), '[]')
      FROM changed
      WHERE user_id IS NOT NULL AND (is_repeated OR cardinality(roles) > 1 OR jsonb_array_length(sections) > 1
        OR cardinality(group_ids) > 1)) AS stored`;

/** The events of the written members, whose ids only the statement knows. */
const EVENTS = `(
  SELECT json_agg(event.row || jsonb_build_object('user_ids', changed.user_ids))
  FROM jsonb_array_elements($7::jsonb) AS event (row)
  JOIN (SELECT inserted, jsonb_agg(user_id) AS user_ids FROM written GROUP BY inserted) changed
    ON changed.inserted = (event.row ->> 'type' = 'lti.membership.added'))`;

const names = Object.keys(memberColumns);
const columns = names.join(', ');
const lists = names.map((_, nth) => `$${nth + 8}::text[]`).join(', ');
const values = Object.entries(memberColumns).map(([name, type]) => `page.${name}::${type}`);
const [, ...changeable] = names;
const updates = changeable.map((name) => `${name} = excluded.${name}`);

/**
 * Writes new and changed members, counts them, and stores their events; unchanged rows are not updated. All in one statement, which
 * writes nothing if the run was started again meanwhile. `$1`, `$2`: the run and its attempt; `$3`: the course; `$4`: the time; `$5`: pages;
 * `$6`: token requests; `$7`: the events `lti.membership.added` and `updated`, without user ids; `$8` and the rest: a list for each of
 * `memberColumns`, the ids first.
 */
export const WRITE_PAGE = `
  WITH running AS MATERIALIZED (
    SELECT id FROM nest_lti.sync_run WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} FOR NO KEY UPDATE),
  written AS (
    INSERT INTO nest_lti.membership AS stored (course_id, updated_at, ${columns})
    SELECT $3, $4, ${values.join(', ')}
    FROM unnest(${lists}) AS page (${columns})
    WHERE EXISTS (SELECT FROM running)
      -- The ids are a parameter, too: without it the planner reads the whole course for each page.
      AND NOT EXISTS (SELECT FROM nest_lti.membership same
        WHERE same.course_id = $3 AND same.user_id = ANY ($8)
          AND same.user_id = page.user_id AND same.fingerprint = page.fingerprint)
    ON CONFLICT (course_id, user_id) DO UPDATE SET updated_at = excluded.updated_at, ${updates.join(', ')}
    RETURNING stored.user_id, (stored.xmax = 0) AS inserted),
  advanced AS (
    UPDATE nest_lti.sync_run SET pages = pages + $5, token_requests = token_requests + $6,
      added = added + (SELECT count(*) FROM written WHERE inserted),
      updated = updated + (SELECT count(*) FROM written WHERE NOT inserted)
    WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} AND EXISTS (SELECT FROM running)),
  published AS (${insertEventsSql(EVENTS)})
  SELECT EXISTS (SELECT FROM running) AS "isRunning",
    (SELECT coalesce(array_agg(user_id), '{}') FROM written WHERE inserted) AS added,
    (SELECT coalesce(array_agg(user_id), '{}') FROM written WHERE NOT inserted) AS updated`;
