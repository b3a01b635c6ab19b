import { type DataSource } from 'typeorm';
import { isPackageMissing } from '../../common/optional-package.js';
import { ConfigurationInvalid } from '../../common/reactions.errors.js';
import { type LtiConfig } from '../../config/lti-config.js';
import { MemoryTokenStore } from './memory-token-store.js';
import { type TokenCipher } from '../token-cipher.js';
import { type TokenStore } from './token-store.js';

/**
 * Creates the configured token store, or null for `none`, which means that there is no store.
 *
 * @throws ConfigurationInvalid when the store is Redis and its driver is not installed
 */
export async function createTokenStore(
  { tokenStore, database }: LtiConfig,
  cipher: TokenCipher,
  dataSource: DataSource,
): Promise<TokenStore | null> {
  switch (tokenStore.type) {
    case 'none':
      return null;
    case 'memory':
      return new MemoryTokenStore();
    case 'postgres': {
      const { PostgresTokenStore } = await import('./postgres/postgres-token-store.js');
      return new PostgresTokenStore(dataSource, cipher, database.directUrl ?? database.url);
    }
    case 'redis': {
      const { RedisTokenStore } = await importRedisTokenStore();
      return RedisTokenStore.connect(tokenStore, cipher);
    }
    case 'custom':
      return withoutLifeCycle(tokenStore.store);
  }
}

/** The driver is an optional peer dependency, so it is imported only when Redis is configured. */
async function importRedisTokenStore() {
  try {
    return await import('./redis/redis-token-store.js');
  } catch (error) {
    if (!isPackageMissing(error, 'ioredis')) throw error;
    const message = 'needs the package ioredis, of version 5 or 6: npm install ioredis@5';
    throw ConfigurationInvalid.of([{ name: 'tokenStore.type', message: `'redis' ${message}` }]);
  }
}

/**
 * The embedder opens and closes a custom store. Nest would run the life-cycle hooks of the store itself once for the
 * embedder's provider and once for ours, so our provider has the methods of a token store only.
 */
function withoutLifeCycle(store: TokenStore): TokenStore {
  return {
    shared: store.shared,
    ...(store.now !== undefined && { now: store.now.bind(store) }),
    get: (key) => store.get(key),
    acquire: (key, request) => store.acquire(key, request),
    extend: (lease, termMs) => store.extend(lease, termMs),
    commit: (lease, token) => store.commit(lease, token),
    fail: (lease, failure) => store.fail(lease, failure),
    release: (lease) => store.release(lease),
    delete: (key, tokenHash) => store.delete(key, tokenHash),
    deleteRegistration: (registrationId) => store.deleteRegistration(registrationId),
    list: (registrationId) => store.list(registrationId),
    onChange: (listener) => store.onChange(listener),
    close: () => Promise.resolve(),
  };
}
