import { type RequestedRun } from '../courses/sync-run.schema.js';
import { type QuietHours } from '../registrations/quiet-hours.js';

/** A run that was requested, and what its course's next sync depends on. */
export interface RequestedCourseRun extends RequestedRun {
  registrationId: string;
  quietHours: QuietHours | null;
  /** Whether the request is a use that is still to be stored, because it depends on the quiet hours. */
  isUnnoted: boolean;
}

/** Followed by the rows, whose columns from `status` are NEW_RUN and the time. */
export const INSERT_RUNS = `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated,
  removed, unchanged, token_requests, created_at)`;
/** The columns from `status` to `token_requests`. The others have defaults. */
export const NEW_RUN = `'queued', 0, 0, 0, 0, 0, 0, 0`;

/** A scheduled run that a person asks for before it starts counts as theirs. */
export const RAISE_SCHEDULED = `UPDATE nest_lti.sync_run SET trigger = 'request'
  WHERE course_id = ANY ($1::uuid[]) AND status = 'queued' AND trigger = 'schedule'`;

/**
 * The course is locked first, as by the scheduler and by END_UNCHANGED: with another order two of them could deadlock. The use
 * is stored here only if its plan does not depend on quiet hours.
 */
export const REQUEST_RUN = `
  WITH wanted AS MATERIALIZED (
    SELECT course.id, course.registration_id, registration.quiet_hours,
      (course.used_at <= $7 OR course.next_sync_at IS NULL) AS is_use
    FROM nest_lti.course course JOIN nest_lti.registration registration ON registration.id = course.registration_id
    WHERE course.id = $1 AND course.deleted_at IS NULL AND registration.deleted_at IS NULL
    FOR NO KEY UPDATE OF course),
  made AS (
    ${INSERT_RUNS} SELECT $2, id, registration_id, 'request', ${NEW_RUN}, $3 FROM wanted
    ON CONFLICT DO NOTHING RETURNING id),
  raised AS (
    UPDATE nest_lti.sync_run SET trigger = 'request'
    WHERE course_id = (SELECT id FROM wanted) AND status = 'queued' AND trigger = 'schedule'),
  used AS (
    UPDATE nest_lti.course SET used_at = $3, gone_days = 0, gone_at = NULL,
      next_sync_at = CASE WHEN next_sync_at IS NULL OR next_sync_at > $4 THEN $5 ELSE next_sync_at END,
      next_sync_reason = CASE WHEN next_sync_at IS NULL OR next_sync_at > $4 THEN $6 ELSE next_sync_reason END
    WHERE id = (SELECT id FROM wanted WHERE is_use AND quiet_hours IS NULL))
  SELECT id AS "courseId", registration_id AS "registrationId", quiet_hours AS "quietHours", is_use AND quiet_hours IS NOT NULL AS "isUnnoted",
    coalesce((SELECT id FROM made), (SELECT id FROM nest_lti.sync_run run
      WHERE run.course_id = wanted.id AND run.status IN ('queued', 'running'))) AS id
  FROM wanted`;
