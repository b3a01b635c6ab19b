import {
  AuthenticationFailed,
  AuthenticationUndecided,
} from '../../src/access-tokens/access-token.errors.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { type Campus, readRoster } from '../support/campus.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

const MINUTE_MS = 60_000;

describe('after many a 401', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  async function clientsOf(campus: Campus, count: number): Promise<OAuthClient[]> {
    const clients: OAuthClient[] = [];
    for (let nth = 0; nth < count; nth += 1) clients.push(await campus.authenticate());
    return clients;
  }

  it('renews once for 500 calls with one invalid token, late calls included', async () => {
    const campus = await scene.campus();
    const late = await clientsOf(campus, 5);
    const endpoints = campus.newCourse();
    const herd = await Promise.all(Array.from({ length: 500 }, () => campus.authenticate(endpoints)));
    scene.clock.advance(MINUTE_MS);
    for (const { contextId } of campus.lms.courses.slice(0, 5)) {
      campus.lms.faults.add({ kind: 'latency', ms: 10 * MINUTE_MS, course: contextId });
    }
    const stragglers = late.map((client) => readRoster(client));
    await scene.clock.untilSleeping(5);
    campus.lms.expireTokens();
    const answers = await Promise.all(herd.map((client) => readRoster(client)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect([campus.tokenRequests, campus.lms.counts.rejected]).toEqual([2, { expired_token: 500 }]);

    scene.clock.advance(10 * MINUTE_MS);
    for (const { status } of await Promise.all(stragglers)) expect(status).toBe(200);
    expect([campus.tokenRequests, campus.lms.counts.rejected]).toEqual([2, { expired_token: 505 }]);
  });

  it('renews once for 500 calls of one client that end in the same turn', async () => {
    const campus = await scene.campus();
    const { accessToken: token } = await campus.authenticate();
    scene.clock.advance(MINUTE_MS);
    const wish = { registration: campus.registration, needed: [], onRequest: () => undefined };
    const renewed = await Promise.all(
      Array.from({ length: 500 }, () =>
        scene.refusedCalls.replaceToken(wish, { call: 'GET', url: campus.lms.url, tokens: [token] }),
      ),
    );
    expect(new Set(renewed.map(({ hash }) => hash)).size).toBe(1);
    expect(renewed[0]?.hash).not.toBe(token.hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('tries twice for each of 500 courses that always refuse, renews once a minute, and serves the others', async () => {
    const campus = await scene.campus();
    let open = await clientsOf(campus, 500);
    for (const { contextId } of campus.lms.courses) campus.lms.withdrawTool(contextId);
    const fine = await clientsOf(campus, 5);
    for (const tokenRequests of [2, 3]) {
      const outcomes = await Promise.allSettled(open.map((client) => readRoster(client)));
      const failures = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome));
      const isFinal = (failure: unknown) => failure instanceof AuthenticationFailed;
      const isRefused = (failure: unknown) => isFinal(failure) || failure instanceof AuthenticationUndecided;
      expect(failures.every(isRefused)).toBe(true);
      open = open.filter((_, nth) => !isFinal(failures[nth]));
      for (const client of fine) expect((await readRoster(client)).status).toBe(200);
      expect(campus.tokenRequests).toBeLessThanOrEqual(tokenRequests);
      scene.clock.advance(MINUTE_MS);
    }
    expect(open).toEqual([]);
  });

  it('does not ask a platform with each call when it returns the same token again', async () => {
    let tokenRequests = 0;
    const lms = await LoopbackServer.start((response, { url }) => {
      if (url === '/closed') return response.writeHead(401).end();
      if (url !== '/token') return response.end('{"members":[]}');
      tokenRequests += 1;
      return response.end('{"access_token":"always-the-same","expires_in":3600}');
    });
    try {
      const registration = registrationFixture({ tokenUrl: lms.url('/token') });
      const open = await scene.oauth.authenticate(registration, { memberships: lms.url('/open') });
      const closed = open.withEndpoints({ memberships: lms.url('/closed') });
      scene.clock.advance(MINUTE_MS);
      await expect(readRoster(closed)).rejects.toMatchObject({ code: 'authentication_failed' });
      expect(tokenRequests).toBe(2);
      for (let call = 0; call < 3; call += 1) {
        expect((await readRoster(open)).status).toBe(200);
        await scene.oauth.authenticate(registration, open.endpoints);
        await expect(readRoster(closed)).rejects.toMatchObject({ code: 'authentication_failed' });
      }
      expect(tokenRequests).toBe(2);
    } finally {
      await lms.stop();
    }
  });
});
