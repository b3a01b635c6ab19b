import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment } from '../server/environment.schema.js';
import { EmbeddedPostgres } from '../server/embedded-postgres/embedded-postgres.js';
import { DataDirectoryInUse } from '../server/embedded-postgres/embedded-postgres.errors.js';
import { migrateDatabase } from '../database/migrate-database.js';
import { NoDatabaseYet, ServiceRunning } from './commands.errors.js';

/**
 * Works on the database of a service that need not run. With a database of the service's own it must not: that one is
 * started for this, and stopped.
 *
 * @param say tells the operator what the embedded database has to say
 * @throws NoDatabaseYet, ServiceRunning, DatabaseUnavailable, EmbeddedPostgresFailed, and what `work` throws
 */
export async function withCommandDatabase<T>(
  environment: Environment,
  say: (text: string) => void,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (environment.DATABASE_URL !== undefined) return work(environment.DATABASE_URL);
  const database = await startEmbedded(environment.DATA_DIR, say);
  try {
    // As the service does with it: nobody else could.
    await migrateDatabase(database.url);
    return await work(database.url);
  } finally {
    await database.stop();
  }
}

async function startEmbedded(dataDirectory: string, say: (text: string) => void): Promise<EmbeddedPostgres> {
  const directory = join(dataDirectory, 'postgres');
  // Starting would make a new database, and a mistyped DATA_DIR would look like success.
  if (!existsSync(directory)) throw new NoDatabaseYet(dataDirectory);
  try {
    return await EmbeddedPostgres.start({ directory, log: say });
  } catch (error) {
    throw error instanceof DataDirectoryInUse ? new ServiceRunning(error.ownerPid) : error;
  }
}
