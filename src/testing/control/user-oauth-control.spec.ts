import { callback, UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';

describe('controlUserOAuth', () => {
  let tool: UserOAuthTool;

  beforeEach(async () => {
    tool = await UserOAuthTool.start();
  });
  afterEach(() => tool.lms.stop());

  async function control(method: string, path: string, body?: unknown) {
    const response = await fetch(`${tool.lms.url}/_control/user-oauth/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('adds clients and never shows their secrets', async () => {
    const client = { clientId: 'second', clientSecret: 'x', redirectUris: [callback], style: 'rotating' };
    const added = await control('POST', 'clients', client);
    expect(added).toMatchObject({ status: 201, body: { clientId: 'second', clientAuth: 'basic' } });
    expect(added.body).not.toHaveProperty('clientSecret');
    expect((await control('GET', 'state')).body).toEqual({
      authorizeUrl: tool.lms.userOAuth.authorizeUrl,
      tokenUrl: tool.lms.userOAuth.tokenUrl,
      apiUrl: tool.lms.userOAuth.apiUrl,
      clients: [tool.clientId, 'second'],
      tokenCounts: {},
    });
    expect((await control('POST', 'clients', { clientId: 'third' })).status).toBe(400);
    expect((await control('GET', 'nothing')).status).toBe(404);
  });

  it('chooses the user who consents', async () => {
    expect((await control('POST', 'consent', { userId: 'nobody' })).status).toBe(404);
    await control('POST', 'consent', { userId: user });
    expect((await tool.authorize()).has('code')).toBe(true);
    await control('POST', 'consent', { error: 'access_denied' });
    expect((await tool.authorize()).get('error')).toBe('access_denied');
    expect((await control('POST', 'consent', { page: true })).body).toEqual({ consent: { page: true } });
    await expect(tool.authorize()).rejects.toThrow('No redirect: 200');
  });

  it('shows a profile, and expires and deletes its tokens', async () => {
    const { body } = await tool.tokensOf(user);
    expect((await control('POST', 'expire', { userId: 'user-00003' })).body).toEqual({ expired: 0 });
    expect((await control('POST', 'expire', {})).body).toEqual({ expired: 1 });
    expect((await tool.call(body.access_token, '/courses')).status).toBe(401);
    const profile = await control('GET', `profiles/${user}`);
    expect(profile.body).toMatchObject({ id: tool.lms.userOAuth.idOf(user), tokens: [{ id: 1 }], notes: [] });
    expect(JSON.stringify(profile.body)).not.toContain(String(body.refresh_token));
    expect((await control('POST', 'delete-token', { userId: 'user-00003', id: 1 })).status).toBe(404);
    expect((await control('POST', 'delete-token', { userId: user, id: 1 })).body.tokens).toEqual([]);
    expect((await tool.refresh(body.refresh_token)).status).toBe(400);
  });

  it('sets the remaining rate limit', async () => {
    await control('POST', 'rate-limit', { remaining: 3 });
    expect(tool.lms.userOAuth.rateLimitRemaining).toBe(3);
  });
});
