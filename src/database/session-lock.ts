import { type Client } from 'pg';
import { databaseErrors } from './database.errors.js';
import { PgClient } from './pg-client.js';

const CONNECT_TIMEOUT_MS = 10_000;
const WAIT_FOR_LOCK_MS = 120_000;

/** Work that one process of the whole tool does at a time. The numbers are ids of advisory locks: they are never used again. */
export const SessionLock = { migrations: 7_411_001, firstSecrets: 7_411_002 } as const;

/**
 * Runs `work` while a database session holds an advisory lock. The session ends with the work, and so does the lock.
 *
 * @param url a direct connection: through a transaction-pooling proxy the lock would belong to no certain session
 * @throws {Unavailable} `database_unavailable` when there is no connection within 10 s or no lock within 120 s
 */
export async function withSessionLock<T>(
  url: string,
  lock: (typeof SessionLock)[keyof typeof SessionLock],
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new PgClient({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'nest-lti',
  });
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${WAIT_FOR_LOCK_MS}`);
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw databaseErrors.unavailable(addressOf(url), cause);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Host and port of a database URL, for logs and errors: the rest is secret. */
export function addressOf(url: string): string {
  return new URL(url).host;
}
