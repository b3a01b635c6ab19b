import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { UserGrantClientService } from '../../src/user-grants/clients/user-grant-client.service.js';
import { type UserGrantView } from '../../src/user-grants/user-grant.schema.js';
import { UserGrantsRepository } from '../../src/user-grants/user-grants.repository.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { CLIENT_SECRET, PROFILE, UserGrantScene } from '../support/user-grant-scene.js';

const TOOL = 'https://tool.example.edu/app';

describe('the API of user grants', () => {
  let scene: UserGrantScene;
  beforeAll(async () => (scene = await UserGrantScene.start('canvas', { launch: { toolUrls: [TOOL] } })));
  afterAll(() => scene.stop());
  afterEach(() => jest.restoreAllMocks());

  const client = (): string => `/api/v1/registrations/${scene.tool.registrationId}/user-grant-client`;

  it('stores our client for a platform and never shows its secret', async () => {
    const { body, text } = await scene.lti.api('get', client()).expect(200);
    expect(body).toMatchObject({
      provider: 'canvas',
      clientId: 'user-client',
      apiUrl: scene.platform.url,
      unverified: 'refuse',
      redirectUri: scene.callbackUrl,
    });
    expect(text).not.toContain(CLIENT_SECRET);
    const [row] = await scene.sql<{ sealed_secret: string }>(
      'SELECT sealed_secret FROM nest_lti.user_grant_client',
    );
    expect(row!.sealed_secret).toMatch(/^v1\.test\./);
    // Without a secret the stored one stays.
    await scene.putClient({ clientSecret: undefined }).expect(200);
    expect((await scene.connect()).grant.userId).toBeDefined();
  });

  it.each([
    [{ apiUrl: 'https://me:secret@lms.example' }, 'invalid_request'],
    [{ provider: { authorizeUrl: 'ftp://lms.example/', tokenUrl: '/token' } }, 'invalid_request'],
    [{ provider: 'moodle' }, 'invalid_request'],
    [{ authorizeParameters: { state: 'mine' } }, 'invalid_request'],
    [{ clientSecret: '' }, 'invalid_request'],
    [{ clientSecret: 'copied ' }, 'invalid_request'],
  ])('refuses %j', async (changes, code) => {
    expect((await scene.putClient(changes).expect(400)).body).toMatchObject({ code });
  });

  it('takes the same input in an application, with the same defaults and errors', async () => {
    const clients = scene.lti.app.get(UserGrantClientService, { strict: false });
    const input = { clientId: 'user-client', clientSecret: CLIENT_SECRET, apiUrl: scene.platform.url };
    expect(await clients.put(scene.tool.registrationId, input)).toMatchObject({
      scopes: [],
      authorizeParameters: {},
    });
    await expect(
      clients.put(scene.tool.registrationId, { ...input, apiUrl: 'school' }),
    ).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field: 'apiUrl' }] });
  });

  it('requires a registration, and a provider for families without one of ours', async () => {
    const unknown = `/api/v1/registrations/${randomUUID()}/user-grant-client`;
    expect((await scene.lti.api('get', unknown).expect(404)).body.code).toBe('user_grant_client_not_found');
    await scene.lti.api('patch', `/api/v1/registrations/${scene.tool.registrationId}`, {
      platformFamily: 'moodle',
    });
    expect((await scene.putClient().expect(400)).body.code).toBe('user_grant_provider_required');
    await scene.putClient({ provider: 'canvas' }).expect(200);
  });

  it('accepts a client at one host for one registration only, in which each consent replaces the tokens of the user', async () => {
    const { registrationId } = await scene.scene.register(scene.platform);
    const path = `/api/v1/registrations/${registrationId}/user-grant-client`;
    const body = { provider: 'canvas', clientSecret: CLIENT_SECRET, apiUrl: scene.platform.url };
    expect(
      (await scene.lti.api('put', path, { ...body, clientId: 'user-client' }).expect(409)).body,
    ).toMatchObject({ code: 'user_grant_client_in_use', registrationId: scene.tool.registrationId });
    await scene.lti.api('put', path, { ...body, clientId: 'another-client' }).expect(200);
  });

  it('requires the secret again for another host or another client id', async () => {
    for (const change of [{ apiUrl: 'https://elsewhere.example' }, { clientId: 'another' }])
      expect(
        (await scene.putClient({ provider: 'canvas', ...change, clientSecret: undefined }).expect(400)).body,
      ).toMatchObject({ code: 'user_grant_client_secret_required' });
  });

  it('lists the grants of users, in pages and by filters, and never a token', async () => {
    const users = [await scene.connect(0), await scene.connect(1), await scene.connect(2)];
    const shown = await scene.lti.readPages<UserGrantView>('/api/v1/user-grants?order=asc');
    expect(shown.map(({ userId }) => userId)).toEqual(users.map(({ userId }) => userId));
    expect(await scene.lti.readPages('/api/v1/user-grants?')).toEqual(shown.toReversed());
    expect(shown[0]).toMatchObject({
      status: 'active',
      reason: null,
      registrationId: scene.tool.registrationId,
      providerUserId: String(scene.platform.userOAuth.idOf(users[0]!.userId)),
    });
    expect(JSON.stringify(shown)).not.toMatch(/1~|token/);
    const filtered = await scene.lti.api(
      'get',
      `/api/v1/user-grants?userId=${users[1]!.userId}&status=active`,
    );
    expect(filtered.body.items).toMatchObject([{ id: users[1]!.grant.id }]);
    await scene.lti.api('get', '/api/v1/user-grants?status=none').expect(400);
    await scene.lti.api('get', `/api/v1/user-grants/${randomUUID()}`).expect(404);
  });

  it('finds a grant by the launch or by the user', async () => {
    const { session, grant, userId } = await scene.connect();
    const { registrationId } = grant;
    const resolve = (body: object) => scene.lti.api('post', '/api/v1/user-grants/resolve', body);
    const ready = { status: 'ready', grantId: grant.id, isVerified: true };
    expect((await resolve({ launchSessionId: session.id }).expect(200)).body).toEqual(ready);
    expect((await resolve({ registrationId, userId }).expect(200)).body).toEqual(ready);
    const stranger = { registrationId, userId: 'nobody' };
    expect((await resolve(stranger).expect(200)).body).toEqual({
      status: 'authorizationRequired',
      reason: 'no_grant',
    });
    await resolve({ launchSessionId: randomUUID() }).expect(404);
  });

  it("allows a tool to receive the platform's answer itself, for the same launch", async () => {
    const user = await scene.launch(3);
    scene.platform.userOAuth.consentAs(user.userId);
    const redirectUri = `${TOOL}/authorized`;
    scene.addClient({ redirectUris: [redirectUri] });
    const launchSessionId = user.session.id;
    const authorize = (uri: string) =>
      scene.lti.api('post', '/api/v1/user-grants/authorize', { launchSessionId, redirectUri: uri });
    expect((await authorize('https://elsewhere.example/').expect(400)).body.code).toBe(
      'user_grant_redirect_uri_not_allowed',
    );
    const answer = async (launch = launchSessionId): Promise<object> => {
      const { body } = await authorize(redirectUri).expect(200);
      const { headers } = await user.browser.get(body.authorizeUrl as string);
      const { searchParams } = new URL(headers.location!);
      return { launchSessionId: launch, state: searchParams.get('state'), code: searchParams.get('code') };
    };
    const callback = (body: object) => scene.lti.api('post', '/api/v1/user-grants/callback', body);
    const other = await scene.launch(0);
    expect((await callback(await answer(other.session.id)).expect(403)).body.code).toBe(
      'user_grant_other_browser',
    );
    const good = await answer();
    expect((await callback(good).expect(200)).body).toMatchObject({ userId: user.userId, status: 'active' });
    expect((await callback(good).expect(400)).body.code).toBe('user_grant_state_unknown');
    const astray = new URL(scene.callbackUrl);
    for (const [name, value] of Object.entries(await answer())) astray.searchParams.set(name, String(value));
    const before = scene.exchanges;
    expect((await user.browser.get(astray.href)).body).toContain('user_grant_other_browser');
    expect(scene.exchanges).toBe(before);
    scene.addClient();
  });

  it('refuses by REST an authorization whose answer goes to our own callback, even for the user of the launch', async () => {
    const user = await scene.launch(4);
    const { searchParams } = new URL(await scene.toCallback(user));
    const answer = { state: searchParams.get('state'), code: searchParams.get('code') };
    const body = { launchSessionId: user.session.id, ...answer };
    const refused = await scene.lti.api('post', '/api/v1/user-grants/callback', body).expect(403);
    expect(refused.body.code).toBe('user_grant_other_browser');
    expect(scene.tokensOf(user.userId)).toBe(0);
  });

  it('keeps a grant that cannot be decrypted, and reports that', async () => {
    const { session, grant } = await scene.connect(1);
    await scene.sql(`UPDATE nest_lti.user_grant SET sealed_access_token = 'v1.gone.AAAA' WHERE id = $1`, [
      grant.id,
    ]);
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const read = () => scene.sql('SELECT * FROM nest_lti.user_grant WHERE id = $1', [grant.id]);
    const before = await read();
    const fault = { code: 'user_grant_unreadable', status: 500 };
    await expect(scene.grants.resolve({ session })).rejects.toMatchObject(fault);
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject(fault);
    await expect(scene.grants.revoke(grant.id)).rejects.toMatchObject(fault);
    expect(await read()).toEqual(before);
    expect(log).toHaveBeenCalledWith(expect.stringContaining(grant.id));
  });

  it('requires a new authorization when the client is another one or needs more scopes', async () => {
    const { session } = await scene.connect(2);
    scene.addClient({ clientId: 'another' });
    await scene.putClient({ provider: 'canvas', scopes: ['url:GET|/api/v1/courses'] }).expect(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'scopes_changed' });
    await scene.putClient({ provider: 'canvas', clientId: 'another' }).expect(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'client_changed' });
  });

  it('deletes our client and revokes the grants of its users', async () => {
    await scene.putClient({ provider: 'canvas' }).expect(200);
    const { userId, session } = await scene.connect(0);
    const late = await scene.launch(4);
    const callback = await scene.toCallback(late);
    const exchanges = scene.exchanges;
    await scene.lti.api('delete', client()).expect(204);
    await scene.sweep();
    expect((await late.browser.get(callback)).status).toBe(404);
    expect(scene.exchanges).toBe(exchanges);
    expect(scene.tokensOf(userId)).toBe(0);
    await expect(scene.grants.resolve({ session })).rejects.toMatchObject({
      code: 'user_grant_client_not_found',
    });
    await scene.lti.api('delete', client()).expect(404);
  });
});

describe('a user grant whose refresh tokens rotate', () => {
  let database: TestDatabase;
  let way: PostgresProxy;
  let scene: UserGrantScene;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    way = await PostgresProxy.start(database.url);
    scene = await UserGrantScene.start('rotating', { database: { url: way.url, directUrl: database.url } });
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await scene.stop();
    await way.stop();
    await database.drop();
  });

  it('stores each new refresh token', async () => {
    const { grant } = await scene.connect();
    for (let nth = 1; nth <= 3; nth += 1) {
      await scene.expire();
      expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
      expect(scene.refreshes).toBe(nth);
    }
  });

  it('reports that the answer to a refresh was lost, and does not try again', async () => {
    const { grant, session } = await scene.connect(1);
    await scene.expire();
    scene.platform.faults.add({ kind: 'cut', when: 'before-headers', on: 'user-token' });
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({
      code: 'user_grant_request_failed',
      status: 503,
    });
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ reason: 'refresh_answer_lost' });
    const before = scene.refreshes;
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'refresh_answer_lost' });
    expect(scene.refreshes).toBe(before);
  });

  it('is refreshed a minute before its end', async () => {
    const { session } = await scene.connect(2);
    scene.lti.clock.advance(3_539_999);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'ready' });
    scene.lti.clock.advance(1);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
  });

  it('stores the result of a refresh when its database was down for a moment', async () => {
    const { grant } = await scene.connect(3);
    await scene.expire();
    const before = scene.refreshes;
    const save = jest.spyOn(UserGrantsRepository.prototype, 'saveRefreshed');
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token', when: 'after-processing' });
    const call = scene.api.get(grant, PROFILE);
    const outcome = call.then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    await until('the refresh', () => Promise.resolve(scene.refreshes > before ? true : undefined));
    await way.goAway();
    scene.lti.clock.advance(1000);
    const isSettled = async (): Promise<true | undefined> => {
      scene.lti.clock.advance(100);
      return Promise.race([outcome.then(() => true as const), delay(1, undefined)]);
    };
    await until('a second try', async () => (save.mock.calls.length > 1 ? true : isSettled()));
    await way.comeBack();
    await until('the call', isSettled);
    expect([await outcome, scene.refreshes]).toEqual([200, before + 1]);
    await scene.expire();
    expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
    expect(scene.refreshes).toBe(before + 2);
  });
});
