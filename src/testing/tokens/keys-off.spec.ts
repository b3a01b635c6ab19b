import { GradebookScene } from '../../../test/support/gradebook-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';
import { membershipMediaType } from '../service-constants.js';

const user = 'user-00002';

it('gives no token to a client of Canvas that is switched off, and refuses its existing ones', async () => {
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

it("reports a user's token of a client that is switched off as expired, while refreshing works", async () => {
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
