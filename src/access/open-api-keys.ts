import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../common/clock.js';
import { type Environment } from '../config/environment.schema.js';
import { EmbeddedPostgres } from '../database/embedded-postgres.js';
import { DataDirectoryInUse } from '../database/embedded/embedded-postgres.errors.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { migrateDatabase } from '../database/migrate-database.js';
import { openDataSource } from '../database/open-data-source.js';
import { NoDatabaseYet, ServiceRunning } from './access.errors.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyService } from './api-key.service.js';

/**
 * Works on the keys of a service that need not run. Not by its module: that would put the ADMIN_API_KEY of this
 * environment, or its absence, in place of the running service's.
 *
 * @param say tells the operator what the embedded database has to say
 * @throws NoDatabaseYet, ServiceRunning, DatabaseUnavailable, MigrationsPending, EmbeddedPostgresFailed, and what `work` throws
 */
export async function withApiKeys(
  environment: Environment,
  say: (text: string) => void,
  work: (keys: ApiKeyService) => Promise<void>,
): Promise<void> {
  if (environment.DATABASE_URL !== undefined) return workOn(environment.DATABASE_URL, work);
  const database = await startEmbedded(environment.DATA_DIR, say);
  try {
    // As the service does with it: nobody else could.
    await migrateDatabase(database.url);
    await workOn(database.url, work);
  } finally {
    await database.stop();
  }
}

async function workOn(url: string, work: (keys: ApiKeyService) => Promise<void>): Promise<void> {
  const dataSource = await openDataSource({ ...dataSourceOptions(url, 1), entities: [ApiKey] }, url);
  try {
    const keys = dataSource.getRepository(ApiKey);
    const clock = new SystemClock();
    await work(new ApiKeyService(keys, new ApiKeyUsage(keys, clock), clock));
  } finally {
    await dataSource.destroy();
  }
}

async function startEmbedded(dataDirectory: string, say: (text: string) => void): Promise<EmbeddedPostgres> {
  const directory = join(dataDirectory, 'postgres');
  // Starting would make a new one, and with a mistyped DATA_DIR a key that opens nothing.
  if (!existsSync(directory)) throw new NoDatabaseYet(dataDirectory);
  try {
    return await EmbeddedPostgres.start({ directory, log: say });
  } catch (error) {
    throw error instanceof DataDirectoryInUse ? new ServiceRunning(error.ownerPid) : error;
  }
}
