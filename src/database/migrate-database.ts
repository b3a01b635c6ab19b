import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { dataSourceOptions, LTI_SCHEMA } from './lti-data-source.js';
import { SessionLock, withSessionLock } from './session-lock.js';

/**
 * Brings our schema up to this version: forward only, one process at a time.
 *
 * @param url a direct connection, not one through a transaction-pooling proxy
 * @returns the names of the migrations that ran
 * @throws DatabaseUnavailable
 */
export function migrateDatabase(url: string): Promise<string[]> {
  return withSessionLock(url, SessionLock.migrations, async (client) => {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${LTI_SCHEMA}`);
    const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
    try {
      const ran = await dataSource.runMigrations();
      return ran.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  });
}

/** The migrations of this version that the database does not have yet. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const [{ present }] = await dataSource.query<[{ present: boolean }]>(
    `SELECT to_regclass('${LTI_SCHEMA}.migration') IS NOT NULL AS present`,
  );
  const done = present
    ? await dataSource.query<{ name: string }[]>(`SELECT name FROM ${LTI_SCHEMA}.migration`)
    : [];
  return migrations.map(({ name }) => name).filter((name) => !done.some((row) => row.name === name));
}
