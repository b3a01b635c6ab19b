import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  type PostgresPoolConfig,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import { MigrationsPending } from '../database/database.errors.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';

/** The engine's tables lie apart from ours: it migrates them by itself. */
const JOBS_SCHEMA = 'nest_lti_jobs';
const CONNECT_TIMEOUT_MS = 10_000;

export function jobsConnection(url: string, connections: number): PostgresPoolConfig {
  return {
    connectionString: url,
    schema: JOBS_SCHEMA,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'nest-lti-jobs',
  };
}

/**
 * Brings the engine's tables up to the installed version.
 *
 * @throws DatabaseUnavailable
 */
export function migrateJobs(url: string): Promise<void> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    await runMigrations(client, JOBS_SCHEMA, { skipVersionCheck: false });
  });
}

/**
 * Without its tables a worker would fail and ask again without a pause.
 *
 * @throws MigrationsPending, DatabaseUnavailable
 */
export function checkJobs(url: string): Promise<void> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    try {
      const version = await assertSchemaCompatibility(client, JOBS_SCHEMA);
      if (version < LATEST_SCHEMA_VERSION) throw new MigrationsPending();
    } catch (error) {
      throw error instanceof SchemaMigrationRequiredError ? new MigrationsPending() : error;
    }
  });
}
