import { LoopbackServer } from '../../../test/support/loopback-server.js';
import { SimulatedBrowser } from './simulated-browser.js';

describe('SimulatedBrowser', () => {
  let platform: LoopbackServer;
  let tool: LoopbackServer;
  const autoSubmit = (action: string) =>
    `<form id="auto-submit" method="post" action="${action}"><input type="hidden" name="id_token" value="a&amp;&quot;b"></form>`;

  beforeEach(async () => {
    platform = await LoopbackServer.start((response) => response.end(autoSubmit(tool.url('/launch'))));
  });
  afterEach(async () => {
    await platform.stop();
    await tool.stop();
  });

  const initiation = (method: 'GET' | 'POST' = 'GET') => ({
    url: tool.url('/login?x=1'),
    method,
    parameters: { login_hint: 'a&b' },
    authorizationUrl: platform.url('/auth'),
  });

  it.each(['GET', 'POST'] as const)(
    'starts by %s, sends its cookie back, and then follows no redirect',
    async (method) => {
      tool = await LoopbackServer.start((response, { url }) =>
        url.startsWith('/login')
          ? response
              .writeHead(302, {
                location: platform.url('/auth'),
                'set-cookie': 'a=1; SameSite=None; Secure; Path=/',
              })
              .end()
          : response.writeHead(303, { location: '/inside' }).end(),
      );
      const response = await new SimulatedBrowser().launch(initiation(method));
      expect([response.status, response.headers.location, response.url]).toEqual([
        303,
        '/inside',
        tool.url('/launch'),
      ]);
      const [login, launch] = tool.requests;
      expect(login).toMatchObject(
        method === 'GET'
          ? { method, url: '/login?x=1&login_hint=a%26b', body: '' }
          : { method, url: '/login?x=1', body: 'login_hint=a%26b' },
      );
      expect(launch).toMatchObject({ method: 'POST', body: 'id_token=a%26%22b' });
      expect(launch?.headers.cookie).toBe('a=1');
      expect(
        Object.keys(login?.headers ?? {}).filter(
          (name) => !/^(host|connection|content-(type|length))$/.test(name),
        ),
      ).toEqual([]);
    },
  );

  it('sends no cookies when they are blocked, and none of another browser', async () => {
    tool = await LoopbackServer.start((response) =>
      response
        .writeHead(302, {
          location: platform.url('/auth'),
          'set-cookie': 'a=1; SameSite=None; Secure; Path=/',
        })
        .end(),
    );
    await new SimulatedBrowser({ cookies: false }).launch(initiation());
    const { url, fields } = await new SimulatedBrowser().authorize(initiation());
    await new SimulatedBrowser().post(url, fields);
    expect(tool.requests.map(({ headers }) => headers.cookie)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('submits a form of the login page only if it leads to the platform', async () => {
    const form = (action: string) =>
      `<form method="post" action="${action}"><input name="state" value="s"></form>`;
    tool = await LoopbackServer.start((response, { url }) =>
      response.end(url === '/launch' ? 'launched' : form('/elsewhere') + form(platform.url('/auth'))),
    );
    expect((await new SimulatedBrowser().launch(initiation())).body).toBe('launched');
    expect(platform.requests).toEqual([expect.objectContaining({ method: 'POST', body: 'state=s' })]);
  });

  it("returns the tool's answer when the login leads nowhere", async () => {
    tool = await LoopbackServer.start((response) => response.writeHead(400).end('no'));
    expect(await new SimulatedBrowser().launch(initiation())).toMatchObject({ status: 400, body: 'no' });
    await expect(new SimulatedBrowser().authorize(initiation())).rejects.toMatchObject({
      response: { status: 400 },
    });
  });

  it('names the target of a form that no connected tool would receive', async () => {
    tool = await LoopbackServer.start((response) => response.end());
    const browser = new SimulatedBrowser({ origins: { 'https://tool.example.edu': tool.url('/') } });
    const page = { status: 200, url: 'https://tool.example.edu/lti/launch', headers: {} };
    const submit = (action: string) => browser.submit({ ...page, body: autoSubmit(action) });
    await expect(async () => submit('https://quiz.example.edu/quiz')).rejects.toThrow(
      'https://tool.example.edu/lti/launch posts to https://quiz.example.edu/quiz, which is not below the publicUrl of a ' +
        'connected tool (https://tool.example.edu).',
    );
    await submit('https://tool.example.edu/quiz');
    await submit(tool.url('/elsewhere'));
    expect(tool.requests.map(({ url }) => url)).toEqual(['/quiz', '/elsewhere']);
  });

  it('stops following redirects in a circle', async () => {
    tool = await LoopbackServer.start((response) => response.writeHead(302, { location: '/login' }).end());
    expect(await new SimulatedBrowser().launch(initiation())).toMatchObject({ status: 302 });
    expect(tool.requests.length).toBeLessThan(15);
  });
});
