import { type Readable } from 'node:stream';
import { Scope } from '../../src/common/scopes.js';
import { ScopeMismatch } from '../../src/access-tokens/access-token.errors.js';
import { AccessToken } from '../../src/access-tokens/access-token.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { type ServiceRequest } from '../../src/access-tokens/service-request.js';
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

describe('OAuthClient.request', () => {
  const TICKETS = 'https://lms.example.edu/scope/tickets';
  let keys: SigningKeys;
  let scene: TokenScene;
  let lms: LoopbackServer;
  let elsewhere: LoopbackServer;
  /** Which tokens the service refuses. */
  let dead: string[];
  let granted: string | undefined;

  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
    [dead, granted] = [[], undefined];
    elsewhere = await LoopbackServer.start((response, { url }) => {
      if (url === '/back') return response.writeHead(302, { location: lms.url('/tickets/1') }).end();
      return response.end('the file');
    });
    lms = await LoopbackServer.start((response, { url, headers }) => {
      if (url === '/token') {
        const tokens = lms.requests.filter((request) => request.url === '/token').length;
        const answer = { access_token: `token-${tokens}`, expires_in: 3600, scope: granted };
        return response.end(JSON.stringify(answer));
      }
      if (dead.includes(headers.authorization ?? '')) return response.writeHead(401).end();
      const location = {
        '/moved': '/tickets/1',
        '/storage': elsewhere.url('/file'),
        '/round': '/round',
        '/there': elsewhere.url('/back'),
      }[url];
      if (location !== undefined) return response.writeHead(302, { location }).end();
      return response.writeHead(201, { 'x-ticket': '7' }).end('{"id":7}');
    });
  });
  afterEach(() => Promise.all([scene.stop(), lms.stop(), elsewhere.stop()]));

  const clientOf = async (services: string[] = [], scopes = [TICKETS]): Promise<OAuthClient> => {
    const { registration } = await scene.campus();
    Object.assign(registration, { tokenUrl: lms.url('/token'), scopes });
    return scene.oauth.authenticate(registration, { services });
  };
  const tickets = (path = '/tickets') => ({ url: lms.url(path), scope: TICKETS });
  const paths = (server: LoopbackServer): string[] => server.requests.map(({ url }) => url);
  const text = async (body: Readable): Promise<string> => Buffer.concat(await body.toArray()).toString();

  it("sends a call to a service that nest-lti does not know, with the registration's token", async () => {
    const client = await clientOf();
    const answer = await client.request({
      ...tickets(),
      method: 'POST',
      accept: 'application/vnd.tickets+json',
      body: { title: 'Broken' },
      headers: { Authorization: 'Bearer of-the-caller', 'If-Match': '"1"' },
    });
    expect(answer).toMatchObject({ status: 201, body: '{"id":7}', headers: { 'x-ticket': '7' } });
    expect(lms.requests.at(-1)).toMatchObject({
      method: 'POST',
      url: '/tickets',
      body: '{"title":"Broken"}',
      headers: {
        authorization: 'Bearer token-1',
        accept: 'application/vnd.tickets+json',
        'content-type': 'application/json',
        'if-match': '"1"',
      },
    });
    await client.request({ ...tickets(), method: 'PUT', body: 'a,b', contentType: 'text/csv' });
    expect(lms.requests.at(-1)).toMatchObject({ body: 'a,b', headers: { 'content-type': 'text/csv' } });
  });

  it('refuses a scope that the registration does not have, before any request', async () => {
    const client = await clientOf([], [Scope.score]);
    const before = lms.requests.length;
    const refused = { code: 'scope_not_registered', status: 409 };
    await expect(client.request(tickets())).rejects.toMatchObject(refused);
    await expect(client.stream(tickets())).rejects.toMatchObject(refused);
    expect(lms.requests).toHaveLength(before);
  });

  it('refuses a scope that the platform has not granted, before the call', async () => {
    granted = Scope.score;
    const client = await clientOf([], [TICKETS, Scope.score]);
    await expect(client.request(tickets())).rejects.toMatchObject({ code: 'scope_mismatch' });
    await expect(client.request({ ...tickets(), scope: [Scope.score, TICKETS] })).rejects.toThrow(
      ScopeMismatch,
    );
    expect(paths(lms)).not.toContain('/tickets');
    await expect(client.request({ ...tickets(), scope: Scope.score })).resolves.toMatchObject({
      status: 201,
    });
  });

  it('sends the token to the hosts of the platform only', async () => {
    const client = await clientOf();
    const foreign = { url: elsewhere.url('/tickets'), scope: TICKETS };
    await expect(client.request(foreign)).rejects.toMatchObject({ code: 'url_not_on_platform', status: 400 });
    await expect(client.stream(foreign)).rejects.toMatchObject({ code: 'url_not_on_platform' });
    await expect(client.request({ url: '/tickets', scope: TICKETS })).rejects.toMatchObject({
      code: 'unsafe_url',
    });
    await expect(client.request({ url: 'file:///etc/passwd', scope: TICKETS })).rejects.toMatchObject({
      code: 'url_not_on_platform',
      message: expect.stringMatching(/^file: is not a host of this platform/),
    });
    const withUser = elsewhere.url('/').replace('http://', `http://127.0.0.1:${lms.port}@`);
    await expect(client.request({ url: withUser, scope: TICKETS })).rejects.toMatchObject({
      code: 'url_not_on_platform',
    });
    expect(elsewhere.requests).toEqual([]);
    const named = await clientOf([elsewhere.url('/a-service-of-the-launch')]);
    await expect(named.request(foreign)).resolves.toMatchObject({ status: 200, body: 'the file' });
  });

  it.each<[string, Partial<ServiceRequest>, string]>([
    ['another host', { headers: { Host: 'other.example.edu' } }, 'host'],
    ['a length of its own', { headers: { 'Content-Length': '1' } }, 'content-length'],
    ['a framing of its own', { headers: { 'Transfer-Encoding': 'chunked' } }, 'transfer-encoding'],
    ['a header of the connection', { headers: { connection: 'x-ticket' } }, 'connection'],
    ['a second line in a header', { headers: { 'x-a': '1\r\nx-b: 2' } }, 'x-a'],
    ['a second line in accept', { accept: 'a/b\r\nx-b: 2' }, 'accept'],
    ['a name that is not one', { headers: { 'x a': '1' } }, 'x a'],
  ])('refuses %s, before any request', async (_, wrong, header) => {
    const client = await clientOf();
    const before = lms.requests.length;
    const refused = { code: 'header_not_allowed', status: 400, message: expect.stringContaining(header) };
    await expect(client.request({ ...tickets(), ...wrong })).rejects.toMatchObject(refused);
    await expect(client.stream({ ...tickets(), ...wrong })).rejects.toMatchObject(refused);
    expect(lms.requests).toHaveLength(before);
  });

  it.each([
    ['a user', (host: string) => `http://user:secret@${host}/tickets`],
    ['another port', (host: string) => `http://${host.replace(/:.*/, ':1')}/tickets`],
    [
      'another name of the same machine',
      (host: string) => `http://${host.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/`,
    ],
    ['the dot of the root', (host: string) => `http://${host.replace(/^[^:]+/, 'localhost.')}/tickets`],
    ['another scheme', () => 'file:///etc/passwd'],
    ['no host', () => 'data:text/plain,x'],
  ])('does not call a URL with %s', async (_, urlAt) => {
    const client = await clientOf();
    const before = lms.requests.length;
    const call = client.request({ url: urlAt(new URL(lms.url('/')).host), scope: TICKETS });
    const error = await call.catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(?:url_not_on_platform|unsafe_url)$/) });
    expect((error as Error).message).not.toMatch(/secret|token-/);
    expect(lms.requests).toHaveLength(before);
  });

  it('renews a dead token once, and repeats the call', async () => {
    const client = await clientOf();
    dead = ['Bearer token-1'];
    await expect(client.request(tickets())).resolves.toMatchObject({ status: 201 });
    expect(paths(lms)).toEqual(['/token', '/tickets', '/token', '/tickets']);
    dead = ['Bearer token-2', 'Bearer token-3'];
    await expect(client.request(tickets())).rejects.toMatchObject({ code: 'authentication_failed' });
    expect(paths(lms).filter((path) => path === '/token')).toHaveLength(2);
  });

  it('streams an answer, after a renewal too', async () => {
    const client = await clientOf();
    dead = ['Bearer token-1'];
    const { status, body } = await client.stream(tickets());
    expect([status, await text(body)]).toEqual([201, '{"id":7}']);
    expect(paths(lms)).toEqual(['/token', '/tickets', '/token', '/tickets']);
  });

  it('follows redirects only if asked to, and without the token to other hosts', async () => {
    const client = await clientOf();
    const redirected = { code: 'platform_redirect_refused' };
    await expect(client.request(tickets('/moved'))).rejects.toMatchObject(redirected);
    await expect(client.stream(tickets('/moved'))).rejects.toMatchObject(redirected);
    const followed = async (path: string) =>
      text((await client.stream({ ...tickets(path), followsRedirects: true })).body);
    expect(await followed('/moved')).toBe('{"id":7}');
    expect(lms.requests.at(-1)).toMatchObject({
      url: '/tickets/1',
      headers: { authorization: 'Bearer token-1' },
    });
    expect(await followed('/storage')).toBe('the file');
    expect(await followed('/there')).toBe('{"id":7}');
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    const withMore = { ...tickets('/storage'), body: { a: 1 }, headers: { 'x-key': 'k' } };
    await client.stream({ ...withMore, followsRedirects: true }).then(({ body }) => text(body));
    expect(elsewhere.requests.at(-1)).toMatchObject({ url: '/file', body: '' });
    expect(elsewhere.requests.at(-1)?.headers).not.toHaveProperty('x-key');
    await expect(followed('/round')).rejects.toMatchObject(redirected);
    expect(paths(lms).filter((path) => path === '/round')).toHaveLength(6);
    const post = { ...tickets('/moved'), method: 'POST' as const, body: {}, followsRedirects: true };
    await expect(client.stream(post)).rejects.toMatchObject(redirected);
  });
});
