import { callback, UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';

it.each([
  ['number', /"id":\d{1,15},/],
  ['large-number', /"id":1\d{17},/],
  ['large-text', /"id":"1\d{17}",/],
] as const)('writes ids of users in the style %s, everywhere the same', async (style, written) => {
  const tool = await UserOAuthTool.start();
  const { lms } = tool;
  lms.userOAuth.idStyle = style;
  const id = lms.userOAuth.writtenIdOf(user);
  expect(Number.isSafeInteger(Number(id))).toBe(style === 'number');
  const { access_token } = (await tool.tokensOf(user)).body;
  const profile = await fetch(`${lms.userOAuth.apiUrl}/users/self/profile`, {
    headers: { authorization: `Bearer ${String(access_token)}` },
  });
  const text = await profile.text();
  expect(text).toMatch(written);
  expect(text).toContain(id);
  await lms.stop();
});

it("returns a user's id with all of its digits in the answer to a code", async () => {
  const tool = await UserOAuthTool.start();
  tool.lms.userOAuth.idStyle = 'large-number';
  tool.lms.userOAuth.consentAs(user);
  const answer = await fetch(tool.authorizeUrl(), { redirect: 'manual' });
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: callback };
  const body = new URLSearchParams({ ...form, client_id: tool.clientId, client_secret: 's3cr+t%' });
  const token = await fetch(tool.lms.userOAuth.tokenUrl, { method: 'POST', body });
  expect(await token.text()).toContain(`"user":{"id":${tool.lms.userOAuth.writtenIdOf(user)},`);
  await tool.lms.stop();
});
