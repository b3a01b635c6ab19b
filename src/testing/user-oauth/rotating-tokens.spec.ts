import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';

describe('A client whose refresh tokens rotate', () => {
  let tool: UserOAuthTool;

  const start = async (revokesOnReuse: boolean) => {
    tool = await UserOAuthTool.start({ style: 'rotating', revokesOnReuse }, { family: 'brightspace' });
    return (await tool.tokensOf(user)).body;
  };
  afterEach(() => tool.lms.stop());

  it('gets a new refresh token with each refresh, by Basic, and its earlier access token stays valid', async () => {
    const first = await start(false);
    expect(Object.keys(first)).toEqual([
      'access_token',
      'token_type',
      'refresh_token',
      'expires_in',
      'scope',
    ]);
    const { body: second } = await tool.refresh(first.refresh_token);
    const { body: third } = await tool.refresh(second.refresh_token);
    expect(new Set([first.refresh_token, second.refresh_token, third.refresh_token]).size).toBe(3);
    expect((await tool.call(first.access_token, '/courses')).status).toBe(200);
    expect(tool.lms.userOAuth.profile(user).tokens).toHaveLength(1);
  });

  it('gets a refusal for a used refresh token, and keeps the grant', async () => {
    const first = await start(false);
    const { body: second } = await tool.refresh(first.refresh_token);
    expect((await tool.refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await tool.refresh(second.refresh_token)).status).toBe(200);
  });

  it('loses the whole grant when it sends a used refresh token again, if so configured', async () => {
    const first = await start(true);
    const { body: second } = await tool.refresh(first.refresh_token);
    expect((await tool.refresh(first.refresh_token)).body.error).toBe('invalid_grant');
    expect((await tool.refresh(second.refresh_token)).body.error).toBe('invalid_grant');
    expect((await tool.call(second.access_token, '/courses')).status).toBe(401);
    expect(tool.lms.userOAuth.profile(user).tokens).toEqual([]);
  });
});
