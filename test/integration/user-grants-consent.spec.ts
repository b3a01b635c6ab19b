import request from 'supertest';
import { type BrowserAnswer, CLIENT_SECRET, PROFILE, UserGrantScene } from '../support/user-grant-scene.js';

/** The status, and the code of a problem or the heading of a page. */
function pageOf({ status, body }: BrowserAnswer): [number, string] {
  if (body.startsWith('{')) return [status, (JSON.parse(body) as { code: string }).code];
  return [status, /<h1>([^<]*)/.exec(body)?.[1] ?? body];
}

describe('the way to a consent', () => {
  let scene: UserGrantScene;
  beforeAll(async () => (scene = await UserGrantScene.start('canvas', { launch: { toolUrls: [TOOL] } })));
  afterAll(() => scene.stop());
  beforeEach(() => {
    scene.platform.faults.clear();
    scene.addClient();
  });
  afterEach(() => scene.sql('DELETE FROM nest_lti.user_grant'));

  const TOOL = 'https://tool.example.edu/app';

  it('ends on a page that sends a message only to the tool', async () => {
    const user = await scene.launch();
    const page = await scene.consent(user);
    expect(pageOf(page)).toEqual([200, 'The tool is authorized']);
    expect(page.body).toContain(JSON.stringify([scene.lti.url, 'https://tool.example.edu']));
    expect(page.body).not.toContain("'*'");
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('sends what Canvas requires, and no secret of ours', async () => {
    const user = await scene.launch();
    await scene.putClient({ authorizeParameters: { purpose: 'Grading', force_login: '1' } }).expect(200);
    const atUs = await user.browser.get(await scene.authorizeUrl(user));
    const { headers } = await user.browser.get(atUs.headers.location!);
    const { origin, pathname, searchParams } = new URL(headers.location!);
    expect([origin + pathname, Object.fromEntries(searchParams)]).toEqual([
      scene.platform.userOAuth.authorizeUrl,
      {
        client_id: 'user-client',
        response_type: 'code',
        redirect_uri: scene.callbackUrl,
        state: expect.stringMatching(/^[\w-]{43}$/),
        purpose: 'Grading',
        force_login: '1',
      },
    ]);
    await scene.putClient().expect(200);
  });

  it('accepts each answer once', async () => {
    const user = await scene.launch();
    const callback = await scene.toCallback(user);
    const answers = await Promise.all([1, 2, 3].map(() => user.browser.get(callback)));
    expect(answers.map(pageOf).sort()).toEqual([
      [200, 'The tool is authorized'],
      [400, 'user_grant_state_unknown'],
      [400, 'user_grant_state_unknown'],
    ]);
  });

  it('refuses a forged state, and one from another browser, which is then used up', async () => {
    const user = await scene.launch();
    const callback = await scene.toCallback(user);
    const before = scene.tokensOf(user.userId);
    const forged = new URL(callback);
    forged.searchParams.set('state', 'x'.repeat(43));
    expect(pageOf(await user.browser.get(forged.href))).toEqual([400, 'user_grant_state_unknown']);
    const other = await scene.launch(1);
    await scene.toCallback(other);
    expect(pageOf(await other.browser.get(callback))).toEqual([403, 'user_grant_other_browser']);
    expect(pageOf(await user.browser.get(callback))).toEqual([400, 'user_grant_state_unknown']);
    expect(pageOf(await scene.scene.browser().get(await scene.toCallback(user)))).toEqual([
      403,
      'user_grant_other_browser',
    ]);
    expect(scene.tokensOf(user.userId)).toBe(before);
  });

  it('refuses a state of ten minutes ago', async () => {
    const user = await scene.launch();
    const callback = await scene.toCallback(user);
    scene.lti.clock.advance(10 * 60_000);
    expect(pageOf(await user.browser.get(callback))).toEqual([400, 'user_grant_state_expired']);
  });

  it('refuses a link that is not ours or too old, and one of a launch that has ended', async () => {
    const user = await scene.launch();
    const url = await scene.authorizeUrl(user);
    expect(pageOf(await user.browser.get(`${url.slice(0, -4)}AAAA`))).toEqual([
      400,
      'user_grant_link_invalid',
    ]);
    await scene.lti.api('delete', `/api/v1/launch-sessions/${user.session.id}`).expect(204);
    const step = await user.browser.get(url);
    expect(pageOf(await user.browser.get(step.headers.location!))).toEqual([401, 'launch_session_revoked']);
    scene.lti.clock.advance(31 * 60_000);
    expect(pageOf(await user.browser.get(url))).toEqual([400, 'user_grant_link_invalid']);
  });

  it.each([
    ['access_denied', 403, 'user_grant_denied'],
    ['login_required', 502, 'user_grant_consent_failed'],
    ['<script>', 502, 'user_grant_consent_failed'],
  ])('reports the answer %s of the platform', async (error, status, code) => {
    const user = await scene.launch();
    scene.platform.userOAuth.refuseConsent(error);
    const page = await user.browser.follow(await user.browser.get(await scene.authorizeUrl(user)));
    expect(pageOf(page)).toEqual([status, code]);
    expect(await scene.grants.resolve(user)).toMatchObject({
      status: 'authorizationRequired',
      reason: 'no_grant',
    });
  });

  it('shows users a page, and sends the tool a message, with the reason of a failure', async () => {
    const { text } = await request(`${scene.callbackUrl}?state=${'x'.repeat(43)}&error=%3Cb%3E`)
      .get('')
      .set('Accept', 'text/html')
      .expect(400);
    expect(text).toContain('<h1>The tool was not authorized</h1>');
    expect(text).toContain('"status":"failed","code":"user_grant_state_unknown"');
    expect(text).not.toContain('<b>');
  });

  it("refuses another user's consent, and revokes it at the platform", async () => {
    const user = await scene.launch();
    const [, other] = scene.platform.course('course-1').members;
    const page = await scene.consent(user, other!.userId);
    expect(pageOf(page)).toEqual([403, 'user_grant_wrong_user']);
    expect(scene.tokensOf(other!.userId)).toBe(0);
    expect(await scene.grants.resolve(user)).toMatchObject({ reason: 'no_grant' });
  });

  it("stores the tokens of another user's consent in that user's own grant, whose tokens it has replaced", async () => {
    const other = await scene.connect(1);
    const before = scene.refreshes;
    const user = await scene.launch();
    expect(pageOf(await scene.consent(user, other.userId))).toEqual([403, 'user_grant_wrong_user']);
    expect(scene.tokensOf(other.userId)).toBe(1);
    expect((await scene.api.get(other.grant, PROFILE)).status).toBe(200);
    expect(scene.refreshes).toBe(before);
    expect(await scene.grants.resolve(other)).toMatchObject({ status: 'ready', grant: { isVerified: true } });
    expect(await scene.grants.resolve(user)).toMatchObject({ reason: 'no_grant' });
  });

  it.each(['large-number', 'large-text'] as const)(
    'identifies a user of another shard, whose id is above 2^53, by every digit: %s',
    async (style) => {
      const { userOAuth } = scene.platform;
      userOAuth.idStyle = style;
      const member = style === 'large-number' ? 3 : 4;
      const { session, userId } = await scene.connect(member);
      expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'ready' });
      const [row] = await scene.sql<{ provider_user_id: string }>(
        'SELECT provider_user_id FROM nest_lti.user_grant WHERE user_id = $1',
        [userId],
      );
      expect(row?.provider_user_id).toBe(userOAuth.writtenIdOf(userId));
      userOAuth.idStyle = 'number';
    },
  );

  it('refuses the consent of an administrator who acts as the user, and revokes it', async () => {
    const user = await scene.launch();
    scene.platform.faults.add({ kind: 'masquerade', on: 'user-token' });
    expect(pageOf(await scene.consent(user))).toEqual([403, 'user_grant_masqueraded']);
    expect(scene.tokensOf(user.userId)).toBe(0);
    expect(await scene.grants.resolve(user)).toMatchObject({ reason: 'no_grant' });
  });

  it('stores the consent of an administrator who acts as another user in no grant of that user', async () => {
    const other = await scene.connect(1);
    const user = await scene.launch();
    scene.platform.faults.add({ kind: 'masquerade', on: 'user-token' });
    expect(pageOf(await scene.consent(user, other.userId))).toEqual([403, 'user_grant_masqueraded']);
    expect(scene.tokensOf(other.userId)).toBe(0);
    await expect(scene.api.get(other.grant, PROFILE)).rejects.toMatchObject({
      reason: 'refused_by_platform',
    });
  });

  it('refuses a wrong client secret, ends no grant because of it, and asks once a minute', async () => {
    const { session, grant } = await scene.connect();
    await scene.putClient({ clientSecret: 'another-secret' }).expect(200);
    await scene.expire();
    const before = scene.refreshes;
    for (let call = 0; call < 5; call += 1)
      await expect(scene.grants.resolve({ session })).rejects.toMatchObject({
        code: 'user_grant_client_refused',
      });
    expect(scene.refreshes).toBe(before + 1);
    const user = await scene.launch(1);
    expect(pageOf(await scene.consent(user))).toEqual([502, 'user_grant_client_refused']);
    await scene.putClient().expect(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({
      status: 'refreshed',
      grant: { id: grant.id },
    });
  });

  it('accepts no invalid token, and reports that the platform failed', async () => {
    const user = await scene.launch();
    scene.platform.faults.add({ kind: 'null-token', on: 'user-token' });
    expect(pageOf(await scene.consent(user))).toEqual([503, 'user_grant_request_failed']);
    const { session } = await scene.connect();
    await scene.expire();
    scene.platform.faults.add({ kind: 'null-token', on: 'user-token' });
    await expect(scene.grants.resolve({ session })).rejects.toMatchObject({ status: 503 });
    expect(await scene.grants.resolve({ session })).toMatchObject({ status: 'refreshed' });
  });

  it('shows a link to start again when the platform throttles the exchange of the code', async () => {
    const user = { ...(await scene.launch()), browser: scene.cookieless() };
    const callback = await scene.toCallback(user);
    scene.platform.faults.add({ kind: 'throttle', on: 'user-token' });
    const { text } = await request(callback).get('').set('Accept', 'text/html').expect(503);
    expect(text).toContain('<code>platform_throttled</code>');
    const [, link = ''] = /<a href="([^"]+)">Try again</.exec(text) ?? [];
    scene.lti.clock.advance(60_000);
    const page = await user.browser.follow(await user.browser.get(link));
    expect(pageOf(page)).toEqual([200, 'The tool is authorized']);
  });

  it('opens a window of its own from a frame', async () => {
    const url = await scene.authorizeUrl(await scene.launch());
    const { text } = await request(url)
      .get('')
      .set('Accept', 'text/html')
      .set('Sec-Fetch-Dest', 'iframe')
      .expect(200);
    expect(text).toContain('target="_blank" rel="opener"');
    expect(text).not.toContain(CLIENT_SECRET);
  });

  it('can be verified without cookies only by the user', async () => {
    const launched = await scene.launch();
    const user = { ...launched, browser: scene.cookieless() };
    expect(pageOf(await scene.consent(user))).toEqual([200, 'The tool is authorized']);
    const [, other] = scene.platform.course('course-1').members;
    await scene.sql('DELETE FROM nest_lti.user_grant');
    expect(pageOf(await scene.consent(user, other!.userId))).toEqual([403, 'user_grant_wrong_user']);
  });
});

describe('a consent of a user whom the launch does not name', () => {
  let scene: UserGrantScene;
  beforeAll(async () => (scene = await UserGrantScene.start('canvas', { custom: {} })));
  afterAll(() => scene.stop());

  it('is refused before the consent page, with the name of the missing parameter', async () => {
    const user = await scene.launch();
    const page = await scene.consent(user);
    expect(pageOf(page)).toEqual([403, 'user_grant_unverified']);
    expect(page.body).toContain('the custom parameter canvas_user_id');
    const { body } = await scene.lti
      .api('post', '/api/v1/user-grants/authorize', { launchSessionId: user.session.id })
      .expect(403);
    expect(body).toMatchObject({ code: 'user_grant_unverified' });
    expect(scene.exchanges).toBe(0);
  });

  it('is stored as unverified if that is allowed, and refused without a cookie', async () => {
    await scene.putClient({ unverified: 'allow' }).expect(200);
    const { session, userId, grant } = await scene.connect();
    expect(grant.isVerified).toBe(false);
    const { body } = await scene.lti.api('get', `/api/v1/user-grants/${grant.id}`).expect(200);
    expect(body).toMatchObject({ status: 'unverified', userId });
    const resolved = await scene.lti.api('post', '/api/v1/user-grants/resolve', {
      launchSessionId: session.id,
    });
    expect(resolved.body).toMatchObject({ status: 'ready', isVerified: false });
    // A client that exists keeps its setting.
    expect((await scene.putClient().expect(200)).body).toMatchObject({ unverified: 'allow' });
    const exchanges = scene.exchanges;
    const other = { ...(await scene.launch(1)), browser: scene.cookieless() };
    expect(pageOf(await scene.consent(other))).toEqual([403, 'user_grant_unverified']);
    expect(scene.exchanges).toBe(exchanges);
    await scene.putClient({ unverified: 'refuse' }).expect(200);
    expect(await scene.grants.resolve({ session })).toMatchObject({ reason: 'unverified' });
  });
});
