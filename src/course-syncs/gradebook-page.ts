import { type ListComparison } from '../courses/list-comparison.js';
import { RUN_IS_RUNNING } from '../courses/sync-run.entity.js';

/** A page of line items or results. */
export interface GradebookPage {
  /** Their keys or user ids, each once. */
  ids: readonly string[];
  fingerprints: readonly string[];
  /** After the last page of a complete reading: the ids of its entries that are not on this page. Undefined: the whole lists are not compared. */
  others: readonly string[] | undefined;
  /** What the run adds to its count of these entries. */
  count: number;
}

/** A page, compared with the stored entries. */
export interface ComparedGradebookPage {
  /** The places of its entries that are not stored as the page has them. */
  changed: ReadonlySet<number>;
  /** The stored list, without the changes of this page. Undefined if the whole lists were not compared. */
  comparison: ListComparison | undefined;
}

/** A row of what the statements below answer. */
export interface GradebookPageAnswer extends ListComparison {
  isRunning: boolean;
  changed: number[];
}

interface StoredList {
  table: 'line_item' | 'result';
  id: string;
  type: 'uuid' | 'text';
  where: string;
  /** The column of the run. */
  count: 'line_items' | 'results';
}

/**
 * Counts a page, and compares its entries with the stored ones, by id and fingerprint. With the last page of a complete reading, it
 * also finds the stored entries that the reading lacked. `$1`, `$2`: the run and its attempt; `$3`: the course; `$4`, `$5`: the ids
 * and fingerprints; `$6`: the ids of the other entries of the reading, or null; `$7`: the count; `$8`: token requests.
 */
function compareSql({ table, id, type, where, count }: StoredList): string {
  return `
  WITH advanced AS (
    UPDATE nest_lti.sync_run SET ${count} = ${count} + $7, token_requests = token_requests + $8
    WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} RETURNING id),
  changed AS (
    SELECT read.nth FROM unnest($4::${type}[], $5::text[]) WITH ORDINALITY AS read (id, fingerprint, nth)
    LEFT JOIN (SELECT ${id} AS id, fingerprint FROM nest_lti.${table} WHERE ${where} AND ${id} = ANY ($4::${type}[])) stored USING (id)
    WHERE stored.fingerprint IS DISTINCT FROM read.fingerprint),
  listed AS (
    SELECT count(*)::int AS stored, coalesce(bool_or(missing_since IS NOT NULL), false) AS "isMarked",
      -- An array instead of a join: PostgreSQL hashes it, however few rows it expects.
      coalesce(json_agg(json_build_object('id', ${id}, 'confirmed', missing_since IS NOT NULL) ORDER BY ${id})
        FILTER (WHERE NOT ${id} = ANY ($4::${type}[] || $6::${type}[])), '[]') AS missing
    FROM nest_lti.${table} WHERE ${where} AND $6::${type}[] IS NOT NULL)
  SELECT EXISTS (SELECT FROM advanced) AS "isRunning", (SELECT coalesce(array_agg(nth::int - 1), '{}') FROM changed) AS changed,
    listed.* FROM listed`;
}

/** Line items, by their keys. */
export const COMPARE_LINE_ITEMS = compareSql({
  table: 'line_item',
  id: 'line_item_key',
  type: 'uuid',
  where: 'course_id = $3',
  count: 'line_items',
});

/** The results of one line item, by user id. `$9`: the key of the line item. */
export const COMPARE_RESULTS = compareSql({
  table: 'result',
  id: 'user_id',
  type: 'text',
  where: 'course_id = $3 AND line_item_key = $9',
  count: 'results',
});
