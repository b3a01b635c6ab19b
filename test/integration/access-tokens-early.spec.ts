import { TokenRequestFailed } from '../../src/access-tokens/access-token.errors.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { type Campus, readRoster } from '../support/campus.js';
import { FaultyTokenStore } from '../support/faulty-token-store.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { composeOAuth } from '../support/oauth-composition.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';
import { until } from '../support/until.js';

const SECOND_MS = 1000;
/** A token of an hour: 5 min before its margin of a minute, jittered over the first half of that. */
const WINDOW_MS = 3240 * SECOND_MS;
const SURELY_DUE_MS = 3390 * SECOND_MS;
const MARGIN_MS = 3540 * SECOND_MS;

describe('renewal before the end', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  const hashOf = async (campus: Campus): Promise<string> => (await campus.authenticate({})).accessToken.hash;
  const untilRequests = (campus: Campus, count: number) =>
    until(`${count} token requests`, () => Promise.resolve(campus.tokenRequests >= count || undefined));
  /** Calls `obtain` repeatedly until the token has changed. */
  const untilRenewed = (campus: Campus, hash: string) =>
    until('a new token', async () => ((await hashOf(campus)) === hash ? undefined : true));

  it('is started by the first call in its time, while all callers use the present token', async () => {
    const campus = await scene.campus();
    const hash = await hashOf(campus);
    scene.clock.advance(SURELY_DUE_MS);
    campus.lms.faults.add({ kind: 'latency', ms: SECOND_MS, on: 'token' });
    const herd = await Promise.all(Array.from({ length: 50 }, () => hashOf(campus)));
    expect(new Set(herd)).toEqual(new Set([hash]));
    await scene.clock.untilSleeping();
    expect(campus.tokenRequests).toBe(2);
    scene.clock.advance(SECOND_MS);
    await untilRenewed(campus, hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('has a random time that is chosen once for a token, however often the store is read', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValueOnce(0.9).mockReturnValue(0);
    const campus = await scene.campus();
    await hashOf(campus);
    // From the beginning of the early renewal, one call each minute; the random numbers trigger it each time but the
    // first.
    scene.clock.advance(WINDOW_MS);
    await hashOf(campus);
    scene.clock.advance(100 * SECOND_MS);
    await hashOf(campus);
    await scene.atRest();
    expect(campus.tokenRequests).toBe(1);
    random.mockRestore();
  });

  it('is started by the call of a client that already has its token', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    const { hash } = client.accessToken;
    scene.clock.advance(SURELY_DUE_MS);
    expect((await readRoster(client)).status).toBe(200);
    await untilRequests(campus, 2);
    await until('the new token', async () => {
      await readRoster(client);
      return client.accessToken.hash === hash ? undefined : true;
    });
    expect([campus.tokenRequests, campus.lms.counts.rejected]).toEqual([2, {}]);
  });

  it('does not start earlier, however many callers there are', async () => {
    const campus = await scene.campus();
    await hashOf(campus);
    for (const ms of [0, WINDOW_MS / 2, WINDOW_MS / 2 - 1]) {
      scene.clock.advance(ms);
      await Promise.all(Array.from({ length: 20 }, () => hashOf(campus)));
    }
    expect(campus.tokenRequests).toBe(1);
  });

  it('is tried again after 30 s if it fails, and the present token is used until 5 s before its end', async () => {
    const campus = await scene.campus();
    const hash = await hashOf(campus);
    campus.lms.faults.add({ kind: 'html', on: 'token', times: 'always' });
    scene.clock.advance(SURELY_DUE_MS);
    let elapsedMs = SURELY_DUE_MS;
    await hashOf(campus);
    await untilRequests(campus, 2);
    for (; elapsedMs < 3595 * SECOND_MS; elapsedMs += SECOND_MS) {
      expect(await hashOf(campus)).toBe(hash);
      await scene.atRest();
      scene.clock.advance(SECOND_MS);
    }
    // 205 s at one request in 30 s, the first one included.
    expect(campus.tokenRequests).toBeGreaterThanOrEqual(1 + 6);
    expect(campus.tokenRequests).toBeLessThanOrEqual(1 + 8);
    await expect(campus.authenticate({})).rejects.toThrow(TokenRequestFailed);
    campus.lms.faults.clear();
    scene.clock.advance(60 * SECOND_MS);
    expect(await hashOf(campus)).not.toBe(hash);
  });

  it('does not take the token away from a client if it fails, also within the margin', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    campus.lms.faults.add({ kind: 'html', on: 'token', times: 'always' });
    scene.clock.advance(MARGIN_MS);
    expect(client.isExpired()).toBe(true);
    expect((await readRoster(client)).status).toBe(200);
    scene.clock.advance(54 * SECOND_MS);
    expect((await readRoster(client)).status).toBe(200);
    scene.clock.advance(SECOND_MS);
    await expect(readRoster(client)).rejects.toThrow(TokenRequestFailed);
  });

  describe('in an hour of calls', () => {
    /** Calls each second, as many callers together do. */
    const requestsInAnHour = async (campus: Campus): Promise<number> => {
      for (let second = 0; second < 3600; second += 1) {
        expect((await campus.authenticate({})).isExpired()).toBe(false);
        await scene.atRest();
        scene.clock.advance(SECOND_MS);
      }
      return campus.tokenRequests;
    };

    it.each([
      { life: 300, most: 21 },
      { life: 30, most: 201 },
    ])('sends no burst of requests for tokens that live $life s', async ({ life, most }) => {
      expect(await requestsInAnHour(await scene.campus({ tokenLifeSeconds: life }))).toBeLessThanOrEqual(
        most,
      );
    });

    it.each([
      { expiresIn: 'missing', lie: {}, most: 2 },
      { expiresIn: '"3600"', lie: { value: '3600' }, most: 2 },
      // Each token lives five seconds; the last second is its margin.
      { expiresIn: '0', lie: { value: 0 }, most: 901 },
    ])('sends no burst of requests for tokens whose expires_in is $expiresIn', async ({ lie, most }) => {
      const campus = await scene.campus();
      campus.lms.faults.add({ kind: 'expires-in', times: 'always', ...lie });
      expect(await requestsInAnHour(campus)).toBeLessThanOrEqual(most);
    });
  });
});

it('finishes a renewal in the background, and stores its token, before the app stops', async () => {
  const [clock, store] = [new FakeClock(), new MemoryTokenStore()];
  const { oauth, refresher, stop } = composeOAuth(await createSigningKeys(), clock, store);
  let answer: () => void = () => undefined;
  const lms = await LoopbackServer.start((response, _, nth) => {
    answer = () => response.end(`{"access_token":"token-${nth}","expires_in":3600}`);
    if (nth === 1) answer();
  });
  try {
    const registration = registrationFixture({ tokenUrl: lms.url('/token') });
    await oauth.authenticate(registration, {});
    clock.advance(SURELY_DUE_MS);
    await oauth.authenticate(registration, {});
    await lms.untilRequests(2);
    let isReady = false;
    const ready = refresher.beforeApplicationShutdown().then(() => (isReady = true));
    await new Promise(setImmediate);
    expect(isReady).toBe(false);
    answer();
    await ready;
    const { id, revision, scopes } = registration;
    expect((await store.get(new AccessTokenKey(id, revision, scopes)))?.token?.value).toBe('token-2');
  } finally {
    await stop();
    await lms.stop();
  }
});

describe('a platform that gives the same token until its end', () => {
  it.each([
    ['', undefined],
    [', while the store is down too', 'rejects'],
  ] as const)('is asked once early and once at the end%s', async (_, fault) => {
    const store = new FaultyTokenStore();
    if (fault !== undefined) store.faults.set('all', fault);
    const scene = await TokenScene.compose(await createSigningKeys(), store);
    let tokenRequests = 0;
    const bornAt = scene.clock.now().getTime();
    const lms = await LoopbackServer.start((response) => {
      tokenRequests += 1;
      const age = Math.floor((scene.clock.now().getTime() - bornAt) / SECOND_MS);
      const life = 3600;
      const token = { access_token: `token-${Math.floor(age / life)}`, expires_in: life - (age % life) };
      response.end(JSON.stringify(token));
    });
    try {
      const registration = registrationFixture({ tokenUrl: lms.url('/token') });
      const requestsByHour: number[] = [];
      for (let hour = 0; hour < 2; hour += 1) {
        for (let second = 0; second < 3600; second += 10) {
          const client = await scene.oauth.authenticate(registration, {});
          expect(client.isExpired()).toBe(false);
          await scene.atRest();
          scene.clock.advance(10 * SECOND_MS);
        }
        requestsByHour.push(tokenRequests);
      }
      expect(requestsByHour).toEqual([2, 4]);
    } finally {
      await Promise.all([lms.stop(), scene.stop()]);
    }
  });
});
