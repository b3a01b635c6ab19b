import { SimulatedPlatform } from '../simulated-platform.js';

describe('the key set of the simulated platform', () => {
  let lms: SimulatedPlatform;

  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'brightspace', keyAlgorithm: 'ES384' });
  });
  afterEach(() => lms.stop());

  const fetched = async () => {
    const response = await fetch(lms.jwksUrl);
    const { keys } = (await response.json()) as { keys: { kid: string; alg: string }[] };
    return { caching: response.headers.get('cache-control'), keys: keys.map(({ kid, alg }) => [kid, alg]) };
  };

  it('counts its requests and is cached as configured', async () => {
    expect(await fetched()).toMatchObject({ caching: null });
    lms.cacheKeySet('max-age=60');
    expect(await fetched()).toMatchObject({ caching: 'max-age=60' });
    expect(lms.counts.platformKeyFetches).toBe(2);
  });

  it('loses the old key when the keys are rotated', async () => {
    expect((await fetched()).keys).toEqual([['platform-key-1', 'ES384']]);
    lms.rotateKeys('ES256');
    expect((await fetched()).keys).toEqual([['platform-key-2', 'ES256']]);
    await fetch(`${lms.url}/_control/rotate-keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect((await fetched()).keys).toEqual([['platform-key-3', 'ES256']]);
  });

  it('has its own faults', async () => {
    lms.faults.add({ kind: 'unavailable', on: 'jwks' });
    expect((await fetch(lms.jwksUrl)).status).toBe(503);
    lms.faults.add({ kind: 'cut', on: 'jwks' });
    await expect(fetch(lms.jwksUrl)).rejects.toThrow('fetch failed');
    lms.faults.add({ kind: 'server-error', on: 'token' });
    expect((await fetched()).keys).toHaveLength(1);
  });
});
