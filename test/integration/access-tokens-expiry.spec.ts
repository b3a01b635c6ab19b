import { type FaultInput } from '../../src/testing/index.js';
import { type Campus, readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

describe('the life of an access token', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  /** Checks, to the millisecond, that the token is used for this number of seconds and then replaced. */
  async function expectFreshFor(campus: Campus, seconds: number): Promise<void> {
    const client = await campus.authenticate();
    // No call before that moment, because it would renew the token in the background.
    scene.clock.advance(seconds * 1000 - 1);
    expect(client.isExpired()).toBe(false);
    scene.clock.advance(1);
    expect(client.isExpired()).toBe(true);
    const next = await campus.authenticate();
    expect([next.accessToken.hash === client.accessToken.hash, campus.tokenRequests]).toEqual([false, 2]);
  }

  it.each([
    { life: 3600, freshFor: 3540 },
    { life: 300, freshFor: 240 },
    { life: 30, freshFor: 24 },
  ])('a token of $life s is used for $freshFor s', async ({ life, freshFor }) => {
    await expectFreshFor(await scene.campus({ tokenLifeSeconds: life }), freshFor);
  });

  it.each<[string, Partial<FaultInput>, number]>([
    ['missing', {}, 3540],
    ['null', { value: null }, 3540],
    ['a numeric string', { value: '600' }, 540],
    ['0', { value: 0 }, 4],
    ['negative', { value: -3600 }, 4],
    ['nonsense', { value: 'soon' }, 4],
    ['true', { value: true }, 4],
  ])('a token whose expires_in is %s is used all the same', async (_, lie, freshFor) => {
    const campus = await scene.campus();
    campus.lms.faults.add({ kind: 'expires-in', times: 'always', ...lie } as FaultInput);
    await expectFreshFor(campus, freshFor);
  });

  it('the life of a token starts before the request, however long the answer took', async () => {
    const campus = await scene.campus({ tokenLifeSeconds: 300 });
    campus.lms.faults.add({ kind: 'latency', ms: 8000, on: 'token' });
    const askedAt = scene.clock.now().getTime();
    const authenticated = campus.authenticate();
    await scene.clock.untilSleeping();
    scene.clock.advance(8000);
    const { issuedAt, expiresAt } = (await authenticated).accessToken;
    expect([issuedAt.getTime() - askedAt, expiresAt.getTime() - askedAt]).toEqual([0, 300_000]);
  });

  it('an expires_in without meaning causes no burst of requests', async () => {
    const campus = await scene.campus();
    campus.lms.faults.add({ kind: 'expires-in', value: 0, times: 'always' });
    const endpoints = campus.newCourse();
    for (let second = 0; second < 12; second += 1) {
      await Promise.all(Array.from({ length: 100 }, () => campus.authenticate(endpoints)));
      scene.clock.advance(1000);
    }
    expect(campus.tokenRequests).toBe(3);
  });

  it('a token that ends during use is renewed by the next call, without a 401', async () => {
    const campus = await scene.campus({ tokenLifeSeconds: 300 });
    const client = await campus.authenticate();
    for (let minute = 0; minute < 10; minute += 1) {
      expect((await readRoster(client)).status).toBe(200);
      scene.clock.advance(60_000);
    }
    expect([campus.tokenRequests, campus.lms.counts.rejected]).toEqual([3, {}]);
  });
});
