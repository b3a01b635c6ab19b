import { type KeyRing } from '../../common/encryption.js';
import { type Resealed } from '../../common/resealing.js';
import { type LtiConfig } from '../../config/lti-config.js';
import { dataSourceOptions } from '../../database/lti-data-source.js';
import { openDataSource } from '../../database/open-data-source.js';
import { type AccessTokenKey } from '../access-token-key.js';
import { TokenSeal } from './token-seal.js';

/** Remembers what did not open. */
class WatchedSeal extends TokenSeal {
  readonly unreadable = new Set<string>();

  override open(key: Pick<AccessTokenKey, 'id'>, sealed: string): string | undefined {
    const value = super.open(key, sealed);
    if (value === undefined) this.unreadable.add(key.id);
    return value;
  }
}

/**
 * Seals the access tokens of the configured store with the first key of the ring. Stores that outlive no process, and
 * those of an embedder, have nothing of ours to seal.
 *
 * @throws DatabaseUnavailable, MigrationsPending, TokenStoreUnavailable
 */
export async function resealStoredTokens(
  { tokenStore, database }: Pick<LtiConfig, 'tokenStore' | 'database'>,
  ring: KeyRing,
): Promise<Resealed> {
  const seal = new WatchedSeal(ring);
  const result = (count: number): Resealed => ({ count, unreadable: [...seal.unreadable] });
  switch (tokenStore.type) {
    case 'postgres': {
      const { PostgresTokenStore } = await import('./postgres/postgres-token-store.js');
      const dataSource = await openDataSource(dataSourceOptions(database.url, 1), database.url);
      try {
        return result(await new PostgresTokenStore(dataSource, seal, database.url).resealAll());
      } finally {
        await dataSource.destroy();
      }
    }
    case 'redis': {
      const { RedisTokenStore } = await import('./redis/redis-token-store.js');
      const store = await RedisTokenStore.connect(tokenStore, seal);
      try {
        return result(await store.resealAll());
      } finally {
        await store.close();
      }
    }
    default:
      return result(0);
  }
}
