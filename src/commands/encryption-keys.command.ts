import { type Command } from 'commander';
import { KeyRing } from '../common/encryption.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { type Reencrypted } from '../common/reencryption.js';
import { dataSourceOptions } from '../database/lti-data-source.js';
import { openDataSource } from '../database/open-data-source.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';
import { reencryptWebhooks } from '../event-deliveries/webhook-reencryption.js';
import { reencryptCheck } from '../keys/encryption-check.js';
import { reencryptToolKeys } from '../keys/tool-key-reencryption.js';
import { reencryptLti11Consumers } from '../launch/lti11/lti11-consumer-reencryption.js';
import { reencryptStoredTokens } from '../access-tokens/stores/token-reencryption.js';
import { reencryptUserGrantClients } from '../user-grants/clients/user-grant-client-reencryption.js';
import { reencryptUserGrants } from '../user-grants/user-grant-reencryption.js';
import { type CommandConfig, commandVariables } from './command-config.js';
import { type CommandContext } from './command-line.js';
import { commandErrors } from './commands.errors.js';
import { type WithCommandDatabase } from './database-commands.js';
import { addFileFlags, withFileFlags } from './file-flags.js';

/** The secrets of one table, or of the token store. */
interface ReencryptedTable extends Reencrypted {
  table: string;
}

/**
 * Encrypts all secrets with the first key of ENCRYPTION_KEYS, so that the others may leave it: the step of a key rotation
 * between putting the new key first and taking the old one out. Each running process must have the new key in its ring
 * already.
 */
export function addEncryptionKeysCommand(
  program: Command,
  { variables, output: { answer, say } }: CommandContext,
  withDatabase: WithCommandDatabase,
): void {
  const keys = program.command('encryption-keys').description('the keys that encrypt secrets at rest');
  const command = keys
    .command('reencrypt')
    .description('encrypt all secrets with the first key of ENCRYPTION_KEYS, so that the other keys may go')
    .option(
      '--redis-key-prefix <prefix>',
      'of the tokens in Redis, if the application has set tokenStore.keyPrefix',
    )
    .action(async (options: { redisKeyPrefix?: string }) => {
      const tables = await withDatabase(withFileFlags(variables, options), say, (config) =>
        reencrypt(withPrefix(config, options.redisKeyPrefix)),
      );
      for (const { table, count } of tables) answer(`${table}: ${count} encrypted anew`);
      const unreadable = tables.flatMap(({ table, unreadable: ids }) => ids.map((id) => `${table} ${id}`));
      for (const name of unreadable)
        say(`${name}: no key of ENCRYPTION_KEYS decrypts it, and it was left as it is`);
      if (unreadable.length > 0) throw commandErrors.secretsUnreadable(unreadable.length);
      answer('All secrets are encrypted with the first key of ENCRYPTION_KEYS; the other keys may go.');
    });
  addFileFlags(
    command,
    commandVariables.filter((name) => name !== 'TOKEN_STORE'),
  ).addHelpText(
    'after',
    'TOKEN_STORE is memory, postgres (the default) or redis, as the application has it.',
  );
}

function withPrefix(config: CommandConfig, keyPrefix: string | undefined): CommandConfig {
  const { tokenStore } = config;
  if (keyPrefix === undefined || tokenStore.type !== 'redis') return config;
  return { ...config, tokenStore: { ...tokenStore, keyPrefix } };
}

/** @throws ConfigurationInvalid, {Unavailable} `database_unavailable`; {ConfigurationInvalid} `migrations_pending`, TokenStoreUnavailable */
async function reencrypt(config: CommandConfig): Promise<ReencryptedTable[]> {
  const { database, encryptionKeys } = config;
  if (encryptionKeys === undefined) {
    throw ConfigurationInvalid.of([
      { name: 'ENCRYPTION_KEYS', message: 'is needed: the new key first, then those that encrypted so far' },
    ]);
  }
  const ring = new KeyRing(encryptionKeys);
  await (await openDataSource(dataSourceOptions(database.url, 1), database.url)).destroy();
  // The lock of the boot: no process creates a key or checks the key ring between these steps.
  return withSessionLock(database.directUrl ?? database.url, SessionLock.firstSecrets, async (client) => [
    { table: 'tool_key', ...(await reencryptToolKeys(client, ring)) },
    { table: 'lti11_consumer', ...(await reencryptLti11Consumers(client, ring)) },
    { table: 'user_grant_client', ...(await reencryptUserGrantClients(client, ring)) },
    { table: 'user_grant', ...(await reencryptUserGrants(client, ring)) },
    { table: 'event_subscription', ...(await reencryptWebhooks(client, ring)) },
    { table: 'access_token', ...(await reencryptStoredTokens(config, ring)) },
    { table: 'encryption_check', ...(await reencryptCheck(client, ring)) },
  ]);
}
