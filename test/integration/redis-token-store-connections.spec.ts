import { Redis } from 'ioredis';
import { RedisServer, freePort } from '../support/redis-server.js';
import { TokenStoreUnavailable } from '../../src/access-tokens/access-token.errors.js';
import { captureLog, type CapturedLog } from '../support/captured-log.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { RedisSentinelServers } from '../support/redis-sentinel.js';
import { NEW_KEY, OLD_KEY, openRedisStore, cipherWith } from '../support/redis-store.js';
import { makeCertificate } from '../support/self-made-certificate.js';
import { someKey, storeToken } from '../support/some-token.js';
import { until } from '../support/until.js';

const BOUND_MS = 20_000;

/** The rights that the docs tell operators to grant. */
const NEEDED_RIGHTS = [
  'resetkeys',
  '~nest-lti:*',
  'resetchannels',
  '&nest-lti:changes',
  'nocommands',
  ...['+hello', '+auth', '+select', '+client', '+info', '+ping', '+quit', '+subscribe', '+publish', '+scan'],
  ...['+eval', '+evalsha', '+time', '+type', '+get', '+set', '+del', '+pttl', '+pexpire', '+pexpireat'],
  ...['+hget', '+hmget', '+hset', '+zadd', '+zrem', '+zrange', '+zrevrange', '+zremrangebyscore'],
];

describeWithRedis('RedisTokenStore connects', () => {
  let log: CapturedLog;
  beforeEach(() => (log = captureLog()));
  afterEach(() => log.end());

  it('connects by TLS, to servers that it can trust', async () => {
    const [certificate, port] = [makeCertificate(), await freePort()];
    const server = await RedisServer.start({ args: certificate.redisArgs(port) });
    const url = `rediss://127.0.0.1:${port}`;
    const store = await openRedisStore({ url, options: { tls: { ca: certificate.ca } } });
    const heard: unknown[] = [];
    store.onChange((keyId) => heard.push(keyId));
    await until('it listens', () => Promise.resolve(heard.length > 0 || undefined), BOUND_MS);
    const key = someKey();
    const { hash } = await storeToken(store, key);
    expect((await store.get(key))?.token?.hash).toBe(hash);
    await until('it hears', () => Promise.resolve(heard.includes(key.id) || undefined), BOUND_MS);

    const distrustful = await openRedisStore({ url });
    await expect(distrustful.get(key)).rejects.toThrow(TokenStoreUnavailable);
    expect(log.lines.join('\n')).toMatch(/not available \(.*self-signed certificate/);

    await Promise.all([store.close(), distrustful.close()]);
    await server.stop();
    certificate.remove();
  });

  it('connects to the master that the Sentinels name, and to the next one after a fail-over', async () => {
    const servers = await RedisSentinelServers.start();
    const sentinels = [{ host: '127.0.0.1', port: servers.sentinel.port }];
    const store = await openRedisStore({ url: undefined, options: { sentinels, name: 'tokens' } });
    const heard: unknown[] = [];
    store.onChange((keyId) => heard.push(keyId));
    const key = someKey();
    const { hash } = await storeToken(store, key);
    const replica = new Redis(servers.replica.port);
    await until('the replica has it', async () => (await replica.dbsize()) >= 2 || undefined, BOUND_MS);
    const sentinel = new Redis(servers.sentinel.port);
    await until(
      'the Sentinel knows the replica',
      async () =>
        ((await sentinel.call('SENTINEL', 'REPLICAS', 'tokens')) as unknown[]).length > 0 || undefined,
      BOUND_MS,
    );

    await servers.master.kill();
    await until(
      'the replica is the master',
      async () => (await replica.info('replication')).includes('role:master') || undefined,
      BOUND_MS,
    );
    const stored = await until('the store found it', () => store.get(key).catch(() => undefined), BOUND_MS);
    expect(stored.token?.hash).toBe(hash);
    heard.length = 0;
    const next = someKey();
    await storeToken(store, next);
    await until(
      'the word of the new master',
      async () => {
        await storeToken(store, next);
        return heard.includes(next.id) || undefined;
      },
      BOUND_MS,
    );

    replica.disconnect();
    sentinel.disconnect();
    await store.close();
    await servers.stop();
  });

  it('connects as a user with only the permissions that the store needs', async () => {
    const server = await RedisServer.start();
    const password = 'geheim:%@/ü';
    const admin = new Redis(server.port);
    await admin.call('ACL', 'SETUSER', 'lti', 'on', `>${password}`, ...NEEDED_RIGHTS);
    const url = `redis://lti:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
    const store = await openRedisStore({ url, keyPrefix: 'nest-lti' });
    const heard: unknown[] = [];
    store.onChange((keyId) => heard.push(keyId));
    await until('it listens', () => Promise.resolve(heard.length > 0 || undefined), BOUND_MS);
    const key = someKey();
    await storeToken(store, key);
    await until('it hears', () => Promise.resolve(heard.includes(key.id) || undefined), BOUND_MS);
    const lease = (await store.acquire(key, { termMs: 10_000, holder: 'test' }))!;
    await store.extend(lease, 10_000);
    await store.fail(lease, { kind: 'failed', message: 'no', retryAt: new Date(0), attempts: 1 });
    await store.release((await store.acquire(key, { termMs: 10_000, holder: 'test' }))!);
    expect(await store.list(key.registrationId)).toHaveLength(1);
    const rotated = await openRedisStore({ url, keyPrefix: 'nest-lti' }, cipherWith(NEW_KEY, OLD_KEY));
    expect(await rotated.reencryptAll()).toBe(1);
    await rotated.delete(key, 'another');
    await rotated.deleteRegistration(key.registrationId);
    const refused = await admin.call('ACL', 'LOG');
    expect(refused).toEqual([]);
    const other = openRedisStore({ url });
    await expect(other.then((store) => store.get(key))).rejects.toThrow(/No permissions|NOPERM/i);
    await other.then((store) => store.close());
    expect(log.lines.join('\n')).not.toContain('geheim');
    admin.disconnect();
    await Promise.all([store.close(), rotated.close()]);
    await server.stop();
  });
});
