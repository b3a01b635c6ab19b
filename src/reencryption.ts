import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeyRing } from './common/encryption.js';
import { type Resealed } from './common/resealing.js';
import { embeddedEncryptionKeys } from './config/embedded-secrets.js';
import { type Environment } from './config/environment.schema.js';
import { type LtiConfig, parseLtiConfig } from './config/lti-config.js';
import { standaloneOptions } from './config/standalone-options.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { DataDirectoryInUse } from './database/embedded/embedded-postgres.errors.js';
import { dataSourceOptions } from './database/lti-data-source.js';
import { migrateDatabase } from './database/migrate-database.js';
import { openDataSource } from './database/open-data-source.js';
import { SessionLock, withSessionLock } from './database/session-lock.js';
import { resealCheck } from './keys/encryption-check.js';
import { resealToolKeys } from './keys/tool-key-resealing.js';
import { NothingToReencrypt, ServiceInTheWay } from './reencryption.errors.js';
import { resealStoredTokens } from './token-store/stored-token-resealing.js';

/** What became of the secrets of one table, or of the token store. */
export interface Reencrypted extends Resealed {
  table: string;
}

/**
 * Seals all that is sealed with the first key of ENCRYPTION_KEYS, so that the others may leave it. The service need not
 * run; where it does, each of its processes must have the new key in its ring already.
 *
 * With a database of the service's own it must not run: that database is started for this, and stopped.
 *
 * @param say tells the operator what the embedded database has to say
 * @throws NothingToReencrypt, ServiceInTheWay, DatabaseUnavailable, MigrationsPending, TokenStoreUnavailable
 */
export async function reencrypt(
  environment: Environment,
  say: (text: string) => void,
): Promise<Reencrypted[]> {
  if (environment.DATABASE_URL !== undefined)
    return reencryptAt(parseLtiConfig(standaloneOptions(environment)));
  const database = await startEmbedded(environment.DATA_DIR, say);
  try {
    // As the service does with it: nobody else could.
    await migrateDatabase(database.url);
    const encryptionKeys = environment.ENCRYPTION_KEYS ?? embeddedEncryptionKeys(environment.DATA_DIR);
    const embedded = { databaseUrl: database.url, encryptionKeys };
    return await reencryptAt(parseLtiConfig(standaloneOptions(environment, embedded)));
  } finally {
    await database.stop();
  }
}

async function reencryptAt(config: LtiConfig): Promise<Reencrypted[]> {
  const { database, encryptionKeys } = config;
  const ring = new KeyRing(encryptionKeys);
  await (await openDataSource(dataSourceOptions(database.url, 1), database.url)).destroy();
  // The lock of the boot: nobody makes a key, or compares the ring, between our steps.
  return withSessionLock(database.directUrl ?? database.url, SessionLock.firstSecrets, async (client) => [
    { table: 'tool_key', ...(await resealToolKeys(client, ring)) },
    { table: 'access_token', ...(await resealStoredTokens(config, ring)) },
    { table: 'encryption_check', ...(await resealCheck(client, ring)) },
  ]);
}

async function startEmbedded(dataDirectory: string, say: (text: string) => void): Promise<EmbeddedPostgres> {
  const directory = join(dataDirectory, 'postgres');
  // Starting would make a new database, and a mistyped DATA_DIR would look like success.
  if (!existsSync(directory)) throw new NothingToReencrypt(dataDirectory);
  try {
    return await EmbeddedPostgres.start({ directory, log: say });
  } catch (error) {
    throw error instanceof DataDirectoryInUse ? new ServiceInTheWay(error.ownerPid) : error;
  }
}
