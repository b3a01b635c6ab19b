import { Scope } from '../../src/common/scopes.js';
import {
  AuthenticationFailed,
  AuthenticationUndecided,
  ScopeMismatch,
  TokenRequestFailed,
} from '../../src/access-tokens/access-token.errors.js';
import { AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { type Campus, readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

const SECOND_MS = 1000;
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

  const failureOf = async (client: OAuthClient): Promise<AuthenticationFailed | AuthenticationUndecided> => {
    const failure: unknown = await readRoster(client).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    if (failure instanceof AuthenticationFailed || failure instanceof AuthenticationUndecided) return failure;
    throw new Error(`The call was not refused: ${String(failure)}`);
  };
  /** Expires the token and forces its renewal: no other renewal may be forced for a minute. */
  const renewedOnce = async (campus: Campus): Promise<OAuthClient> => {
    const client = await campus.authenticate();
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    scene.clock.advance(SECOND_MS);
    return client;
  };
  const tryAgain = (
    campus: Campus,
    client: OAuthClient,
    failure: AuthenticationFailed | AuthenticationUndecided,
  ) => {
    const { refusedCall } = failure as AuthenticationUndecided;
    return scene.oauth.authenticate(campus.registration, client.endpoints, { refusedCall });
  };

  it.each([0, 35_000, OLD_MS])(
    'an invalid token is renewed once, and the call is repeated, at the age of %i ms',
    async (ageMs) => {
      const campus = await scene.campus();
      const client = await campus.authenticate();
      scene.clock.advance(ageMs);
      campus.lms.expireTokens();
      expect((await readRoster(client)).status).toBe(200);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 2]);
      await readRoster(client);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 3]);
    },
  );

  it('the success of another call in flight does not prove that the token is valid', async () => {
    const campus = await scene.campus();
    const [slow, sibling] = [await campus.authenticate(), await campus.authenticate()];
    scene.clock.advance(OLD_MS);
    campus.lms.faults.add({ kind: 'latency', ms: 1000, course: 'course-1' });
    const answer = readRoster(slow);
    await scene.clock.untilSleeping();
    scene.clock.advance(500);
    expect((await readRoster(sibling)).status).toBe(200);
    campus.lms.expireTokens();
    scene.clock.advance(500);
    expect((await answer).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('a token that becomes invalid within a minute of a forced renewal gives calls a time for the next attempt', async () => {
    const campus = await scene.campus();
    const client = await renewedOnce(campus);
    campus.lms.expireTokens();
    for (const [afterMs, waitMs] of [
      [0, OLD_MS - SECOND_MS],
      [38_000, 30_000],
    ] as const) {
      scene.clock.advance(afterMs);
      const failure = await failureOf(client);
      expect(failure).toMatchObject({ conclusive: false, status: 503 });
      expect(failure.retryAt!.getTime() - scene.clock.nowMs()).toBe(waitMs);
    }
    expect(campus.tokenRequests).toBe(2);
    scene.clock.advance(30_000);
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(3);
  });

  it('a call sent after the 401 that succeeds proves that the token is valid: the next attempt decides', async () => {
    const campus = await scene.campus();
    const healthy = await renewedOnce(campus);
    const withdrawn = await campus.authenticate();
    campus.lms.withdrawTool('course-2');
    const first = await failureOf(withdrawn);
    expect(first.conclusive).toBe(false);
    scene.clock.advance(2 * SECOND_MS);
    expect((await readRoster(healthy)).status).toBe(200);
    expect(await failureOf(await tryAgain(campus, withdrawn, first))).toMatchObject({ conclusive: true });
    expect(campus.tokenRequests).toBe(2);
  });

  it('a call sent before the 401 that succeeds proves nothing', async () => {
    const campus = await scene.campus();
    const healthy = await renewedOnce(campus);
    const withdrawn = await campus.authenticate();
    campus.lms.withdrawTool('course-2');
    campus.lms.faults.add({ kind: 'latency', ms: 5000, course: 'course-2' });
    const failing = failureOf(withdrawn);
    await scene.clock.untilSleeping();
    scene.clock.advance(4000);
    expect((await readRoster(healthy)).status).toBe(200);
    scene.clock.advance(1000);
    const first = await failing;
    expect(first.conclusive).toBe(false);
    expect(await failureOf(await tryAgain(campus, withdrawn, first))).toMatchObject({ conclusive: false });
  });

  it('a token that was requested after the first 401 decides at the next attempt, without another renewal', async () => {
    const campus = await scene.campus();
    const healthy = await renewedOnce(campus);
    const withdrawn = await campus.authenticate();
    campus.lms.withdrawTool('course-2');
    const first = await failureOf(withdrawn);
    scene.clock.advance(OLD_MS);
    campus.lms.expireTokens();
    const renewer = await campus.authenticate();
    await scene.refusedCalls.replaceToken(
      { registration: campus.registration, needed: [], onRequest: () => undefined },
      { call: 'GET', url: campus.lms.url, tokens: [renewer.accessToken] },
    );
    expect(campus.tokenRequests).toBe(3);
    expect(await failureOf(await tryAgain(campus, withdrawn, first))).toMatchObject({ conclusive: true });
    expect((await readRoster(healthy)).status).toBe(200);
    expect(campus.tokenRequests).toBe(3);
  });

  it('a job gets no verdict when its next attempt meets a second invalid token', async () => {
    const campus = await scene.campus();
    const [job, other] = [await renewedOnce(campus), await campus.authenticate()];
    campus.lms.expireTokens();
    const first = await failureOf(job);
    // Another call forces a renewal, its token works, and dies as well.
    scene.clock.advance(OLD_MS);
    expect((await readRoster(other)).status).toBe(200);
    scene.clock.advance(5000);
    expect((await readRoster(other)).status).toBe(200);
    campus.lms.expireTokens();
    const second = await failureOf(await tryAgain(campus, job, first));
    expect(second.conclusive).toBe(false);
    scene.clock.advance(OLD_MS);
    expect((await readRoster(await tryAgain(campus, job, second))).status).toBe(200);
    expect(campus.tokenRequests).toBe(4);
  });

  it('an earlier refusal counts for a quarter of an hour, and until the call succeeds', async () => {
    const campus = await scene.campus();
    const client = await renewedOnce(campus);
    campus.lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
    const refused = await failureOf(client);
    scene.clock.advance(2 * SECOND_MS);
    const other = await campus.authenticate();
    expect((await readRoster(other)).status).toBe(200);
    expect((await readRoster(client)).status).toBe(200);
    campus.lms.faults.add({ kind: 'unauthorized', on: 'memberships' });
    expect(await failureOf(client)).toMatchObject({ conclusive: false });

    const { refusedCall } = refused as AuthenticationUndecided;
    await scene.oauth.authenticate(campus.registration, {}, { refusedCall });
    scene.clock.advance(15 * OLD_MS);
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
  });

  it('a token that works for other callers stays in use, though one call is refused with it', async () => {
    const campus = await scene.campus();
    const healthy = await campus.authenticate();
    const withdrawn = await campus.authenticate();
    campus.lms.withdrawTool('course-2');
    expect(await failureOf(withdrawn)).toMatchObject({ conclusive: true });
    const { hash } = withdrawn.accessToken;
    for (let minute = 0; minute < 3; minute += 1) {
      expect(await failureOf(withdrawn)).toMatchObject({ conclusive: true });
      expect((await readRoster(healthy)).status).toBe(200);
      scene.clock.advance(OLD_MS);
    }
    expect([healthy.accessToken.hash, campus.tokenRequests]).toEqual([hash, 2]);
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

  it('a rejected token is never used again, not even when the store has it again', async () => {
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

  it('another token in the store is used, without a request, however young the rejected one is', async () => {
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

  it('a token that is being renewed is given to no caller', async () => {
    const campus = await scene.campus();
    const { accessToken: token, registration } = await campus.authenticate();
    scene.clock.advance(OLD_MS);
    await campus.authenticate();
    const wish = { registration, needed: [], onRequest: () => undefined };
    const { url } = campus.lms;
    const renewed = scene.refusedCalls.replaceToken(wish, { call: 'GET', url, tokens: [token] });
    await new Promise(setImmediate);
    const { accessToken: other } = await campus.authenticate({});
    expect(other.hash).toBe((await renewed).hash);
    expect(other.hash).not.toBe(token.hash);
  });

  it('a rejected token stays rejected when the new one has too few scopes', async () => {
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

  it('a caller gets the time of the next attempt when no new token can be had', async () => {
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

  it('a 403 is returned to the caller and renews no token', async () => {
    const campus = await scene.campus({ family: 'openedx' });
    const { membershipsUrl } = campus.lms.addCourse({ members: 2000 });
    const client = await campus.authenticate({ memberships: membershipsUrl });
    scene.clock.advance(OLD_MS);
    expect((await readRoster(client)).status).toBe(403);
    expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([1, 1]);
  });

  describe("of Sakai's kind, which is a 403,", () => {
    it('an invalid token is renewed', async () => {
      const campus = await scene.campus({ family: 'sakai' });
      const client = await campus.authenticate();
      scene.clock.advance(OLD_MS);
      campus.lms.expireTokens();
      expect((await readRoster(client)).status).toBe(200);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 2]);
    });

    it('a renewal that does not help is not repeated, and the answer is returned', async () => {
      const campus = await scene.campus({ family: 'sakai' });
      const client = await campus.authenticate();
      scene.clock.advance(OLD_MS);
      campus.lms.withdrawTool('course-1');
      expect((await readRoster(client)).status).toBe(403);
      expect((await readRoster(client)).status).toBe(403);
      expect([campus.tokenRequests, campus.lms.counts.membershipRequests]).toEqual([2, 3]);
    });

    it('an answer that proves nothing is not returned, since callers would treat it as a verdict', async () => {
      const campus = await scene.campus({ family: 'sakai' });
      const client = await renewedOnce(campus);
      campus.lms.expireTokens();
      expect(await failureOf(client)).toMatchObject({ conclusive: false });
    });
  });
});
