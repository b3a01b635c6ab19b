import { Scope } from '../../src/common/scopes.js';
import { ScopeMismatch } from '../../src/access-tokens/access-token.errors.js';
import { AccessToken } from '../../src/access-tokens/access-token.js';
import { readRoster } from '../support/campus.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

const ROSTER = Scope.membershipReadonly;

describe('OAuthClient', () => {
  let keys: SigningKeys;
  let scene: TokenScene;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  const tokenOf = (scopes: string[], lifeMs = 3_600_000): AccessToken =>
    new AccessToken({
      value: 'a-token-of-the-callers-own',
      scopes,
      issuedAt: scene.clock.now(),
      expiresAt: new Date(scene.clock.now().getTime() + lifeMs),
    });

  it('refreshes a token only after it has expired', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    const { hash } = client.accessToken;
    await client.refresh();
    expect([client.isExpired(), client.accessToken.hash, campus.tokenRequests]).toEqual([false, hash, 1]);
    scene.clock.advance(3_540_000);
    expect(client.isExpired()).toBe(true);
    await client.refresh();
    expect([client.isExpired(), client.accessToken.hash === hash]).toEqual([false, false]);
    expect(campus.tokenRequests).toBe(2);
  });

  it('renews a valid token when forced to, also for the other clients', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    const { hash } = client.accessToken;
    await client.forceRefresh();
    expect(client.accessToken.hash).not.toBe(hash);
    expect((await campus.authenticate()).accessToken.hash).toBe(client.accessToken.hash);
    expect(campus.tokenRequests).toBe(2);
  });

  it('reports its scopes, and throws when a required one is missing', async () => {
    const campus = await scene.campus({ grants: [ROSTER, Scope.lineItem] });
    const client = await campus.authenticate();
    expect([client.hasScope(ROSTER), client.hasScope(Scope.score)]).toEqual([true, false]);
    expect(() => client.requireScope(ROSTER, Scope.lineItem)).not.toThrow();
    expect(() => client.requireScope(ROSTER, Scope.score)).toThrow(ScopeMismatch);
    expect(() => client.requireAnyScope(Scope.score, Scope.lineItem)).not.toThrow();
    expect(() => client.requireAnyScope(Scope.score, Scope.resultReadonly)).toThrow(ScopeMismatch);
  });

  it('uses its token at other end points', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    const next = client.withEndpoints(campus.newCourse());
    expect([(await readRoster(client)).status, (await readRoster(next)).status]).toEqual([200, 200]);
    expect(next.accessToken).toBe(client.accessToken);
    expect(next.endpoints).not.toEqual(client.endpoints);
    expect(campus.tokenRequests).toBe(1);
  });

  it('does not use its token at end points without the scope for them', async () => {
    const campus = await scene.campus({ grants: [Scope.score] });
    const client = await campus.authenticate({});
    expect(() => client.withEndpoints(campus.newCourse())).toThrow(ScopeMismatch);
  });

  it('can be created with a token of the caller, without a request', async () => {
    const campus = await scene.campus();
    const { registration } = campus;
    const { accessToken } = await campus.authenticate();
    const client = scene.oauth.fromAccessToken(accessToken, { registration, endpoints: campus.newCourse() });
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(1);
  });

  it('cannot be created with an expired token or with one that lacks the scopes', async () => {
    const campus = await scene.campus();
    const parts = { registration: campus.registration, endpoints: campus.newCourse() };
    const token = tokenOf([ROSTER], 300_000);
    scene.clock.advance(239_999);
    expect(scene.oauth.fromAccessToken(token, parts).isExpired()).toBe(false);
    scene.clock.advance(1);
    expect(() => scene.oauth.fromAccessToken(token, parts)).toThrow(
      expect.objectContaining({ code: 'access_token_expired' }),
    );
    expect(() => scene.oauth.fromAccessToken(tokenOf([Scope.score]), parts)).toThrow(ScopeMismatch);
  });

  it('with a token of the caller renews it at its end, and names no cause of the request', async () => {
    const campus = await scene.campus({ tokenLifeSeconds: 300 });
    const { registration } = campus;
    const { accessToken } = await campus.authenticate();
    const client = scene.oauth.fromAccessToken(accessToken, { registration, endpoints: campus.newCourse() });
    scene.clock.advance(240_000);
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('reports the cause of each request that it makes, and of no other', async () => {
    const campus = await scene.campus();
    const counts = { first: 0, second: 0 };
    const endpoints = campus.newCourse();
    const first = await scene.oauth.authenticate(campus.registration, endpoints, {
      onTokenRequest: () => void (counts.first += 1),
    });
    await scene.oauth.authenticate(campus.registration, endpoints, {
      onTokenRequest: () => void (counts.second += 1),
    });
    await first.forceRefresh();
    scene.clock.advance(61_000);
    campus.lms.expireTokens();
    await readRoster(first.withEndpoints(campus.newCourse()));
    expect([counts, campus.tokenRequests]).toEqual([{ first: 3, second: 0 }, 3]);
  });

  it('shows its token only to the service that it calls', async () => {
    const elsewhere = await LoopbackServer.start((response) => response.end('{}'));
    const lms = await LoopbackServer.start((response, { url }) => {
      if (url === '/token') return response.end('{"access_token":"very-secret","expires_in":3600}');
      if (url === '/moved') return response.writeHead(302, { location: elsewhere.url() }).end();
      return response.end('{"members":[]}');
    });
    try {
      const { registration } = await scene.campus();
      registration.tokenUrl = lms.url('/token');
      const client = await scene.oauth.authenticate(registration, { memberships: lms.url('/members') });
      await readRoster(client);
      await expect(
        readRoster(client.withEndpoints({ memberships: lms.url('/moved') })),
      ).rejects.toMatchObject({
        code: 'platform_redirect_refused',
      });
      await client.forceRefresh();
      expect(lms.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
        ['/token', undefined],
        ['/members', 'Bearer very-secret'],
        ['/moved', 'Bearer very-secret'],
        ['/token', undefined],
      ]);
      for (const request of lms.requests) {
        const { authorization: _, ...others } = request.headers;
        expect(JSON.stringify([request.url, request.body, others])).not.toContain('very-secret');
      }
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await Promise.all([lms.stop(), elsewhere.stop()]);
    }
  });
});
