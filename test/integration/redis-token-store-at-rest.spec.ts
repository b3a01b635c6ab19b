import { Redis } from 'ioredis';
import { inspect } from 'node:util';
import { RedisKeys } from '../../src/access-tokens/stores/redis/redis-keys.js';
import { REENCRYPT } from '../../src/access-tokens/stores/redis/redis-scripts.js';
import { type RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { captureLog, type CapturedLog } from '../support/captured-log.js';
import { describeWithRedis, redisPrefix, testRedisUrl } from '../support/redis-fixture.js';
import { NEW_KEY, OLD_KEY, openRedisStore, cipherWith } from '../support/redis-store.js';
import { someKey, storeToken } from '../support/some-token.js';
import { until } from '../support/until.js';

const keyPrefix = redisPrefix();
const keys = new RedisKeys(keyPrefix);
const FAILURE = { kind: 'failed', message: 'no', retryAt: new Date(5), attempts: 1 } as const;

describeWithRedis('what RedisTokenStore keeps in Redis', () => {
  let redis: Redis;
  let log: CapturedLog;
  let store: RedisTokenStore;
  const opened: RedisTokenStore[] = [];

  const open = async (cipher = cipherWith(OLD_KEY)): Promise<RedisTokenStore> => {
    const one = await openRedisStore({ url: testRedisUrl(), keyPrefix }, cipher);
    opened.push(one);
    return one;
  };

  beforeAll(() => {
    redis = new Redis(testRedisUrl());
  });
  beforeEach(async () => {
    log = captureLog();
    store = await open();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    log.end();
  });
  afterAll(() => redis.disconnect());

  const warnings = (): string[] => log.lines.filter((line) => line.startsWith('warn'));

  it('shows no token at rest, and an inspected store shows nothing of its connection', async () => {
    const key = someKey();
    const { value } = await storeToken(store, key);
    const raw = JSON.stringify(await redis.hgetall(keys.access(key)));
    expect(raw).not.toContain(value);
    expect(raw).toContain('v1.old.');
    expect(inspect(store, { depth: Infinity, showHidden: true })).not.toContain('127.0.0.1');
  });

  it('decrypts a value only under its own key', async () => {
    const [key, other] = [someKey(), someKey()];
    await storeToken(store, key);
    await redis.rename(keys.access(key), keys.access(other));
    expect(await store.get(other)).toEqual({ unreadable: true });
    expect(await store.get(key)).toBeUndefined();
  });

  it('reports a token as unreadable without the key that encrypted it, warns once, and keeps the failure beside it', async () => {
    const key = someKey();
    const { hash } = await storeToken(store, key);
    const lease = await store.acquire(key, { termMs: 10_000, holder: 'test' });
    await store.fail(lease!, FAILURE);
    const stranger = await open(cipherWith(NEW_KEY));
    expect(await stranger.get(key)).toEqual({ unreadable: true, failure: FAILURE });
    expect(await stranger.get(key)).toEqual({ unreadable: true, failure: FAILURE });
    expect(warnings()).toEqual([expect.stringContaining('"old", which is not in ENCRYPTION_KEYS')]);
    // The fields that are not secret can be listed, and the token can be replaced.
    expect((await stranger.list(key.registrationId))[0]?.token?.hash).toBe(hash);
    await storeToken(stranger, key);
    expect(await stranger.get(key)).toEqual({ token: expect.anything() });
  });

  it('re-encrypts a token with a newer key when it is read, and keeps its expiry', async () => {
    const key = someKey();
    const { hash } = await storeToken(store, key);
    const before = await redis.pttl(keys.access(key));
    const rotated = await open(cipherWith(NEW_KEY, OLD_KEY));
    expect((await rotated.get(key))?.token?.hash).toBe(hash);
    await until('it is re-encrypted', async () =>
      (await redis.hget(keys.access(key), 'sealed'))?.startsWith('v1.new.') ? true : undefined,
    );
    const after = await redis.pttl(keys.access(key));
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(before);
    expect((await rotated.get(key))?.token?.hash).toBe(hash);
    expect(await store.get(key)).toEqual({ unreadable: true });
  });

  it('does not re-encrypt a token if that is not needed, nor over a value that was written meanwhile', async () => {
    const key = someKey();
    await storeToken(store, key);
    const old = await redis.hget(keys.access(key), 'sealed');
    for (let nth = 0; nth < 5; nth += 1) await store.get(key);
    expect(await redis.hget(keys.access(key), 'sealed')).toBe(old);
    const { hash } = await storeToken(store, key);
    expect(await REENCRYPT.run(redis, [keys.access(key)], [old!, 'late'])).toBe(0);
    expect((await store.get(key))?.token?.hash).toBe(hash);
  });

  it('re-encrypts all tokens at once on request, except those that cannot be decrypted', async () => {
    const [key, lost] = [someKey(), someKey()];
    const rotated = await open(cipherWith(NEW_KEY, OLD_KEY));
    await rotated.reencryptAll();
    const tokens = await Promise.all(Array.from({ length: 250 }, () => storeToken(store, someKey())));
    const { hash } = await storeToken(store, key);
    await storeToken(await open(cipherWith({ id: 'lost', key: Buffer.alloc(32, 3) })), lost);
    expect(await rotated.reencryptAll()).toBe(tokens.length + 1);
    expect(await rotated.reencryptAll()).toBe(0);
    expect((await (await open(cipherWith(NEW_KEY))).get(key))?.token?.hash).toBe(hash);
  });

  it.each([
    ['facts that are no JSON', { token: '{"scopes":' }],
    ['facts of another shape', { token: '{"scopes":"all","issuedAt":"today"}' }],
    ['a date that is none', { token: '{"scopes":[],"issuedAt":1,"expiresAt":9e15,"repeated":false}' }],
    ['a value that was never encrypted', { sealed: 'plain' }],
    ['an encrypted value that is cut', { sealed: 'v1.old.AAAA' }],
  ])('treats a token as a miss, with one warning, when another program has left %s', async (_, fields) => {
    const key = someKey();
    await storeToken(store, key);
    await redis.hset(keys.access(key), fields);
    expect(await store.get(key)).toEqual({ unreadable: true });
    await store.get(key);
    expect(warnings()).toHaveLength(1);
    const { hash } = await storeToken(store, key);
    expect((await store.get(key))?.token?.hash).toBe(hash);
  });

  it('treats a token as a miss when half of it is missing', async () => {
    const key = someKey();
    await storeToken(store, key);
    await redis.hdel(keys.access(key), 'token');
    expect(await store.get(key)).toEqual({ unreadable: true });
    expect(await store.list(key.registrationId)).toEqual([]);
  });

  it('ignores a failure of another shape, and serves the token beside it', async () => {
    const key = someKey();
    const { hash } = await storeToken(store, key);
    await redis.hset(keys.access(key), 'failure', '{"kind":"fate"}');
    const stored = await store.get(key);
    expect([stored?.token?.hash, stored?.failure]).toEqual([hash, undefined]);
    expect(warnings()).toHaveLength(1);
  });

  it('treats a name with another type as a miss, which a commit, a failure or a deletion repairs', async () => {
    for (const clear of ['commit', 'fail', 'delete'] as const) {
      const key = someKey();
      await redis.set(keys.access(key), 'foreign');
      expect(await store.get(key)).toEqual({ unreadable: true });
      if (clear === 'commit') await storeToken(store, key);
      if (clear === 'delete') expect(await store.delete(key)).toBe(true);
      const lease = await store.acquire(key, { termMs: 10_000, holder: 'test' });
      if (clear === 'fail') expect(await store.fail(lease!, FAILURE)).toBe(true);
      expect(await store.get(key)).not.toEqual({ unreadable: true });
    }
  });
});
