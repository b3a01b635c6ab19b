import { KeyRing } from '../../src/common/encryption.js';
import { RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { type RedisSettings } from '../../src/access-tokens/stores/redis/redis-connection.js';
import { TokenCipher } from '../../src/access-tokens/token-cipher.js';
import { redisPrefix, testRedisUrl } from './redis-fixture.js';

const PREFIX = redisPrefix();

export const OLD_KEY = { id: 'old', key: Buffer.alloc(32, 1) };
export const NEW_KEY = { id: 'new', key: Buffer.alloc(32, 2) };

/** A store on the Redis of the test run; by default with a key prefix that only this spec file uses. */
export function openRedisStore(
  settings: Partial<RedisSettings> = { url: testRedisUrl() },
  cipher = cipherWith(OLD_KEY),
): Promise<RedisTokenStore> {
  return RedisTokenStore.connect({ type: 'redis', keyPrefix: PREFIX, ...settings }, cipher);
}

/** The first key encrypts, all of them decrypt. */
export function cipherWith(...keys: [typeof OLD_KEY, ...(typeof OLD_KEY)[]]): TokenCipher {
  return new TokenCipher(new KeyRing(keys));
}
