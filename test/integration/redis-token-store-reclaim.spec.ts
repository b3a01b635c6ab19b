import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { RedisKeys } from '../../src/access-tokens/stores/redis/redis-keys.js';
import { type RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { describeWithRedis, redisPrefix, testRedisUrl } from '../support/redis-fixture.js';
import { openRedisStore } from '../support/redis-store.js';
import { someKey, someToken, storeToken } from '../support/some-token.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const keyPrefix = redisPrefix();
const keys = new RedisKeys(keyPrefix);
const FAILURE = { kind: 'failed', message: 'no', retryAt: new Date(5), attempts: 1 } as const;
const LEASE = { termMs: 30_000, holder: 'test' };

describeWithRedis('what RedisTokenStore gives back', () => {
  let redis: Redis;
  let store: RedisTokenStore;
  beforeAll(async () => {
    redis = new Redis(testRedisUrl());
    store = await openRedisStore({ url: testRedisUrl(), keyPrefix });
  });
  afterAll(async () => {
    redis.disconnect();
    await store.close();
  });

  const fail = async (key: AccessTokenKey): Promise<void> => {
    const lease = await store.acquire(key, LEASE);
    await store.fail(lease!, FAILURE);
  };

  /** Within a minute of the expected time, because the machine may be slow. */
  async function expectKept(name: string, keptMs: number): Promise<void> {
    const leftMs = await redis.pttl(name);
    expect(leftMs).toBeLessThanOrEqual(keptMs);
    expect(leftMs).toBeGreaterThan(keptMs - MINUTE_MS);
  }

  it.each([
    ['an hour', 60 * MINUTE_MS, 70 * MINUTE_MS],
    ['no time', 0, 10 * MINUTE_MS],
    ['less than no time', -5 * MINUTE_MS, 10 * MINUTE_MS],
    ['100 years', 36_500 * DAY_MS, 365 * DAY_MS],
  ])(
    'Redis deletes a token that lives for %s, whatever the clock of its writer',
    async (_, lifeMs, keptMs) => {
      for (const issuedAt of [new Date(0), new Date('2090-01-01T00:00:00Z')]) {
        const key = someKey();
        const expiresAt = new Date(issuedAt.getTime() + lifeMs);
        await storeToken(store, key, someToken({ issuedAt, expiresAt }));
        await expectKept(keys.access(key), keptMs);
        await expectKept(keys.index(key.registrationId), keptMs);
      }
    },
  );

  it('Redis deletes a failure after a day, or with the token beside it if that is later', async () => {
    const [alone, beside] = [someKey(), someKey()];
    await fail(alone);
    await expectKept(keys.access(alone), DAY_MS);
    const [issuedAt, expiresAt] = [new Date(0), new Date(3 * DAY_MS)];
    await storeToken(store, beside, someToken({ issuedAt, expiresAt }));
    await fail(beside);
    await expectKept(keys.access(beside), 3 * DAY_MS + 10 * MINUTE_MS);
  });

  it('Redis deletes a lease after its term, with the index of a registration that has nothing else', async () => {
    const key = someKey();
    await store.acquire(key, LEASE);
    await expectKept(keys.lease(key), LEASE.termMs);
    await expectKept(keys.index(key.registrationId), LEASE.termMs);
    await store.deleteRegistration(key.registrationId);
    expect(await redis.exists(keys.lease(key), keys.index(key.registrationId))).toBe(0);
  });

  it('leaves no key behind after a deletion', async () => {
    const [one, other] = [someKey(), someKey()];
    await storeToken(store, one);
    await store.delete(one);
    await storeToken(store, other);
    await fail(other);
    await store.deleteRegistration(other.registrationId);
    for (const { registrationId } of [one, other]) {
      expect(await redis.keys(`${keyPrefix}:{${registrationId}}*`)).toEqual([]);
    }
  });

  it('deletes from the index the keys that are gone', async () => {
    const id = randomUUID();
    const [staying, brief] = [new AccessTokenKey(id, 1, ['a']), new AccessTokenKey(id, 2, ['a'])];
    await storeToken(store, staying);
    await store.acquire(brief, { ...LEASE, termMs: 50 });
    expect(await redis.zcard(keys.index(id))).toBe(2);
    await until('the lease ended', async () => ((await redis.exists(keys.lease(brief))) ? undefined : true));
    await storeToken(store, staying);
    expect(await redis.zrange(keys.index(id), '0', '-1')).toEqual([staying.id]);
  });

  it('stores all keys of a registration in one slot, whatever its id', async () => {
    for (const registrationId of [randomUUID(), '}', 'a}b{c', 'ü:*?[x]', '']) {
      const key = new AccessTokenKey(registrationId, 1, ['a']);
      const names = [keys.access(key), keys.lease(key), keys.index(registrationId)];
      const tags = new Set(names.map((name) => /\{([^}]*)\}/.exec(name)?.[1]));
      expect(tags).toEqual(new Set([encodeURIComponent(registrationId)]));
      expect(keys.keyIdOf(keys.access(key))).toBe(key.id);
      const { hash } = await storeToken(store, key);
      expect((await store.get(key))?.token?.hash).toBe(hash);
    }
  });
});
