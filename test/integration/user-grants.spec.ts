import { type Type } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { type DataSource, type QueryRunner } from 'typeorm';
import { LtiEvents } from '../../src/common/lti-events.js';
import { NamedLease } from '../../src/database/named-lease.js';
import { Leases } from '../../src/database/leases.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { UserApiClient } from '../../src/user-grants/api/user-api-client.js';
import { UserGrantClientService } from '../../src/user-grants/clients/user-grant-client.service.js';
import { GrantCipher } from '../../src/user-grants/grant-cipher.js';
import { GrantRefreshService } from '../../src/user-grants/tokens/grant-refresh.service.js';
import { GrantRevocation } from '../../src/user-grants/tokens/grant-revocation.js';
import { GrantTokenEndpoint } from '../../src/user-grants/tokens/grant-token-endpoint.js';
import { GrantTokenService } from '../../src/user-grants/tokens/grant-token.service.js';
import { UserGrantsRepository } from '../../src/user-grants/user-grants.repository.js';
import { UserGrantService } from '../../src/user-grants/user-grant.service.js';
import { until } from '../support/until.js';
import { CLIENT_ID, PROFILE, UserGrantScene } from '../support/user-grant-scene.js';

describe('a user grant at a platform like Canvas', () => {
  let scene: UserGrantScene;
  beforeAll(async () => (scene = await UserGrantScene.start()));
  afterAll(() => scene.stop());
  beforeEach(() => scene.platform.faults.clear());

  const get = <T>(type: Type<T>): T => scene.lti.app.get(type, { strict: false });

  /** The parts that two processes do not share. */
  function anotherProcess(): GrantTokenService {
    const { clock } = scene.lti;
    const [grants, clients, cipher] = [
      get(UserGrantsRepository),
      get(UserGrantClientService),
      get(GrantCipher),
    ];
    const leases = new Leases(
      get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE) as Type<DataSource>),
      clock,
    );
    const endpoint = new GrantTokenEndpoint(get(PlatformHttpService), clock);
    const revocation = new GrantRevocation(endpoint, clock);
    const events = get(LtiEvents);
    const refresh = new GrantRefreshService(
      grants,
      clients,
      cipher,
      endpoint,
      revocation,
      leases,
      events,
      clock,
    );
    return new GrantTokenService(grants, clients, cipher, refresh, clock);
  }

  it('creates one token in the profile in ten launches', async () => {
    const { userId, session } = await scene.connect();
    for (let launch = 1; launch < 10; launch += 1) await scene.connect();
    expect(scene.tokensOf(userId)).toBe(1);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'ready' });
    expect(scene.platform.counts.userTokensIssued).toBe(1);
  });

  it('calls the API as the user', async () => {
    const { grant, userId } = await scene.connect();
    const { status, body } = await scene.api.get(grant, PROFILE);
    expect([status, JSON.parse(body)]).toMatchObject([200, { id: scene.platform.userOAuth.idOf(userId) }]);
  });

  it('requires authorization, with the URL, after the user deleted the token in the profile', async () => {
    const { grant, userId, session, browser } = await scene.connect(1);
    const profile = scene.platform.userOAuth.profile(userId);
    profile.deleteToken(profile.tokens[0]!.id);

    const error = await scene.api.get(grant, PROFILE).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'user_authorization_required',
      reason: 'refused_by_platform',
      authorizeUrl: expect.stringContaining('/user-grants/authorize?link='),
    });
    expect(await scene.grants.resolve({ session })).toMatchObject({
      status: 'authorizationRequired',
      reason: 'refused_by_platform',
    });
    expect((await scene.consent({ session, userId, browser })).status).toBe(200);
    expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
    expect(scene.tokensOf(userId)).toBe(1);
  });

  it('is refreshed once when its expiry is forced in the database', async () => {
    const { grant, session } = await scene.connect(2);
    const before = scene.refreshes;
    await scene.expire();
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.api.get(grant, PROFILE)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(scene.refreshes).toBe(before + 1);
    await scene.expire();
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
    expect(scene.refreshes).toBe(before + 2);
  });

  it('requires authorization after its row was deleted, and leaves one token in the profile', async () => {
    const { userId } = await scene.connect(3);
    await scene.sql('DELETE FROM nest_lti.user_grant WHERE user_id = $1', [userId]);
    const user = await scene.launch(3);
    expect(await scene.grants.resolve(user)).toMatchObject({
      status: 'authorizationRequired',
      reason: 'no_grant',
    });
    expect((await scene.consent(user)).status).toBe(200);
    expect(scene.tokensOf(userId)).toBe(1);
  });

  it('uses the token that another process got, and refreshes nothing, after a 401', async () => {
    const { grant, session } = await scene.connect(2);
    const before = scene.refreshes;
    const requests = scene.platform.counts.userApiRequests;
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-api' });
    const call = scene.api.get(grant, PROFILE);
    await until('the call at the platform', () =>
      Promise.resolve(scene.platform.counts.userApiRequests > requests ? true : undefined),
    );
    // Meanwhile the token is refreshed, which kills the one of the call.
    await scene.expire();
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
    scene.lti.clock.advance(1000);
    expect((await call).status).toBe(200);
    expect(scene.refreshes).toBe(before + 1);
  });

  it('is refreshed once for all calls that find the token expired', async () => {
    const { grant, userId } = await scene.connect();
    const before = scene.refreshes;
    scene.platform.userOAuth.expireAccessTokens(userId);
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.api.get(grant, PROFILE)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(scene.refreshes).toBe(before + 1);
  });

  it('is refreshed once a minute, whichever process asks, while its client is switched off for the account', async () => {
    const { grant } = await scene.connect();
    scene.lti.clock.advance(60_000);
    const before = scene.refreshes;
    scene.platform.switchKey(CLIENT_ID, 'off');
    const another = new UserApiClient(
      get(PlatformHttpService),
      anotherProcess(),
      get(UserGrantService),
      scene.lti.clock,
    );
    const denied = { code: 'platform_permission_denied', status: 403 };
    for (const api of [scene.api, another, scene.api])
      await expect(api.get(grant, PROFILE)).rejects.toMatchObject(denied);
    expect(scene.refreshes).toBe(before + 1);
    scene.lti.clock.advance(60_000);
    await expect(another.get(grant, PROFILE)).rejects.toMatchObject(denied);
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject(denied);
    expect(scene.refreshes).toBe(before + 2);
    scene.platform.switchKey(CLIENT_ID, 'on');
    expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
  });

  it('is not refreshed for a 401 that is about permissions', async () => {
    const { grant } = await scene.connect();
    // A refresh within the last minute would hide one more.
    scene.lti.clock.advance(60_000);
    const before = scene.refreshes;
    scene.platform.faults.add({ kind: 'no-permission' });
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ code: 'platform_permission_denied' });
    expect(scene.refreshes).toBe(before);
  });

  it.each(['429', '403-text'] as const)(
    'slows down its own calls after a %s, and neither other users nor the rest of the platform',
    async (as) => {
      const { grant } = await scene.connect();
      const other = await scene.connect(1);
      const http = scene.lti.app.get(PlatformHttpService, { strict: false });
      scene.platform.faults.add({ kind: 'throttle', as, on: 'user-api', times: 2, retryAfter: 4 });
      const call = scene.api.get(grant, PROFILE);
      await scene.lti.clock.untilSleeping();
      const jwks = { method: 'GET', url: scene.platform.jwksUrl, maxThrottleWaitMs: 0 } as const;
      expect((await http.send(jwks)).status).toBe(200);
      scene.platform.faults.clear();
      expect((await scene.api.get(other.grant, PROFILE)).status).toBe(200);
      const requests = scene.platform.counts.userApiRequests;
      const waiting = scene.api.get(grant, PROFILE);
      await scene.lti.clock.untilSleeping(2);
      expect(scene.platform.counts.userApiRequests).toBe(requests);
      scene.lti.clock.advance(4000);
      expect([(await call).status, (await waiting).status]).toEqual([200, 200]);
    },
  );

  it('says when to try again if its platform asks for more than half a minute', async () => {
    const { grant } = await scene.connect();
    scene.platform.faults.add({ kind: 'throttle', on: 'user-api', retryAfter: 40 });
    const throttled = { code: 'platform_throttled', status: 503, reason: 'refused_for_user' };
    const retryAt = new Date(scene.lti.clock.nowMs() + 40_000);
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ ...throttled, retryAt });
    const requests = scene.platform.counts.userApiRequests;
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ ...throttled, retryAt });
    expect(scene.platform.counts.userApiRequests).toBe(requests);
    scene.lti.clock.advance(40_000);
    expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
  });

  it('sends its token only to the API host', async () => {
    const { grant } = await scene.connect();
    for (const url of ['https://elsewhere.example/api', '//elsewhere.example/x', 'http://[', scene.lti.url])
      await expect(scene.api.get(grant, url)).rejects.toMatchObject({ code: 'url_not_on_platform' });
  });

  it('reads lists by their links, and writes', async () => {
    const { grant, userId } = await scene.connect();
    for (let note = 0; note < 12; note += 1)
      expect(
        (await scene.api.post(grant, '/api/v1/planner_notes', { title: `Note ${note}` })).status,
      ).toBeLessThan(300);
    const titles: string[] = [];
    let pages = 0;
    for await (const { body } of scene.api.pages(grant, '/api/v1/planner_notes')) {
      pages += 1;
      titles.push(...(JSON.parse(body) as { title: string }[]).map(({ title }) => title));
    }
    expect([pages, titles]).toEqual([2, [...scene.platform.userOAuth.notesOf(userId)]]);
  });

  it('is not refreshed by a process that finds its refresh token replaced when it claims the refresh', async () => {
    const { grant } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    const other = await OpenChange.begin(
      scene,
      `refresh_token_hash = 'another', expires_at = expires_at + interval '1 hour'`,
    );
    const call = scene.api.get(grant, PROFILE);
    await other.untilWaitedFor();
    await other.commit();
    expect((await call).status).toBe(200);
    expect(scene.refreshes).toBe(before);
  });

  it('is not refreshed by a process that has lost its lease before it sends the request', async () => {
    const { grant } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    const other = await OpenChange.begin(scene, 'updated_at = updated_at');
    const call = scene.api.get(grant, PROFILE).catch((error: unknown) => error);
    await other.untilWaitedFor();
    const renew = jest.spyOn(NamedLease.prototype, 'renew');
    await scene.sql('DELETE FROM nest_lti.lease');
    const held = await until('the next heartbeat', async () => {
      const [first] = renew.mock.results;
      return first === undefined ? undefined : await Promise.allSettled([first.value]);
    });
    expect(held).toMatchObject([{ status: 'rejected', reason: { code: 'lease_lost' } }]);
    await other.commit();
    expect(await call).toMatchObject({ code: 'lease_lost', status: 503 });
    expect(scene.refreshes).toBe(before);
    renew.mockRestore();
  });

  it('keeps the token of the process that refreshed it last, when the answer to another one is late', async () => {
    const { grant } = await scene.connect();
    await scene.expire();
    const before = scene.refreshes;
    scene.platform.faults.add({ kind: 'latency', ms: 1000, on: 'user-token', when: 'after-processing' });
    const late = scene.api.get(grant, PROFILE);
    await until('the refresh', () => Promise.resolve(scene.refreshes > before ? true : undefined));
    // As when that process is paused for longer than its lease lasts.
    await scene.sql('DELETE FROM nest_lti.lease');
    const { tokenHash } = await anotherProcess().fresh(grant);
    scene.lti.clock.advance(1000);
    expect((await late).status).toBe(200);
    expect((await anotherProcess().fresh(grant)).tokenHash).toBe(tokenHash);
    expect(scene.refreshes).toBe(before + 2);
  });

  it('is neither claimed, saved nor ended by a refresh whose refresh token a consent has replaced', async () => {
    const user = await scene.connect(2);
    const wrong = await scene.launch(4);
    const repository = get(UserGrantsRepository);
    const consentAgain = async (): Promise<number> => {
      scene.platform.userOAuth.consentAs(user.userId);
      const { authorizeUrl } = await scene.grants.authorize(user.session);
      return (await user.browser.follow(await user.browser.get(authorizeUrl))).status;
    };
    const consentInAnotherLaunch = async (): Promise<number> =>
      (await scene.consent(wrong, user.userId)).status;
    for (const [consent, status] of [
      [consentAgain, 200],
      [consentInAnotherLaunch, 403],
    ] as const) {
      const grant = (await repository.find(user.grant))!;
      const claim = randomUUID();
      const answer = { scopes: [], expiresAt: null, forcedRefreshAt: null };
      const fresh = { ...get(GrantCipher).encrypt(grant, 'late', 'late'), ...answer };
      expect(await repository.claimRefresh(grant, claim)).toBe(true);
      expect(await consent()).toBe(status);
      expect([
        await repository.saveRefreshed(grant, claim, fresh),
        await repository.claimRefresh(grant, randomUUID()),
        await repository.end(grant, claim, 'refused_by_platform'),
        await repository.end(grant, null, 'refused_by_platform'),
      ]).toEqual([false, false, false, false]);
      expect((await scene.api.get(user.grant, PROFILE)).status).toBe(200);
    }
  });

  it('is refreshed while the maximum number of calls at its platform get no answer', async () => {
    const user = await scene.connect();
    const other = await scene.connect(1);
    const before = scene.platform.counts.userApiRequests;
    scene.platform.faults.add({ kind: 'hang', on: 'user-api', times: 8 });
    const leaving = new AbortController();
    const { signal } = leaving;
    const hanging = Array.from({ length: 8 }, () => scene.api.get(other.grant, PROFILE, { signal }));
    const ended = Promise.allSettled(hanging);
    await until('8 calls at the platform', () =>
      Promise.resolve(scene.platform.counts.userApiRequests === before + 8 ? true : undefined),
    );
    await scene.expire();
    expect(await scene.grants.resolve(user)).toMatchObject({ status: 'refreshed' });
    leaving.abort(new Error('enough'));
    expect((await ended).map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
  });

  it('is refreshed at its end and not earlier, since a refresh expires the token that other calls use', async () => {
    const { grant, session } = await scene.connect();
    await scene.expire();
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
    const before = scene.refreshes;
    scene.lti.clock.advance(3_599_999);
    expect((await scene.api.get(grant, PROFILE)).status).toBe(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'ready' });
    expect(scene.refreshes).toBe(before);
    scene.lti.clock.advance(1);
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
  });
});

/** An uncommitted update of all grants by another process: updates of a grant wait for it. */
class OpenChange {
  private constructor(
    private readonly scene: UserGrantScene,
    private readonly runner: QueryRunner,
  ) {}

  static async begin(scene: UserGrantScene, change: string): Promise<OpenChange> {
    const database = scene.lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE));
    const runner = database.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`UPDATE nest_lti.user_grant SET ${change}`);
    return new OpenChange(scene, runner);
  }

  async untilWaitedFor(): Promise<void> {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await until('a statement that waits', async () =>
      (await this.scene.sql(waiting)).length > 0 ? true : undefined,
    );
  }

  async commit(): Promise<void> {
    await this.runner.commitTransaction();
    await this.runner.release();
  }
}
