import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import { type Client } from 'pg';
import { databaseErrors } from '../database/database.errors.js';
import { isPermissionDenied } from '../database/postgres-errors.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';

/** The schema of the engine's tables, which it migrates itself. */
export const JOBS_SCHEMA = 'nest_lti_jobs';
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the engine's tables up to the installed version.
 *
 * @throws {Unavailable} `database_unavailable`
 * @throws {ConfigurationInvalid} `database_permission_denied`
 */
export function migrateJobs(url: string): Promise<void> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    // The engine's own migration needs the right to create schemas, even where nothing is left to do.
    if (await areJobsCurrent(client)) return;
    try {
      await runMigrations(client, JOBS_SCHEMA, { skipVersionCheck: false });
    } catch (cause) {
      throw isPermissionDenied(cause) ? databaseErrors.permissionDenied(JOBS_SCHEMA, cause) : cause;
    }
  });
}

/**
 * Without its tables a worker would fail and ask again without a pause.
 *
 * @throws {ConfigurationInvalid} `migrations_pending`
 * @throws {Unavailable} `database_unavailable`
 */
export function checkJobs(url: string): Promise<void> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    if (!(await areJobsCurrent(client))) throw databaseErrors.migrationsPending();
  });
}

/** Whether the tables of the job engine are those of the installed version. */
export async function areJobsCurrent(client: Client): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client, JOBS_SCHEMA)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false;
    throw error;
  }
}
