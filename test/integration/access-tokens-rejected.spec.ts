import { Scope } from '../../src/common/scopes.js';
import { AuthenticationFailed, ScopeMismatch, TokenRequestFailed } from '../../src/oauth/oauth.errors.js';
import { AccessTokenKey } from '../../src/token-store/access-token-key.js';
import { MemoryTokenStore } from '../../src/token-store/memory-token-store.js';
import { readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

/** From this age on a token may be at fault for a 401. */
const OLD_MS = 60_000;

describe('after a 401', () => {
  let keys: SigningKeys;
  let store: MemoryTokenStore;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    store = new MemoryTokenStore();
    scene = await TokenScene.compose(keys, store);
  });
  afterEach(() => scene.stop());

  it('a token of a minute is renewed once, and the call is made again', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 2]);
    await readRoster(client);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 3]);
  });

  it('a younger token is not: the 401 must be about permission', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS - 1);
    campus.lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
    await expect(readRoster(client)).rejects.toThrow(AuthenticationFailed);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([1, 1]);
    expect((await readRoster(client)).status).toBe(200);
  });

  it('a token that worked elsewhere meanwhile is not', async () => {
    const campus = await scene.campus();
    const [refused, allowed] = [await campus.authenticate(), await campus.authenticate()];
    scene.clock.advance(OLD_MS);
    campus.lms.withdrawTool('course-1');
    campus.lms.faults.add({ kind: 'latency', ms: 1000, course: 'course-1' });
    const outcome = expect(readRoster(refused)).rejects.toThrow(AuthenticationFailed);
    await scene.clock.untilSleeping();
    scene.clock.advance(1000 - 1);
    expect((await readRoster(allowed)).status).toBe(200);
    scene.clock.advance(1);
    await outcome;
    expect(campus.tokenRequests).toBe(1);
  });

  it('a token that worked before this call began may be dead by now', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    await readRoster(client);
    scene.clock.advance(1);
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('a second 401 with the new token is final', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    campus.lms.withdrawTool('course-1');
    const failure: unknown = await readRoster(client).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AuthenticationFailed);
    expect(failure).toMatchObject({ code: 'authentication_failed', status: 502, conclusive: true });
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 2]);
  });

  it('a rejected token is never taken back, not even when the store has it again', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    const dead = client.accessToken;
    scene.clock.advance(OLD_MS);
    campus.lms.expireTokens();
    await readRoster(client);
    const { id, revision, scopes } = campus.registration;
    const lease = await store.acquire(new AccessTokenKey(id, revision, scopes), {
      termMs: 1000,
      holder: 'test',
    });
    await store.commit(lease!, dead);
    const next = await campus.authenticate();
    expect(next.accessToken.hash).not.toBe(dead.hash);
    expect((await readRoster(next)).status).toBe(200);
    expect(campus.tokenRequests).toBe(3);
    expect(() =>
      scene.oauth.fromAccessToken(dead, { registration: campus.registration, endpoints: {} }),
    ).toThrow(/Authenticate again/);
  });

  it('another token in the store is taken, without a request, however young the rejected one is', async () => {
    const campus = await scene.campus();
    const [behind, ahead] = [await campus.authenticate(), await campus.authenticate()];
    scene.clock.advance(10_000);
    await ahead.forceRefresh();
    expect(behind.accessToken.hash).not.toBe(ahead.accessToken.hash);
    campus.lms.faults.add({ kind: 'unauthorized', expireToken: true, course: 'course-1' });
    expect((await readRoster(behind)).status).toBe(200);
    expect(behind.accessToken.hash).toBe(ahead.accessToken.hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('a token that is being renewed is given to nobody', async () => {
    const campus = await scene.campus();
    const { accessToken: token, registration } = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    await campus.authenticate();
    const wish = { registration, needed: [], onRequest: () => undefined };
    const rejection = { token, url: campus.lms.url, sentAt: scene.clock.now() };
    const renewed = scene.tokens.replaceRejected(wish, rejection);
    await new Promise(setImmediate);
    const { accessToken: other } = await campus.authenticate({});
    expect(other.hash).toBe((await renewed).hash);
    expect(other.hash).not.toBe(token.hash);
  });

  it('a token stays dead where the new one is too narrow', async () => {
    const campus = await scene.campus({ family: 'moodle' });
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    scene.introduce(campus.lms, campus.registration.clientId, [Scope.score]);
    campus.lms.expireTokens();
    await expect(readRoster(client)).rejects.toThrow(ScopeMismatch);
    expect(client.isExpired()).toBe(true);
    await expect(readRoster(client)).rejects.toThrow(ScopeMismatch);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 1]);
  });

  it('when no new token is to be had the caller hears when there may be one', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    campus.lms.expireTokens();
    campus.lms.faults.add({ kind: 'html', on: 'token' });
    const failure: unknown = await readRoster(client).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TokenRequestFailed);
    scene.clock.advance((failure as TokenRequestFailed).retryAt!.getTime() - scene.clock.now().getTime());
    expect((await readRoster(client)).status).toBe(200);
  });

  it('there was none, for a 403: the answer is handed on', async () => {
    const campus = await scene.campus({ family: 'openedx' });
    const { membershipsUrl } = campus.lms.addCourse({ members: 2000 });
    const client = await campus.authenticate({ memberships: membershipsUrl });
    scene.clock.advance(OLD_MS);
    expect((await readRoster(client)).status).toBe(403);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([1, 1]);
  });

  describe("of Sakai's kind, which is a 403,", () => {
    it('a dead token is renewed', async () => {
      const campus = await scene.campus({ family: 'sakai' });
      const client = await campus.authenticate();
      scene.clock.advance(OLD_MS);
      campus.lms.expireTokens();
      expect((await readRoster(client)).status).toBe(200);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 2]);
    });

    it('a renewal that does not help is not repeated, and the answer is handed on', async () => {
      const campus = await scene.campus({ family: 'sakai' });
      const client = await campus.authenticate();
      scene.clock.advance(OLD_MS);
      campus.lms.withdrawTool('course-1');
      expect((await readRoster(client)).status).toBe(403);
      expect((await readRoster(client)).status).toBe(403);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 3]);
    });
  });
});
