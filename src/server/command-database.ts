import {
  type CommandOutput,
  migrateDatabase,
  readCommandConfig,
  readVariables,
  type Variables,
  type WithCommandDatabase,
  type WithOptions,
} from 'nest-lti/internal';
import { Conflict } from 'nest-lti';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandDatabaseErrors } from './command-database.errors.js';
import { embeddedEncryptionKeys } from './embedded-secrets.js';
import { DataDirectoryInUse } from './embedded-postgres/embedded-postgres.errors.js';
import { EmbeddedPostgres } from './embedded-postgres/embedded-postgres.js';
import { defaultDataDirectory, environmentNames } from './environment.schema.js';
import { loadEnvironment } from './load-environment.js';
import { misspeltVariables } from './misspelt-variables.js';
import { standaloneOptions } from './standalone-options.js';

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

/**
 * The options of the service, for a command that only reads. An embedded database is that of the running service; if none runs, it is
 * started for this and stopped.
 *
 * @throws ConfigurationInvalid, {ConfigurationInvalid} `no_database`, EmbeddedPostgresFailed, and what `work` throws
 */
export const withServiceOptions: WithOptions = async (variables, say, work) => {
  const environment = loadEnvironment(variables);
  const { DATA_DIR, DATABASE_URL } = environment;
  for (const { name, message } of misspeltVariables(variables, environmentNames))
    say(`Warning: ${name} ${message}`);
  if (DATABASE_URL !== undefined) return work(standaloneOptions(environment));
  const run = (databaseUrl: string) =>
    work(standaloneOptions(environment, { databaseUrl, encryptionKeys: embeddedEncryptionKeys(DATA_DIR) }));
  let database: EmbeddedPostgres;
  try {
    database = await startEmbedded(DATA_DIR, say);
  } catch (error) {
    const isRunning = error instanceof Conflict && error.code === 'service_running';
    const url = isRunning ? await EmbeddedPostgres.runningUrl(join(DATA_DIR, 'postgres')) : undefined;
    if (url === undefined) throw error;
    return run(url);
  }
  try {
    return await run(database.url);
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
