import {
  type CommandOutput,
  migrateDatabase,
  readCommandConfig,
  readVariables,
  type Variables,
  type WithCommandDatabase,
} from 'nest-lti/internal';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandDatabaseErrors } from './command-database.errors.js';
import { embeddedEncryptionKeys } from './embedded-secrets.js';
import { DataDirectoryInUse } from './embedded-postgres/embedded-postgres.errors.js';
import { EmbeddedPostgres } from './embedded-postgres/embedded-postgres.js';
import { defaultDataDirectory } from './environment.schema.js';

/**
 * Works on the database of a service that need not run. An embedded database is started for this and stopped: its service
 * must not run.
 *
 * @throws ConfigurationInvalid, {ConfigurationInvalid} `no_database`; {Conflict} `service_running`, EmbeddedPostgresFailed, and what `work` throws
 */
export const withServiceDatabase: WithCommandDatabase = async (variables, say, work) => {
  const { values } = readVariables(['DATABASE_URL', 'DATA_DIR'], variables);
  const isGiven = values.DATABASE_URL !== undefined || isSet(variables.DATABASE_URL_FILE);
  if (isGiven) return work(readCommandConfig(variables));
  const dataDirectory = values.DATA_DIR ?? defaultDataDirectory;
  const database = await startEmbedded(dataDirectory, say);
  try {
    // As the service does at its start: no other process could.
    const ran = await migrateDatabase(database.url);
    if (ran.length > 0) say(`Migrated: ${ran.join(', ')}`);
    return await work(
      readCommandConfig(variables, {
        DATABASE_URL: database.url,
        ENCRYPTION_KEYS: embeddedEncryptionKeys(dataDirectory),
        TOKEN_STORE: 'memory',
      }),
    );
  } finally {
    await database.stop();
  }
};

async function startEmbedded(dataDirectory: string, say: CommandOutput['say']): Promise<EmbeddedPostgres> {
  const directory = join(dataDirectory, 'postgres');
  // Starting would make a new database, and a mistyped DATA_DIR would look like success.
  if (!existsSync(directory)) throw commandDatabaseErrors.noDatabase(dataDirectory);
  try {
    return await EmbeddedPostgres.start({ directory, log: say });
  } catch (error) {
    throw error instanceof DataDirectoryInUse ? commandDatabaseErrors.serviceRunning(error.ownerPid) : error;
  }
}

function isSet(value: Variables[string]): boolean {
  return value !== undefined && value !== '';
}
