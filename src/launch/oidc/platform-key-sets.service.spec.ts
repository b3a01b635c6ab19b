import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { platformHttpHarness } from '../../../test/support/platform-http-harness.js';
import { until } from '../../../test/support/until.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { PlatformKeySets } from './platform-key-sets.service.js';

describe('the key sets of platforms', () => {
  const harness = platformHttpHarness();
  let key: JWK;
  let clock: FakeClock;

  beforeAll(async () => {
    const { publicKey } = await generateKeyPair('ES256');
    key = await exportJWK(publicKey);
  });
  beforeEach(() => {
    clock = new FakeClock();
  });

  /** A platform whose key set has the given ids, or that answers with a status. */
  async function platform() {
    const state = { kids: ['one'], status: 200, cacheControl: undefined as string | undefined };
    const server = await harness.serve((response) => {
      if (state.cacheControl !== undefined) response.setHeader('cache-control', state.cacheControl);
      response.statusCode = state.status;
      response.end(JSON.stringify({ keys: state.kids.map((kid) => ({ ...key, kid, use: 'sig' })) }));
    });
    const keySets = new PlatformKeySets(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/jwks`;
    const find = (kid: string, algorithm = 'ES256') => keySets.find({ jwksUrl, kid, algorithm });
    return { state, server, find };
  }

  it('are fetched once by all who ask at once', async () => {
    const { server, find } = await platform();
    const keys = await Promise.all(Array.from({ length: 100 }, () => find('one')));
    expect(new Set(keys).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [undefined, 3_600_000],
    ['max-age=7200', 7_200_000],
    ['public, max-age=600, must-revalidate', 600_000],
    ['max-age=5', 60_000],
    ['no-store', 60_000],
    ['max-age=99999999', 86_400_000],
    ['max-age=nonsense', 3_600_000],
  ])('with Cache-Control %s are kept for %i ms', async (cacheControl, lifeMs) => {
    const { state, server, find } = await platform();
    state.cacheControl = cacheControl;
    await find('one');
    clock.advance(lifeMs - 1);
    await find('one');
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    await find('one');
    expect(server.requests).toHaveLength(2);
  });

  it('are asked for again for an unknown key, but not within half a minute, whoever asks', async () => {
    const { state, server, find } = await platform();
    await find('one');
    clock.advance(30_000);
    state.kids = ['two'];
    await expect(find('two')).resolves.toBeDefined();
    expect(server.requests).toHaveLength(2);
    const unknown = await Promise.all(Array.from({ length: 50 }, (_, nth) => find(`unknown-${nth}`)));
    expect(unknown.every((found) => found === undefined)).toBe(true);
    expect(server.requests).toHaveLength(2);
    clock.advance(30_000);
    await Promise.all(Array.from({ length: 50 }, (_, nth) => find(`unknown-${nth}`)));
    expect(server.requests).toHaveLength(3);
  });

  it('serve during an outage, with one try in five seconds, and are fetched anew after it', async () => {
    const { state, server, find } = await platform();
    await find('one');
    state.status = 500;
    clock.advance(3_600_000);
    await expect(find('one')).resolves.toBeDefined();
    await expect(find('one')).resolves.toBeDefined();
    expect(server.requests).toHaveLength(2);
    clock.advance(5000);
    state.status = 200;
    state.kids = ['two'];
    await expect(find('two')).resolves.toBeDefined();
  });

  it('serve without a wait while the platform hangs', async () => {
    const state = { hangs: false };
    const server = await harness.serve((response) => {
      if (!state.hangs) response.end(JSON.stringify({ keys: [{ ...key, kid: 'one' }] }));
    });
    const keySets = new PlatformKeySets(harness.client({ timeoutMs: 100 }, clock), clock);
    const find = () =>
      keySets.find({ jwksUrl: `http://127.0.0.1:${server.port}/jwks`, kid: 'one', algorithm: 'ES256' });
    await find();
    state.hangs = true;
    clock.advance(3_600_000);
    await find();
    // The fetch has failed by now, and is not tried again at once; nor does anybody wait for the next one.
    await find();
    expect(server.requests).toHaveLength(2);
    clock.advance(5000);
    await expect(find()).resolves.toBeDefined();
    await until('the platform is asked again', () => Promise.resolve(server.requests[2]));
  });

  it('that were never read are an error with the time of the next try, for the same while without another one', async () => {
    const { state, server, find } = await platform();
    state.status = 503;
    const failure = {
      code: 'platform_keys_unavailable',
      status: 503,
      retryAt: new Date(clock.nowMs() + 5000),
    };
    await expect(find('one')).rejects.toMatchObject(failure);
    await expect(find('one')).rejects.toMatchObject(failure);
    expect(server.requests).toHaveLength(1);
    clock.advance(5000);
    state.status = 200;
    await expect(find('one')).resolves.toBeDefined();
  });

  it('are fetched while the platform has everything else wait', async () => {
    const server = await harness.serve((response, { url }) => {
      if (url === '/jwks') return response.end(JSON.stringify({ keys: [{ ...key, kid: 'one' }] }));
      return response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    const http = harness.client({}, clock);
    const origin = `http://127.0.0.1:${server.port}`;
    const call = { method: 'GET', url: `${origin}/members`, maxThrottleWaitMs: 0 } as const;
    await expect(http.send(call)).rejects.toMatchObject({ code: 'platform_throttled' });
    const keySets = new PlatformKeySets(http, clock);
    const wanted = { jwksUrl: `${origin}/jwks`, kid: 'one', algorithm: 'ES256' };
    await expect(keySets.find(wanted)).resolves.toBeDefined();
  });

  it('that are older than a week do not serve any more', async () => {
    const { state, find } = await platform();
    await find('one');
    state.status = 500;
    clock.advance(7 * 86_400_000 + 1);
    await expect(find('one')).rejects.toMatchObject({ code: 'platform_keys_unavailable' });
  });

  it.each([
    ['is no JSON', '<html>'],
    ['has no keys', '{}'],
    [
      'has more keys than anybody',
      JSON.stringify({ keys: Array.from({ length: 201 }, () => ({ kty: 'EC' })) }),
    ],
    ['is larger than a mebibyte', `{"keys":[],"pad":"${'x'.repeat(1024 * 1024)}"}`],
  ])('are not read from what %s', async (_, body) => {
    const server = await harness.serve((response) => response.end(body));
    const keySets = new PlatformKeySets(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/jwks`;
    await expect(keySets.find({ jwksUrl, kid: 'one', algorithm: 'ES256' })).rejects.toMatchObject({
      code: 'platform_keys_unavailable',
    });
  });

  it.each([
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }, 'HS256'],
    ['for encryption', { use: 'enc' }, 'ES256'],
    ['for another algorithm', { alg: 'ES384' }, 'ES256'],
    ['not for verifying', { key_ops: ['sign'] }, 'ES256'],
  ])('hold no usable key where it is %s', async (_, changes, algorithm) => {
    const server = await harness.serve((response) =>
      response.end(JSON.stringify({ keys: ['unreadable', { ...key, kid: 'one', ...changes }] })),
    );
    const keySets = new PlatformKeySets(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/jwks`;
    await expect(keySets.find({ jwksUrl, kid: 'one', algorithm })).resolves.toBeUndefined();
  });
});
