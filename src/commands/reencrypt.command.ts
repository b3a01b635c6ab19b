import { KeyRing } from '../common/encryption.js';
import { type Resealed } from '../common/resealing.js';
import { embeddedEncryptionKeys } from '../server/embedded-secrets.js';
import { type Environment } from '../server/environment.schema.js';
import { loadEnvironment } from '../server/load-environment.js';
import { type LtiConfig, parseLtiConfig } from '../config/lti-config.js';
import { standaloneOptions } from '../server/standalone-options.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { openDataSource } from '../database/open-data-source.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';
import { resealCheck } from '../keys/encryption-check.js';
import { resealToolKeys } from '../keys/tool-key-resealing.js';
import { resealLti11Consumers } from '../launch/lti11/lti11-consumer-resealing.js';
import { resealStoredTokens } from '../token-store/stored-token-resealing.js';
import { resealUserGrantClients } from '../user-grants/clients/user-grant-client-resealing.js';
import { resealUserGrants } from '../user-grants/user-grant-resealing.js';
import { withCommandDatabase } from './command-database.js';
import { type Command, expectNoWords } from './command.js';
import { SecretsUnreadable } from './commands.errors.js';

/** What became of the secrets of one table, or of the token store. */
interface Reencrypted extends Resealed {
  table: string;
}

/**
 * Seals all that is sealed with the first key of ENCRYPTION_KEYS, so that the others may leave it: the step of a key
 * rotation between putting the new key first and taking the old one out. Where the service runs, each of its processes
 * must have the new key in its ring already.
 */
export const reencryptCommand: Command = {
  usage: `Usage: npm run keys:reencrypt

Seals all secrets with the first key of ENCRYPTION_KEYS. The environment is the service's own.`,

  async run({ args, variables }, { answer, say }) {
    expectNoWords(args);
    const environment = loadEnvironment(variables);
    const tables = await withCommandDatabase(environment, say, (url) =>
      reencrypt(configFor(environment, url)),
    );
    for (const { table, count } of tables) answer(`${table}: ${count} sealed anew`);
    const unreadable = tables.flatMap(({ table, unreadable: ids }) => ids.map((id) => `${table} ${id}`));
    for (const name of unreadable)
      say(`${name}: opens with no key of ENCRYPTION_KEYS, and was left as it is`);
    if (unreadable.length > 0) throw new SecretsUnreadable(unreadable.length);
    answer('All secrets are sealed with the first key of ENCRYPTION_KEYS; the other keys may go.');
  },
};

function configFor(environment: Environment, databaseUrl: string): LtiConfig {
  if (environment.DATABASE_URL !== undefined) return parseLtiConfig(standaloneOptions(environment));
  const encryptionKeys = environment.ENCRYPTION_KEYS ?? embeddedEncryptionKeys(environment.DATA_DIR);
  return parseLtiConfig(standaloneOptions(environment, { databaseUrl, encryptionKeys }));
}

/** @throws DatabaseUnavailable, MigrationsPending, TokenStoreUnavailable */
async function reencrypt(config: LtiConfig): Promise<Reencrypted[]> {
  const { database, encryptionKeys } = config;
  const ring = new KeyRing(encryptionKeys);
  await (await openDataSource(dataSourceOptions(database.url, 1), database.url)).destroy();
  // The lock of the boot: nobody makes a key, or compares the ring, between our steps.
  return withSessionLock(database.directUrl ?? database.url, SessionLock.firstSecrets, async (client) => [
    { table: 'tool_key', ...(await resealToolKeys(client, ring)) },
    { table: 'lti11_consumer', ...(await resealLti11Consumers(client, ring)) },
    { table: 'user_grant_client', ...(await resealUserGrantClients(client, ring)) },
    { table: 'user_grant', ...(await resealUserGrants(client, ring)) },
    { table: 'access_token', ...(await resealStoredTokens(config, ring)) },
    { table: 'encryption_check', ...(await resealCheck(client, ring)) },
  ]);
}
