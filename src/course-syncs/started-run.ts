import { type EntityMetadata } from 'typeorm';
import { type Course } from '../courses/course.entity.js';
import { RUN_IS_UNFINISHED, type SyncRun } from '../courses/sync-run.entity.js';
import { PREPARED } from '../database/prepared-statements.js';
import { type RegistrationVersion } from '../registrations/registration.service.js';

/** A course without what is read by other statements. */
type StoredCourse = Omit<Course, 'registration'>;

/** A run that has just been started, with its course. */
export interface StartedRun {
  run: SyncRun;
  /** Missing if the course or its registration was deleted. */
  course?: StoredCourse;
  /** Of the registration of the course. */
  registrationVersion?: RegistrationVersion;
}

/** `$1`: the id of the run, `$2`: the time. The answer is for `startedRunOf`. */
export function startSqlOf(run: EntityMetadata, course: EntityMetadata): string {
  return `${PREPARED}
    WITH started AS (
      UPDATE nest_lti.sync_run SET status = 'running', attempt = attempt + 1, started_at = coalesce(started_at, $2),
        -- A roster that has been read is not read again.
        pages = CASE WHEN roster_end IS NULL THEN 0 ELSE pages END, line_items = 0, results = 0,
        retry_at = NULL, error_code = NULL, message = NULL
      WHERE id = $1 AND ${RUN_IS_UNFINISHED} RETURNING *)
    SELECT ${columnsOf(run, 'run')}, ${columnsOf(course, 'course')}, registration.revision AS registration_revision,
      registration.updated_at AS registration_updated_at, registration.refused_scopes AS registration_refused_scopes
    FROM started run
    -- OFFSET keeps PostgreSQL from reading all courses of the registration, by the indexes of those that are not deleted. It prefers that
    -- as long as it has no statistics.
    LEFT JOIN LATERAL (SELECT * FROM nest_lti.course WHERE id = run.course_id OFFSET 0) course ON course.deleted_at IS NULL
    LEFT JOIN LATERAL (SELECT * FROM nest_lti.registration WHERE id = course.registration_id OFFSET 0) registration
      ON registration.deleted_at IS NULL`;
}

/** The row that `startSqlOf` answers. */
export function startedRunOf(
  run: EntityMetadata,
  course: EntityMetadata,
  row: Record<string, unknown>,
): StartedRun {
  const started = { run: fieldsOf(run, 'run', row) as unknown as SyncRun };
  if (row.registration_revision === null) return started;
  return {
    ...started,
    course: fieldsOf(course, 'course', row) as unknown as StoredCourse,
    registrationVersion: {
      revision: row.registration_revision as number,
      updatedAt: row.registration_updated_at as Date,
      refusedScopes: row.registration_refused_scopes as RegistrationVersion['refusedScopes'],
    },
  };
}

function columnsOf({ columns }: EntityMetadata, alias: string): string {
  return columns.map(({ databaseName: name }) => `${alias}.${name} AS ${alias}_${name}`).join(', ');
}

function fieldsOf(
  { columns }: EntityMetadata,
  alias: string,
  row: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ propertyName, databaseName }) => [propertyName, row[`${alias}_${databaseName}`]]),
  );
}
