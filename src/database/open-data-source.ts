import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseErrors } from './database.errors.js';
import { pendingMigrations } from './migrate-database.js';
import { addressOf } from './session-lock.js';

/**
 * A connected DataSource whose database has all migrations of this version. When it rejects, no connection stays open.
 *
 * @throws {Unavailable} `database_unavailable`
 * @throws {ConfigurationInvalid} `migrations_pending`
 */
export async function openDataSource(options: DataSourceOptions, url: string): Promise<DataSource> {
  const dataSource = await connect(new DataSource(options), url);
  if ((await pendingMigrations(dataSource)).length === 0) return dataSource;
  await dataSource.destroy();
  throw databaseErrors.migrationsPending();
}

async function connect(dataSource: DataSource, url: string): Promise<DataSource> {
  try {
    return await dataSource.initialize();
  } catch (cause) {
    throw databaseErrors.unavailable(addressOf(url), cause);
  }
}
