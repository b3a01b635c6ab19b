import { platformHttpHarness } from '../../../test/support/platform-http-harness.js';
import { until } from '../../../test/support/until.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { PlatformKeySetService } from './platform-key-set.service.js';

const KEY_SET = '{"keys":[]}';

describe('the key sets of platforms', () => {
  const harness = platformHttpHarness();
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
  });

  /** A platform with a key set, or that answers with a status. */
  async function platform() {
    const state = { status: 200, cacheControl: undefined as string | undefined };
    const server = await harness.serve((response) => {
      if (state.cacheControl !== undefined) response.setHeader('cache-control', state.cacheControl);
      response.statusCode = state.status;
      response.end(KEY_SET);
    });
    const keySets = new PlatformKeySetService(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/jwks`;
    const get = () => keySets.get(jwksUrl);
    /** Tokens that the present set does not fit, one after the other. */
    const misfits = async (count: number) => {
      for (let nth = 0; nth < count; nth += 1) await keySets.newerThan(await get(), jwksUrl);
    };
    return { state, server, get, misfits, keySets, jwksUrl };
  }

  it('are fetched once by all who ask at once', async () => {
    const { server, get } = await platform();
    const sets = await Promise.all(Array.from({ length: 100 }, () => get()));
    expect(new Set(sets).size).toBe(1);
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
    const { state, server, get } = await platform();
    state.cacheControl = cacheControl;
    await get();
    clock.advance(lifeMs - 1);
    await get();
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    await get();
    expect(server.requests).toHaveLength(2);
  });

  it('are fetched again for tokens that they do not fit: three times at once, then once in half a minute', async () => {
    const { server, get, misfits } = await platform();
    await get();
    await misfits(50);
    expect(server.requests).toHaveLength(1 + 3);
    clock.advance(29_999);
    await misfits(50);
    expect(server.requests).toHaveLength(1 + 3);
    clock.advance(1);
    await misfits(50);
    expect(server.requests).toHaveLength(1 + 3 + 1);
    clock.advance(3_000_000);
    await misfits(50);
    expect(server.requests).toHaveLength(1 + 3 + 1 + 3);
  });

  it('are fetched once for all tokens that the same set does not fit', async () => {
    const { server, get, keySets, jwksUrl } = await platform();
    const present = await get();
    const newer = await Promise.all(Array.from({ length: 50 }, () => keySets.newerThan(present, jwksUrl)));
    expect(new Set(newer)).toEqual(new Set([await get()]));
    expect(newer[0]).not.toBe(present);
    await expect(keySets.newerThan(present, jwksUrl)).resolves.toBe(newer[0]);
    expect(server.requests).toHaveLength(2);
  });

  it('are fetched again for such tokens after the clock was set back', async () => {
    const { server, get, misfits } = await platform();
    await get();
    await misfits(50);
    clock.advance(-3_000_000);
    await get();
    const before = server.requests.length;
    await misfits(50);
    expect(server.requests).toHaveLength(before + 3);
  });

  it('are not fetched for such tokens within five seconds of a failure', async () => {
    const { state, server, get, misfits } = await platform();
    await get();
    state.status = 500;
    await misfits(50);
    expect(server.requests).toHaveLength(2);
    clock.advance(5000);
    await misfits(1);
    expect(server.requests).toHaveLength(3);
  });

  it('serve during an outage, with one try in five seconds, and are fetched anew after it', async () => {
    const { state, server, get } = await platform();
    await get();
    state.status = 500;
    clock.advance(3_600_000);
    await expect(get()).resolves.toBeDefined();
    await expect(get()).resolves.toBeDefined();
    expect(server.requests).toHaveLength(2);
    clock.advance(5000);
    state.status = 200;
    await expect(get()).resolves.toBeDefined();
  });

  it('serve without a wait while the platform hangs', async () => {
    const state = { hangs: false };
    const server = await harness.serve((response) => {
      if (!state.hangs) response.end(KEY_SET);
    });
    const keySets = new PlatformKeySetService(harness.client({ timeoutMs: 100 }, clock), clock);
    const get = () => keySets.get(`http://127.0.0.1:${server.port}/jwks`);
    await get();
    state.hangs = true;
    clock.advance(3_600_000);
    await get();
    // The fetch has failed by now, and is not tried again at once; nor does anybody wait for the next one.
    await get();
    expect(server.requests).toHaveLength(2);
    clock.advance(5000);
    await expect(get()).resolves.toBeDefined();
    await until('the platform is asked again', () => Promise.resolve(server.requests[2]));
  });

  it('that were never read are an error with the time of the next try, for the same while without another one', async () => {
    const { state, server, get } = await platform();
    state.status = 503;
    const failure = {
      code: 'platform_keys_unavailable',
      status: 503,
      retryAt: new Date(clock.nowMs() + 5000),
    };
    await expect(get()).rejects.toMatchObject(failure);
    await expect(get()).rejects.toMatchObject(failure);
    expect(server.requests).toHaveLength(1);
    clock.advance(5000);
    state.status = 200;
    await expect(get()).resolves.toBeDefined();
  });

  it('are fetched while the platform has everything else wait', async () => {
    const server = await harness.serve((response, { url }) => {
      if (url === '/jwks') return response.end(KEY_SET);
      return response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    const http = harness.client({}, clock);
    const origin = `http://127.0.0.1:${server.port}`;
    const call = { method: 'GET', url: `${origin}/members`, maxThrottleWaitMs: 0 } as const;
    await expect(http.send(call)).rejects.toMatchObject({ code: 'platform_throttled' });
    const keySets = new PlatformKeySetService(http, clock);
    await expect(keySets.get(`${origin}/jwks`)).resolves.toBeDefined();
  });

  it('that are older than a week do not serve any more', async () => {
    const { state, get } = await platform();
    await get();
    state.status = 500;
    clock.advance(7 * 86_400_000 + 1);
    await expect(get()).rejects.toMatchObject({ code: 'platform_keys_unavailable' });
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
    const keySets = new PlatformKeySetService(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/jwks`;
    await expect(keySets.get(jwksUrl)).rejects.toMatchObject({
      code: 'platform_keys_unavailable',
    });
  });
});
