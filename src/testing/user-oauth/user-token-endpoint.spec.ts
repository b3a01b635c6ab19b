import { until } from '../../../test/support/until.js';
import { callback, UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';

describe('UserTokenEndpoint', () => {
  let tool: UserOAuthTool;

  beforeEach(async () => {
    tool = await UserOAuthTool.start();
  });
  afterEach(() => tool.lms.stop());

  const works = async (accessToken: unknown) => (await tool.call(accessToken, '/courses')).status === 200;
  const tokensInProfile = () => tool.lms.userOAuth.profile(user).tokens.length;

  it('answers a code as Canvas does', async () => {
    const { status, body, headers } = await tool.tokensOf(user);
    const id = tool.lms.userOAuth.idOf(user);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.stringMatching(/^1~[\w-]{64}$/),
      token_type: 'Bearer',
      user: {
        id,
        name: expect.any(String),
        global_id: String(10_000_000_000_000 + id),
        effective_locale: 'en',
      },
      refresh_token: expect.stringMatching(/^1~/),
      expires_in: 3600,
      canvas_region: 'us-east-1',
    });
    expect(Number.isSafeInteger(id)).toBe(true);
  });

  it('overwrites the row at a refresh: it returns no refresh token and expires the old access token at once', async () => {
    const { body: first } = await tool.tokensOf(user);
    const { body: second } = await tool.refresh(first.refresh_token);
    expect(second).not.toHaveProperty('refresh_token');
    expect(second.user).toEqual(first.user);
    expect([await works(first.access_token), await works(second.access_token)]).toEqual([false, true]);
    expect((await tool.refresh(first.refresh_token)).status).toBe(200);
    expect(tokensInProfile()).toBe(1);
    expect(tool.lms.counts).toMatchObject({
      userTokenRequests: { authorization_code: 1, refresh_token: 2 },
      userTokensIssued: 1,
      userTokenRefreshes: 2,
    });
  });

  it('accepts a code once, within ten minutes, from its client, with its address', async () => {
    tool.lms.addUserOAuthClient({ clientId: 'other', clientSecret: 'x', redirectUris: [callback] });
    tool.lms.userOAuth.consentAs(user);
    const code = async () => (await tool.authorize()).get('code') ?? '';
    const refusal = async (value: string, parameters = {}) => {
      const { status, body } = await tool.exchange(value, parameters);
      return [status, body.error];
    };
    const used = await code();
    expect((await tool.exchange(used)).status).toBe(200);
    expect(await refusal(used)).toEqual([400, 'invalid_grant']);
    const late = await code();
    tool.clock.advance(600_000);
    expect(await refusal(late)).toEqual([400, 'invalid_grant']);
    expect(await refusal(await code(), { client_id: 'other', client_secret: 'x' })).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(await refusal(await code(), { redirect_uri: 'https://tool.example.edu/callback' })).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(tool.lms.counts.rejected).toEqual({
      used_code: 1,
      expired_code: 1,
      code_of_another_client: 1,
      wrong_redirect_uri: 1,
    });
  });

  it('answers 401 invalid_client to a wrong secret, an unknown client or the wrong way to authenticate', async () => {
    const { body } = await tool.tokensOf(user);
    const wrongs: Record<string, string>[] = [{ client_secret: 'wrong' }, { client_id: 'nobody' }];
    for (const wrong of wrongs) {
      const refused = await tool.refresh(body.refresh_token, wrong);
      expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client']);
    }
    tool.lms.addUserOAuthClient({
      clientId: tool.clientId,
      clientSecret: 's3cr+t%',
      redirectUris: [callback],
      clientAuth: 'basic',
    });
    expect((await tool.refresh(body.refresh_token)).status).toBe(401);
    expect(await works(body.access_token)).toBe(true);
  });

  it('adds tokens to the profile, unless a code comes with replace_tokens', async () => {
    const { body: first } = await tool.tokensOf(user);
    await tool.tokensOf(user);
    await tool.tokensOf('user-00003');
    expect(tool.lms.userOAuth.tokenCounts).toEqual({ [user]: 2, 'user-00003': 1 });
    const { body: last } = await tool.tokensOf(user, { replace_tokens: '1' });
    expect(tool.lms.userOAuth.tokenCounts).toEqual({ [user]: 1, 'user-00003': 1 });
    expect([await works(first.access_token), await works(last.access_token)]).toEqual([false, true]);
    expect((await tool.refresh(first.refresh_token)).status).toBe(400);
  });

  it('keeps the tokens of other clients when a code comes with replace_tokens', async () => {
    const other = { client_id: 'other', client_secret: 'x' };
    tool.lms.addUserOAuthClient({ clientId: 'other', clientSecret: 'x', redirectUris: [callback] });
    await tool.tokensOf(user);
    const code = (await tool.authorize(other)).get('code') ?? '';
    await tool.exchange(code, { ...other, replace_tokens: '1' });
    expect(tool.lms.userOAuth.profile(user).tokens.map(({ clientId }) => clientId)).toEqual([
      tool.clientId,
      'other',
    ]);
  });

  it.each([
    ['invalid_request', undefined],
    ['invalid_grant', 'invalid_grant'],
  ] as const)(
    'refuses the refresh of a token that the user has deleted, with %s where the client has %s',
    async (error, refusedRefresh) => {
      tool.lms.addUserOAuthClient({
        clientId: tool.clientId,
        clientSecret: 's3cr+t%',
        redirectUris: [callback],
        refusedRefresh,
      });
      const { body } = await tool.tokensOf(user);
      const profile = tool.lms.userOAuth.profile(user);
      profile.deleteToken(profile.tokens[0]!.id);
      expect(await works(body.access_token)).toBe(false);
      const refused = await tool.refresh(body.refresh_token);
      expect([refused.status, refused.body]).toEqual([
        400,
        { error, error_description: 'refresh_token not found' },
      ]);
    },
  );

  it('revokes by DELETE; an expired token cannot revoke itself', async () => {
    const { body } = await tool.tokensOf(user);
    expect(tool.lms.userOAuth.expireAccessTokens(user)).toBe(1);
    const expired = await tool.revoke(body.access_token);
    expect([expired.status, expired.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="canvas-lms"',
    ]);
    const { body: fresh } = await tool.refresh(body.refresh_token);
    expect((await tool.revoke(fresh.access_token, '?expire_sessions=1')).status).toBe(200);
    expect(tokensInProfile()).toBe(0);
    expect((await tool.revoke(fresh.access_token)).status).toBe(401);
    expect(tool.lms.counts).toMatchObject({
      userTokenRequests: { revocation: 3 },
      userTokenRevocations: 1,
      userSessionsExpired: 1,
    });
  });

  it('passes the requests of tools to the other token end point, which has the same address at Canvas', async () => {
    const refused = await tool.post({ grant_type: 'client_credentials' });
    expect(refused.status).toBe(400);
    expect(tool.lms.counts).toMatchObject({ tokenRequests: 1, userTokenRequests: {} });
  });

  it('answers with null, and without expires_in and refresh_token, on demand', async () => {
    tool.lms.faults.add({ kind: 'null-token', on: 'user-token' });
    tool.lms.faults.add({ kind: 'expires-in', on: 'user-token' });
    tool.lms.faults.add({ kind: 'no-refresh-token' });
    const { status, body } = await tool.tokensOf(user);
    expect([status, body.access_token]).toEqual([200, null]);
    expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'user', 'canvas_region']);
  });

  it('refuses on demand, and keeps all grants', async () => {
    const { body } = await tool.tokensOf(user);
    tool.lms.faults.add({ kind: 'oauth-error', error: 'invalid_client' });
    tool.lms.faults.add({ kind: 'oauth-error', after: 1 });
    tool.lms.faults.add({ kind: 'status', on: 'user-token', status: 418, after: 2 });
    const statuses = [];
    for (let time = 0; time < 4; time += 1) statuses.push((await tool.refresh(body.refresh_token)).status);
    expect(statuses).toEqual([401, 400, 418, 200]);
  });

  it('refreshes, though the answer is lost, when the connection is cut afterwards', async () => {
    const { body } = await tool.tokensOf(user);
    tool.lms.faults.add({ kind: 'cut', on: 'user-token', when: 'before-processing' });
    await expect(tool.refresh(body.refresh_token)).rejects.toThrow();
    expect(await works(body.access_token)).toBe(true);
    tool.lms.faults.add({ kind: 'cut', on: 'user-token', when: 'before-headers' });
    await expect(tool.refresh(body.refresh_token)).rejects.toThrow();
    expect(await works(body.access_token)).toBe(false);
    expect((await tool.refresh(body.refresh_token)).status).toBe(200);
  });

  it('can stop answering after the refresh was done', async () => {
    const { body } = await tool.tokensOf(user);
    tool.lms.faults.add({ kind: 'hang', on: 'user-token', when: 'after-processing' });
    const lost = expect(tool.refresh(body.refresh_token)).rejects.toThrow();
    await until('the refresh is done', async () => ((await works(body.access_token)) ? undefined : true));
    await tool.lms.stop();
    await lost;
  });

  it('can delay an answer after the refresh was done', async () => {
    const { body } = await tool.tokensOf(user);
    tool.lms.faults.add({ kind: 'latency', on: 'user-token', ms: 5000, when: 'after-processing' });
    const answer = tool.refresh(body.refresh_token);
    await tool.clock.untilSleeping();
    expect(await works(body.access_token)).toBe(false);
    tool.clock.advance(5000);
    expect(await works((await answer).body.access_token)).toBe(true);
  });
});
