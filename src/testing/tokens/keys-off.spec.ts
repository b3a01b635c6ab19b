import { GradebookScene } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { callback, UserOAuthTool } from '../../../test/support/user-oauth-tool.js';
import { membershipMediaType } from '../service-constants.js';

const user = 'user-00002';

it('a client of Canvas that is switched off gets no token, and the ones that it has are refused', async () => {
  const tool = await SigningTool.create();
  const scene = await GradebookScene.start(tool, 'canvas');
  const { lms, course } = scene;
  lms.switchKey(tool.clientId, 'off');
  const refused = await tool.post(lms, await tool.assertion(lms, scene.clock.nowMs() / 1000));
  expect([refused.status, await refused.json()]).toEqual([
    401,
    { error: 'invalid_client', error_description: 'unknown client' },
  ]);
  const errors = { type: 'unauthorized', message: 'Unknown or inactive Developer Key' };
  const answers = [
    await scene.lineItems(),
    await scene.post(scene.addLineItem()),
    await scene.call('GET', course.membershipsUrl, { accept: membershipMediaType }),
  ];
  for (const { status, json, headers } of answers)
    expect([status, json, headers.get('www-authenticate')]).toEqual([401, { errors }, null]);
  expect(lms.counts.rejected).toEqual({ key_off: 4 });
  lms.switchKey(tool.clientId, 'on');
  expect((await scene.lineItems()).status).toBe(200);
  await scene.stop();
});

it("a user's token of a client that is switched off is called dead, while refreshing works", async () => {
  const tool = await UserOAuthTool.start();
  const { refresh_token, access_token } = (await tool.tokensOf(user)).body;
  tool.lms.switchKey(tool.clientId, 'off');
  const { status, headers } = await tool.call(access_token, '/courses');
  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="canvas-lms"']);
  const refreshed = await tool.refresh(refresh_token);
  expect(refreshed.status).toBe(200);
  expect((await tool.call(refreshed.body.access_token, '/courses')).status).toBe(401);
  tool.lms.switchKey(tool.clientId, 'on');
  expect((await tool.call(refreshed.body.access_token, '/courses')).status).toBe(200);
  await tool.lms.stop();
});

it.each([
  ['number', /"id":\d{1,15},/],
  ['large-number', /"id":1\d{17},/],
  ['large-text', /"id":"1\d{17}",/],
] as const)('ids of users are written in the style %s, the same everywhere', async (style, written) => {
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

it("a user's id in the answer to a code has all of its digits", async () => {
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
