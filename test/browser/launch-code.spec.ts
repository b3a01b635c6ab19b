import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page } from 'playwright-core';
import ts from 'typescript';
import { freePort } from '../../src/demo/free-port.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { PARTITIONED_HOST, useChromium } from '../support/chromium.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { API_KEY, LtiTestApp } from '../support/lti-app.js';

type OpenActivity = (request: Request) => Promise<Response>;

/** The tool of docs/launches.md, for a nest-lti at this address. */
function documentedTool(publicUrl: string): OpenActivity {
  const docs = readFileSync(join(__dirname, '../../docs/launches.md'), 'utf8');
  const [, block = ''] = /```ts\n(const NEST_LTI = .*?)```/s.exec(docs) ?? [];
  const source = block.replace('https://lti.example.edu', publicUrl);
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  const exports: { openActivity?: OpenActivity } = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the documented code itself is under test
  new Function('exports', 'process', outputText)(exports, { env: { NEST_LTI_API_KEY: API_KEY } });
  if (exports.openActivity === undefined) throw new Error('docs/launches.md has no openActivity.');
  return exports.openActivity;
}

describe('the one-time code of a launch in Chromium', () => {
  const chromium = useChromium();
  let lti: LtiTestApp;
  let platform: SimulatedPlatform;
  let tool: LoopbackServer;
  let userId: string;

  beforeAll(async () => {
    const publicUrl = `http://${PARTITIONED_HOST}:${await freePort(0)}`;
    let openActivity: OpenActivity | undefined;
    tool = await LoopbackServer.start(async (response, { method, headers, body }) => {
      // Browsers also ask for an icon.
      if (method !== 'POST') return response.writeHead(404).end();
      openActivity ??= documentedTool(publicUrl);
      const request = new Request(tool.url(), { method, headers: headers as Record<string, string>, body });
      const answer = await openActivity(request);
      response.writeHead(answer.status, { 'content-type': 'text/html' });
      return response.end(`<main>${await answer.text()}</main>`);
    });
    lti = await LtiTestApp.start({
      publicUrl,
      launch: { toolUrls: [tool.url()] },
    });
    platform = await SimulatedPlatform.start({ clock: lti.clock });
    platform.addCourse({ contextId: 'course-1', members: 1 });
    platform.addTool({
      clientId: 'tool',
      jwksUrl: lti.jwksUrl,
      launch: { loginUrl: `${publicUrl}/lti/login`, redirectUris: [`${publicUrl}/lti/launch`] },
    });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience } = platform;
    const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience };
    await lti
      .api('post', '/api/v1/registrations', { name: issuer, clientId: 'tool', deployments: ['1'], ...urls })
      .expect(201);
    userId = platform.course('course-1').members[0]!.userId;
  });
  afterAll(async () => {
    await platform.stop();
    await lti.stop();
    await tool.stop();
  });

  const posted = () => tool.requests.findLast(({ method }) => method === 'POST');
  const open = (how: 'frame' | 'window'): Promise<Page> => {
    const query = new URLSearchParams({ client_id: 'tool', context_id: 'course-1', user_id: userId });
    return chromium().open(`${platform.url}/_launch/${how}?${query.toString()}`);
  };

  it.each(['frame', 'window'] as const)(
    'is posted to the tool from a %s, and opens the session there',
    async (how) => {
      const page = await open(how);
      const main =
        how === 'frame' ? page.frameLocator('iframe[name=tool]').locator('main') : page.locator('main');
      await main.getByText(`Welcome, ${userId}`).waitFor();
      expect(posted()).toMatchObject({ url: '/' });
      expect(chromium().console.filter((line) => /Content Security Policy|Uncaught/.test(line))).toEqual([]);
    },
  );

  it('is refused by the tool when the page of another site posts it', async () => {
    const attacker = await LoopbackServer.start((response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        `<form method="post" action="${tool.url()}"><input name="code" value="of-the-attacker" /></form>
         <script>document.forms[0].submit()</script>`,
      );
    });
    const page = await chromium().open(`http://localhost:${attacker.port}/`);
    await page.getByText('Open the activity from your course.').waitFor();
    expect(posted()?.headers.origin).toBe(`http://localhost:${attacker.port}`);
    await attacker.stop();
  });
});
