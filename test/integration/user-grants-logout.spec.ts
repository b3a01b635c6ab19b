import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { UserGrantService } from '../../src/user-grants/user-grant.service.js';
import { LaunchSessionService } from '../../src/launch/sessions/launch-session.service.js';
import { EventOutbox } from '../../src/events/event-outbox.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { PROFILE, UserGrantScene } from '../support/user-grant-scene.js';
import { until } from '../support/until.js';

describe('the end of a user grant', () => {
  let scene: UserGrantScene;
  beforeAll(async () => (scene = await UserGrantScene.start()));
  afterAll(() => scene.stop());
  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    scene.platform.faults.clear();
  });
  afterEach(() => jest.restoreAllMocks());

  const rows = (): Promise<{ user_id: string; status: string }[]> =>
    scene.sql('SELECT user_id, status FROM nest_lti.user_grant ORDER BY created_at');

  it('is possible by the user, with the token of the launch', async () => {
    const { session, userId } = await scene.connect();
    const token = await scene.lti.app.get(LaunchSessionService, { strict: false }).tokenOf(session);
    const logout = (): request.Test => request(scene.lti.url).post('/user-grants/logout');
    await logout().expect(401);
    await logout().set('Authorization', `Bearer ${token}`).expect(204);
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
    expect(scene.platform.counts.userSessionsExpired).toBe(0);
    await logout().set('Authorization', `Bearer ${token}`).expect(204);
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'no_grant' });
  });

  it('is an event for webhooks, as the consent is, and neither is stored without the other', async () => {
    const { body } = await scene.lti.api('post', '/api/v1/webhooks', { url: 'https://hooks.example.com/' });
    await scene.lti.api('patch', `/api/v1/webhooks/${body.id as string}`, { status: 'paused' }).expect(200);
    const events = () => scene.sql('SELECT type, user_ids, data FROM nest_lti.event ORDER BY sequence');
    const { grant, userId } = await scene.connect();
    const { registrationId } = grant;
    const [authorized, ended] = ['lti.user-grant.authorized', 'lti.user-grant.ended'];
    const stored: object[] = [
      { type: authorized, user_ids: [userId], data: { registrationId, isVerified: true } },
    ];
    expect(await events()).toEqual(stored);
    jest.spyOn(EventOutbox.prototype, 'append').mockRejectedValueOnce(new Error('The process dies here.'));
    await expect(scene.grants.revoke(grant.id)).rejects.toThrow();
    expect(await rows()).toEqual([{ user_id: userId, status: 'active' }]);
    await scene.grants.revoke(grant.id);
    stored.push({ type: ended, user_ids: [userId], data: { registrationId, reason: 'revoked' } });
    expect(await events()).toEqual(stored);

    const again = await scene.connect();
    const profile = scene.platform.userOAuth.profile(userId);
    profile.deleteToken(profile.tokens[0]!.id);
    await scene.expire();
    const reason = 'refused_by_platform';
    await expect(scene.api.get(again.grant, PROFILE)).rejects.toMatchObject({ reason });
    stored.push({ ...stored[0] }, { type: ended, user_ids: [userId], data: { registrationId, reason } });
    expect(await events()).toEqual(stored);
    await scene.grants.revoke(again.grant.id);
    await scene.lti.api('delete', `/api/v1/webhooks/${body.id as string}`).expect(204);
  });

  it('also ends the web sessions of the user who asks for it', async () => {
    const { grant } = await scene.connect();
    await scene.lti.api('delete', `/api/v1/user-grants/${grant.id}?expireSessions=true`).expect(204);
    expect(scene.platform.counts.userSessionsExpired).toBe(1);
    await scene.lti.api('delete', `/api/v1/user-grants/${grant.id}`).expect(404);
  });

  it('refreshes an expired token first, since it could not revoke itself', async () => {
    const { userId, grant } = await scene.connect();
    scene.platform.userOAuth.expireAccessTokens(userId);
    await scene.expire();
    await scene.grants.revoke(grant.id);
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
    const again = await scene.connect();
    // Expired at the platform, but not by the tool's clock.
    scene.platform.userOAuth.expireAccessTokens(userId);
    await scene.grants.revoke(again.grant.id);
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
  });

  it('succeeds if the user has deleted the token already', async () => {
    const { userId, grant } = await scene.connect();
    const profile = scene.platform.userOAuth.profile(userId);
    profile.deleteToken(profile.tokens[0]!.id);
    await scene.grants.revoke(grant.id);
    expect(await rows()).toEqual([]);
  });

  it('is tried again if the platform fails, and the token is not used meanwhile', async () => {
    const { userId, grant, session } = await scene.connect();
    scene.platform.faults.add({ kind: 'server-error', status: 500, on: 'user-token' });
    await expect(scene.grants.logout(grant.registrationId, userId)).rejects.toMatchObject({
      code: 'user_grant_not_revoked',
      status: 503,
    });
    expect(await rows()).toMatchObject([{ status: 'revoked' }]);
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ reason: 'revoked' });
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'revoked' });
    await scene.sweep();
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
  });

  it('happens when another client is stored: the old client revokes the token at its own host, and the new host gets no token', async () => {
    const elsewhere = await LoopbackServer.start((response) => response.writeHead(200).end('{}'));
    const loggedOut = await scene.connect(0);
    const other = await scene.connect(1);
    // For the logout, and for both grants in the sweep that the new client starts in the background.
    scene.platform.faults.add({ kind: 'server-error', status: 500, on: 'user-token', times: 3 });
    await expect(scene.grants.logout(loggedOut.grant.registrationId, loggedOut.userId)).rejects.toMatchObject(
      {
        code: 'user_grant_not_revoked',
      },
    );
    const moved = { clientId: 'another-client', clientSecret: 'another secret', apiUrl: elsewhere.url() };
    await scene.putClient(moved).expect(200);
    expect(await scene.grants.resolve(other)).toMatchObject({ reason: 'client_changed' });
    await scene.sweep();
    await scene.sweep();
    expect([scene.tokensOf(loggedOut.userId), scene.tokensOf(other.userId), await rows()]).toEqual([
      0,
      0,
      [],
    ]);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
    await scene.putClient().expect(200);
    await scene.sweep();
    // A consent in progress may still need it.
    expect(await scene.sql('SELECT client_id FROM nest_lti.user_grant_client')).toContainEqual({
      client_id: 'another-client',
    });
    scene.lti.clock.advance(60_000);
    await scene.sweep();
    expect(await scene.sql('SELECT client_id FROM nest_lti.user_grant_client')).toEqual([
      { client_id: 'user-client' },
    ]);
  });

  it('happens to a consent in progress when another client is stored, whose host gets no token', async () => {
    const elsewhere = await LoopbackServer.start((response) => response.writeHead(200).end('{}'));
    const user = await scene.launch(1);
    const callback = await scene.toCallback(user);
    const before = scene.exchanges;
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token', when: 'after-processing' });
    const page = user.browser.get(callback);
    await until('the exchange', () => Promise.resolve(scene.exchanges > before ? true : undefined));
    const moved = { clientId: 'another-client', clientSecret: 'another secret', apiUrl: elsewhere.url() };
    await scene.putClient(moved).expect(200);
    await scene.sweep();
    scene.lti.clock.advance(1000);
    expect((await page).status).toBe(200);
    const key = { registrationId: scene.tool.registrationId, userId: user.userId };
    await expect(scene.api.get(key, PROFILE)).rejects.toMatchObject({ reason: 'client_changed' });
    expect(await scene.grants.resolve(user)).toMatchObject({ reason: 'client_changed' });
    await scene.sweep();
    expect([scene.tokensOf(user.userId), await rows(), elsewhere.requests]).toEqual([0, [], []]);
    await elsewhere.stop();
    await scene.putClient().expect(200);
  });

  it('stays final when a refresh is in progress', async () => {
    const { userId, grant, session } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token', when: 'after-processing' });
    const call = scene.api.get(grant, PROFILE).catch((error: unknown) => error);
    await until('the refresh', () => Promise.resolve(scene.refreshes > before ? true : undefined));
    const logout = scene.grants.logout(grant.registrationId, userId);
    // The logout waits behind it. Time has to go on for both: by the platform's clock and by ours.
    const done = until('the logout', async () => {
      scene.lti.clock.advance(1000);
      return Promise.race([logout.then(() => true), delay(20, undefined)]);
    });
    await done;
    await call;
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'no_grant' });
  });

  it('applies to the result of a later refresh', async () => {
    const { userId, grant } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token', when: 'after-processing' });
    const call = scene.api.get(grant, PROFILE).catch((error: unknown) => error);
    await until('the refresh', () => Promise.resolve(scene.refreshes > before ? true : undefined));
    // As when the lease was lost, and another process has logged the user out.
    await scene.sql('DELETE FROM nest_lti.user_grant');
    scene.lti.clock.advance(1000);
    expect(await call).toMatchObject({ code: 'user_authorization_required', reason: 'no_grant' });
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
  });

  it('does not happen by a late refusal when another process has refreshed the grant', async () => {
    const { grant, session } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    scene.platform.faults.add({ kind: 'oauth-error', error: 'invalid_grant' });
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token' });
    const call = scene.api.get(grant, PROFILE);
    await until('the refresh', () => Promise.resolve(scene.refreshes > before ? true : undefined));
    // As another process does that has taken the lease over.
    await scene.sql(
      `UPDATE nest_lti.user_grant SET refresh_claim = NULL, expires_at = expires_at + interval '1 hour'`,
    );
    scene.lti.clock.advance(1000);
    expect((await call).status).toBe(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'ready' });
    await scene.grants.revoke(grant.id);
  });

  it('happens when the registration is deleted, also if the process that deleted it died before the end', async () => {
    const { session, userId } = await scene.connect(0);
    const late = await scene.launch(3);
    const callback = await scene.toCallback(late);
    const before = scene.exchanges;
    const remove = 'UPDATE nest_lti.registration SET deleted_at = $1';
    await scene.sql(remove, [scene.lti.clock.now()]);
    const gone = { code: 'user_grant_client_not_found' };
    await expect(scene.grants.resolve({ session })).rejects.toMatchObject(gone);
    expect(JSON.parse((await late.browser.get(callback)).body)).toMatchObject(gone);
    expect(scene.exchanges).toBe(before);
    await scene.sweep();
    expect([scene.tokensOf(userId), await rows()]).toEqual([0, []]);
    scene.lti.clock.advance(60_000);
    await scene.sweep();
    expect(await scene.sql('SELECT FROM nest_lti.user_grant_client')).toEqual([]);
    await scene.sql(remove, [null]);
    await scene.putClient().expect(200);
  });

  it('happens for all users of a registration that is deleted', async () => {
    const users = [await scene.connect(0), await scene.connect(1), await scene.connect(2)];
    const late = await scene.launch(3);
    const callback = await scene.toCallback(late);
    const exchanges = scene.exchanges;
    await scene.lti.api('delete', `/api/v1/registrations/${scene.tool.registrationId}`).expect(204);
    expect((await late.browser.get(callback)).status).toBe(401);
    expect(scene.exchanges).toBe(exchanges);
    await expect(scene.grants.resolve(users[0]!)).rejects.toMatchObject({
      code: 'user_grant_client_not_found',
    });
    await until('the end of all grants', async () => ((await rows()).length === 0 ? true : undefined));
    expect(users.map(({ userId }) => scene.tokensOf(userId))).toEqual([0, 0, 0]);
    scene.lti.clock.advance(60_000);
    await scene.sweep();
    expect(await scene.sql('SELECT FROM nest_lti.user_grant_client')).toEqual([]);
    await expect(
      scene.lti.app.get(UserGrantService, { strict: false }).revoke(users[0]!.grant.id),
    ).rejects.toMatchObject({
      code: 'user_grant_not_found',
    });
  });
});
