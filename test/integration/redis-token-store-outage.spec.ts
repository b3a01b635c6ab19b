import { randomUUID } from 'node:crypto';
import { type RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { TokenStoreUnavailable } from '../../src/access-tokens/access-token.errors.js';
import { captureLog, type CapturedLog } from '../support/captured-log.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { freePort, RedisServer } from '../support/redis-server.js';
import { openRedisStore } from '../support/redis-store.js';
import { someKey, someToken, storeToken } from '../support/some-token.js';
import { until } from '../support/until.js';

const BOUND_MS = 20_000;

/** More than a command may take, also on a slow machine; a caller that hangs takes longer. */
const QUICK_MS = 10_000;

/** The outcome of every method. */
function everyMethod(store: RedisTokenStore): [string, Promise<unknown>][] {
  const key = someKey();
  const lease = { key, id: randomUUID() };
  const failure = { kind: 'failed', message: 'no', retryAt: new Date(0), attempts: 1 } as const;
  return [
    ['get', store.get(key)],
    ['acquire', store.acquire(key, { termMs: 1000, holder: 'test' })],
    ['extend', store.extend(lease, 1000)],
    ['commit', store.commit(lease, someToken())],
    ['fail', store.fail(lease, failure)],
    ['release', store.release(lease)],
    ['delete', store.delete(key)],
    ['deleteRegistration', store.deleteRegistration(key.registrationId)],
    ['list', store.list(key.registrationId)],
    ['reencryptAll', store.reencryptAll()],
  ];
}

async function expectOutage(store: RedisTokenStore): Promise<void> {
  const began = performance.now();
  const answers = everyMethod(store).map(([method, answer]) =>
    answer.then(
      () => `${method} answered`,
      (reason: unknown) => (reason instanceof TokenStoreUnavailable ? 'unavailable' : reason),
    ),
  );
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['unavailable']));
  expect(performance.now() - began).toBeLessThan(QUICK_MS);
}

const works = (store: RedisTokenStore): Promise<true> =>
  until(
    'the store works again',
    () =>
      storeToken(store, someKey()).then(
        () => true as const,
        () => undefined,
      ),
    BOUND_MS,
  );

describeWithRedis('RedisTokenStore in an outage', () => {
  let log: CapturedLog;
  let server: RedisServer;
  let store: RedisTokenStore;
  beforeEach(async () => {
    log = captureLog();
    server = await RedisServer.start();
    store = await openRedisStore({ url: server.url });
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
    log.end();
  });

  const words = (): string[] => log.lines.filter((line) => line.includes('Redis at'));

  it('rejects at once while the server is gone, and works again by itself', async () => {
    const key = someKey();
    await storeToken(store, key);
    await server.kill();
    await until('the connection is seen to be closed', async () =>
      store.get(key).then(
        () => undefined,
        () => true,
      ),
    );
    await expectOutage(store);
    // Not by a time-out.
    await expect(store.get(key)).rejects.toThrow(/: there is no connection/);
    await server.restart();
    await works(store);
    // The server has lost all data, because it has no persistence.
    expect(await store.get(key)).toBeUndefined();
    expect(words()).toEqual([
      expect.stringMatching(/^warn Redis at 127\.0\.0\.1:\d+ is not available \(.+\)/),
      expect.stringMatching(/^log Redis at 127\.0\.0\.1:\d+ is back\.$/),
    ]);
  });

  it('rejects soon while the server hangs, and works again by itself', async () => {
    server.pause();
    await expectOutage(store);
    server.resume();
    await works(store);
  });

  it('does not write later what it gave up', async () => {
    const key = someKey();
    const lease = await store.acquire(key, { termMs: 60_000, holder: 'test' });
    await server.kill();
    await expect(store.commit(lease!, someToken())).rejects.toThrow(TokenStoreUnavailable);
    await server.restart();
    await works(store);
    expect(await store.get(key)).toBeUndefined();
  });

  it('notifies listeners, when it is back, that they may have missed a change', async () => {
    const heard: (string | undefined)[] = [];
    store.onChange((keyId) => heard.push(keyId));
    const undefinedHeard = () => Promise.resolve(heard.includes(undefined) || undefined);
    await until('it listens', undefinedHeard, BOUND_MS);
    await server.kill();
    heard.length = 0;
    await server.restart();
    await until('it listens again', undefinedHeard, BOUND_MS);
    await works(store);
    const key = someKey();
    await storeToken(store, key);
    await until('the word of it', () => Promise.resolve(heard.includes(key.id) || undefined), BOUND_MS);
  });

  it('can be closed while the server hangs, and rejects from then on', async () => {
    server.pause();
    await store.close();
    server.resume();
    await expect(store.get(someKey())).rejects.toThrow(TokenStoreUnavailable);
  });
});

describeWithRedis('RedisTokenStore without a server', () => {
  it('can be created without a server, logs that once, and works when there is one', async () => {
    const log = captureLog();
    const port = await freePort();
    const store = await openRedisStore({ url: `redis://user:geheim@127.0.0.1:${port}` });
    await expectOutage(store);
    const error: unknown = await store.get(someKey()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(`127.0.0.1:${port}`) });
    const server = await RedisServer.start({
      port,
      args: ['--user', 'user', 'on', '>geheim', '~*', '&*', '+@all'],
    });
    await works(store);
    await store.close();
    await server.stop();
    log.end();
    expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    expect(log.lines.join('\n')).not.toContain('geheim');
  });
});
