import { type Client } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { databaseErrors } from './database.errors.js';
import { dataSourceOptions, LTI_SCHEMA } from './lti-data-source.js';
import { isPermissionDenied } from './postgres-errors.js';
import { SessionLock, withSessionLock } from './session-lock.js';

/**
 * Brings our schema up to this version: forward only, one process at a time.
 *
 * @param url a direct connection, not one through a transaction-pooling proxy
 * @returns the names of the migrations that ran
 * @throws {Unavailable} `database_unavailable`
 * @throws {ConfigurationInvalid} `database_permission_denied`
 */
export function migrateDatabase(url: string): Promise<string[]> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    await ensureSchema(client);
    const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
    try {
      const ran = await dataSource.runMigrations().catch((error: unknown) => {
        throw isPermissionDenied(error) ? databaseErrors.permissionDenied(LTI_SCHEMA, error) : error;
      });
      return ran.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  });
}

/**
 * Creates the schema if it does not exist. `CREATE SCHEMA IF NOT EXISTS` alone needs the right to create schemas even if it
 * exists.
 *
 * @throws {ConfigurationInvalid} `database_permission_denied`
 */
async function ensureSchema(client: Client): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>(
    'SELECT to_regnamespace($1) IS NOT NULL AS present',
    [LTI_SCHEMA],
  );
  if (rows[0]?.present === true) return;
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${LTI_SCHEMA}`);
  } catch (cause) {
    throw isPermissionDenied(cause) ? databaseErrors.permissionDenied(LTI_SCHEMA, cause) : cause;
  }
}

/** The migrations of this version that did not run yet. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  return (await compareMigrations((text) => dataSource.query(text))).pending;
}

/** Runs a statement, and returns its rows. */
type QueryRows = <Row>(text: string) => Promise<Row[]>;

/** The migrations of this version that did not run yet, and those that ran and are of a later version. */
export async function compareMigrations(query: QueryRows): Promise<{ pending: string[]; later: string[] }> {
  const [found] = await query<{ present: boolean }>(
    `SELECT to_regclass('${LTI_SCHEMA}.migration') IS NOT NULL AS present`,
  );
  const rows =
    found?.present === true ? await query<{ name: string }>(`SELECT name FROM ${LTI_SCHEMA}.migration`) : [];
  const done = new Set(rows.map(({ name }) => name));
  const known = migrations.map(({ name }) => name);
  return {
    pending: known.filter((name) => !done.has(name)),
    later: [...done].filter((name) => !known.includes(name)),
  };
}
