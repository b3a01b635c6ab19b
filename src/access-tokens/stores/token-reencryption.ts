import { type KeyRing } from '../../common/encryption.js';
import { type Reencrypted } from '../../common/reencryption.js';
import { type LtiConfig } from '../../config/lti-config.js';
import { dataSourceOptions } from '../../database/lti-data-source.js';
import { openDataSource } from '../../database/open-data-source.js';
import { type AccessTokenKey } from '../access-token.js';
import { TokenCipher } from '../token-cipher.js';

/** Collects the ids of the tokens that it cannot decrypt. */
class CollectingCipher extends TokenCipher {
  readonly unreadable = new Set<string>();

  override decrypt(key: Pick<AccessTokenKey, 'id'>, encrypted: string): string | undefined {
    const value = super.decrypt(key, encrypted);
    if (value === undefined) this.unreadable.add(key.id);
    return value;
  }
}

/**
 * Encrypts the access tokens of the configured store with the first key of the ring. A memory store has nothing at rest. A
 * custom store is re-encrypted by the embedder.
 *
 * @throws {Unavailable} `database_unavailable`; {ConfigurationInvalid} `migrations_pending`, TokenStoreUnavailable
 */
export async function reencryptStoredTokens(
  { tokenStore, database }: Pick<LtiConfig, 'tokenStore' | 'database'>,
  ring: KeyRing,
): Promise<Reencrypted> {
  const cipher = new CollectingCipher(ring);
  const result = (count: number): Reencrypted => ({ count, unreadable: [...cipher.unreadable] });
  switch (tokenStore.type) {
    case 'postgres': {
      const { PostgresTokenStore } = await import('./postgres/postgres-token-store.js');
      const dataSource = await openDataSource(dataSourceOptions(database.url, 1), database.url);
      try {
        return result(await new PostgresTokenStore(dataSource, cipher, database.url).reencryptAll());
      } finally {
        await dataSource.destroy();
      }
    }
    case 'redis': {
      const { RedisTokenStore } = await import('./redis/redis-token-store.js');
      const store = await RedisTokenStore.connect(tokenStore, cipher);
      try {
        return result(await store.reencryptAll());
      } finally {
        await store.close();
      }
    }
    default:
      return result(0);
  }
}
