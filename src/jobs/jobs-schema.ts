import { type PostgresPoolConfig, runMigrations } from 'bullmq';
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
