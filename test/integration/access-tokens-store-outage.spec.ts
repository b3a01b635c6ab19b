import { Scope } from '../../src/common/scopes.js';
import { TokenRequestRefused } from '../../src/access-tokens/access-token.errors.js';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type Campus, readRoster } from '../support/campus.js';
import { FaultyTokenStore } from '../support/faulty-token-store.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';
import { until } from '../support/until.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

describe('while the token store', () => {
  let keys: SigningKeys;
  let store: FaultyTokenStore;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    store = new FaultyTokenStore();
    scene = await TokenScene.compose(keys, store);
  });
  afterEach(() => scene.stop());

  const keyOf = ({ registration: { id, revision, scopes } }: Campus) =>
    new AccessTokenKey(id, revision, scopes);
  const hashOf = async (campus: Campus): Promise<string> => (await campus.authenticate({})).accessToken.hash;
  const herd = async (campus: Campus): Promise<Set<string>> =>
    new Set(await Promise.all(Array.from({ length: 50 }, () => hashOf(campus))));
  const storedHash = async (campus: Campus) => (await store.inner.get(keyOf(campus)))?.token?.hash;

  it.each(['rejects', 'hangs'] as const)(
    '%s everything, all callers get one token by one request, which stays in use',
    async (fault) => {
      const campus = await scene.campus();
      store.faults.set('all', fault);
      expect((await herd(campus)).size).toBe(1);
      for (let minute = 0; minute < 5; minute += 1) {
        scene.clock.advance(MINUTE_MS);
        expect((await herd(campus)).size).toBe(1);
      }
      expect(campus.tokenRequests).toBe(1);
    },
  );

  it.each(['acquire', 'commit', 'release'] as const)(
    'fails at %s alone, callers get their tokens all the same',
    async (operation) => {
      const campus = await scene.campus();
      store.faults.set(operation, 'rejects');
      expect((await herd(campus)).size).toBe(1);
      expect(campus.tokenRequests).toBe(1);
    },
  );

  it('is down, a token in memory is used to its end, and is renewed then', async () => {
    const campus = await scene.campus();
    const hash = await hashOf(campus);
    store.faults.set('all', 'rejects');
    for (let minute = 1; minute < 54; minute += 1) {
      scene.clock.advance(MINUTE_MS);
      expect(await hashOf(campus)).toBe(hash);
    }
    expect(campus.tokenRequests).toBe(1);
    scene.clock.advance(6 * MINUTE_MS);
    expect(await hashOf(campus)).not.toBe(hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('is down, an invalid token is renewed after a 401', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(MINUTE_MS);
    campus.lms.expireTokens();
    store.faults.set('all', 'rejects');
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('is down, a failure is remembered in the process', async () => {
    const campus = await scene.campus({ knowsTool: false });
    store.faults.set('all', 'rejects');
    for (let call = 0; call < 3; call += 1) {
      await expect(campus.authenticate({})).rejects.toThrow(TokenRequestRefused);
    }
    expect(campus.tokenRequests).toBe(1);
  });

  it('is down, it is not called after three failures, for a time that doubles to 15 s', async () => {
    const campus = await scene.campus();
    store.faults.set('all', 'rejects');
    await hashOf(campus);
    // Tokens in memory are used meanwhile. An edit of the registration calls the store each time.
    const callsAfter = async (ms: number): Promise<number> => {
      scene.clock.advance(ms);
      const before = store.callCount;
      for (let call = 0; call < 5; call += 1) {
        campus.registration.revision += 1;
        await hashOf(campus);
      }
      return store.callCount - before;
    };
    await callsAfter(0);
    const pauses = [1, 2, 4, 8, 15, 15];
    for (const seconds of pauses) {
      expect(await callsAfter(seconds * SECOND_MS - 1)).toBe(0);
      expect(await callsAfter(1)).toBe(1);
    }
    store.faults.clear();
    scene.clock.advance(15 * SECOND_MS);
    expect(await callsAfter(0)).toBeGreaterThan(10);
  });

  it('was down, a token of that time is stored when it is back', async () => {
    const campus = await scene.campus();
    store.faults.set('all', 'rejects');
    const hash = await hashOf(campus);
    store.faults.clear();
    scene.clock.advance(20 * SECOND_MS);
    expect(await hashOf(campus)).toBe(hash);
    await until('the token in the store', async () =>
      (await storedHash(campus)) === hash ? true : undefined,
    );
    expect(campus.tokenRequests).toBe(1);
  });

  it.each([
    { kind: 'older', agoMs: MINUTE_MS, winner: 'own' },
    { kind: 'newer', agoMs: -MINUTE_MS, winner: 'theirs' },
  ])('was down, and has an $kind token when it is back, the newest wins', async ({ agoMs, winner }) => {
    const campus = await scene.campus();
    store.faults.set('all', 'rejects');
    const own = await hashOf(campus);
    const issuedAt = new Date(scene.clock.now().getTime() - agoMs);
    const theirs = new AccessToken({
      value: 'of-another-process',
      scopes: campus.registration.scopes,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + 60 * MINUTE_MS),
    });
    const lease = await store.inner.acquire(keyOf(campus), { termMs: 5000, holder: 'another' });
    await store.inner.commit(lease!, theirs);
    store.faults.clear();
    scene.clock.advance(2 * MINUTE_MS);
    const expected = winner === 'own' ? own : theirs.hash;
    expect(await hashOf(campus)).toBe(expected);
    await until('the newest token in the store', async () =>
      (await storedHash(campus)) === expected ? true : undefined,
    );
    expect(campus.tokenRequests).toBe(1);
  });

  it('was not down, a deleted token is not stored again', async () => {
    const campus = await scene.campus();
    const hash = await hashOf(campus);
    await store.inner.delete(keyOf(campus));
    expect(await hashOf(campus)).not.toBe(hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('was down, a token that was deleted meanwhile is not stored again', async () => {
    const campus = await scene.campus();
    const hash = await hashOf(campus);
    store.faults.set('all', 'rejects');
    scene.clock.advance(MINUTE_MS);
    expect(await hashOf(campus)).toBe(hash);
    await store.inner.delete(keyOf(campus));
    store.faults.clear();
    scene.clock.advance(20 * SECOND_MS);
    expect(await hashOf(campus)).not.toBe(hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('was down, an invalid token in it is not used, not even if the clock of its writer was ahead', async () => {
    const campus = await scene.campus();
    const now = scene.clock.now().getTime();
    const dead = new AccessToken({
      value: 'dead',
      scopes: campus.registration.scopes,
      issuedAt: new Date(now + 5 * MINUTE_MS),
      expiresAt: new Date(now + 65 * MINUTE_MS),
    });
    const lease = await store.inner.acquire(keyOf(campus), { termMs: 5000, holder: 'another' });
    await store.inner.commit(lease!, dead);
    const client = await campus.authenticate();
    expect(client.accessToken.hash).toBe(dead.hash);
    scene.clock.advance(MINUTE_MS);
    store.faults.set('all', 'rejects');
    await readRoster(client);
    store.faults.clear();
    scene.clock.advance(20 * SECOND_MS);
    expect(await hashOf(campus)).toBe(client.accessToken.hash);
    expect(campus.tokenRequests).toBe(1);
  });

  it('is down, a platform that refuses one scope is not asked again with each call', async () => {
    const grants = Object.values(Scope).filter((scope) => scope !== Scope.score);
    const campus = await scene.campus({ family: 'canvas', grants });
    store.faults.set('all', 'rejects');
    for (let call = 0; call < 10; call += 1) {
      expect((await campus.authenticate()).accessToken.scopes).toEqual([Scope.membershipReadonly]);
      scene.clock.advance(3 * SECOND_MS);
    }
    expect(campus.tokenRequests).toBe(2);
  });

  it('does not answer after it granted a lease for a late token, no caller has to wait for that lease', async () => {
    const campus = await scene.campus();
    store.faults.set('all', 'rejects');
    await hashOf(campus);
    store.faults.clear();
    scene.clock.advance(20 * SECOND_MS);
    const { get } = store;
    let reads = 0;
    store.get = (key) => ((reads += 1) === 2 ? Promise.reject(new Error('ECONNRESET')) : get(key));
    await hashOf(campus);
    await until('the lease handed back', async () => {
      const lease = await store.inner.acquire(keyOf(campus), { termMs: 5000, holder: 'another' });
      return lease && reads >= 2 ? lease : undefined;
    });
  });
});
