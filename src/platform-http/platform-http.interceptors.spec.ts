import { get, platformHttpHarness } from '../../test/support/platform-http-harness.js';

const { serve, client } = platformHttpHarness();

describe("an embedder's interceptor", () => {
  it('sees requests from the time it is added until it is removed', async () => {
    const server = await serve((response) => response.end());
    const http = client();
    await http.send(get(server.url('/before')));
    const id = http.axios.interceptors.request.use((config) => {
      config.headers.set('X-Campus', 'north');
      return config;
    });
    await http.send(get(server.url('/with')));
    http.axios.interceptors.request.eject(id);
    await http.send(get(server.url('/after')));
    expect(server.requests.map(({ url, headers }) => [url, headers['x-campus']])).toEqual([
      ['/before', undefined],
      ['/with', 'north'],
      ['/after', undefined],
    ]);
  });

  it('sees the answers of platforms', async () => {
    const server = await serve((response) => response.setHeader('X-Mixed', 'a').writeHead(404).end('raw'));
    const http = client();
    http.axios.interceptors.response.use((answer) => ({
      ...answer,
      data: `${answer.status} ${String(answer.headers['x-mixed'])} ${String(answer.data)}`,
    }));
    expect(await http.send(get(server.url()))).toMatchObject({ status: 404, body: '404 a raw' });
  });

  it.each(['usual', 'urgent'] as const)('sees %s requests', async (urgency) => {
    const server = await serve((response) => response.end());
    const http = client();
    const seen: unknown[] = [];
    http.axios.interceptors.request.use((config) => (seen.push(config.url), config));
    await http.send(get(server.url('/a'), { urgency }));
    expect(seen).toEqual([server.url('/a')]);
  });

  it.each<Parameters<typeof get>[1]>([
    {},
    { method: 'POST', body: 'a=1' },
    { method: 'POST', body: '{"é":1}', headers: { 'Content-Type': 'x/y', ACCEPT: 'z/z' } },
    { method: 'PUT', body: '' },
    { method: 'DELETE' },
  ])('that does nothing changes nothing: %j', async (more) => {
    const server = await serve((response) =>
      response.setHeader('Set-Cookie', ['a=1', 'b=2']).setHeader('Date', 'today').writeHead(400).end('é'),
    );
    const http = client();
    const bare = await http.send(get(server.url('/?a=b'), more));
    http.axios.interceptors.request.use((config) => config);
    const intercepted = await http.send(get(server.url('/?a=b'), more));
    expect(intercepted).toEqual(bare);
    const [first, second] = server.requests;
    expect(second).toEqual(first);
  });

  it('cannot be replaced by changed defaults, which would apply to some requests only', () => {
    const { defaults } = client().axios;
    expect(() => (defaults.timeout = 1)).toThrow(TypeError);
    expect(() => Object.assign(defaults.headers, { 'X-Campus': 'north' })).toThrow(TypeError);
  });
});

it('applies the same bounds to requests that are sent through axios itself', async () => {
  const server = await serve((response) => response.writeHead(302, { location: '/new' }).end());
  await expect(client().axios.get(server.url())).rejects.toMatchObject({ code: 'platform_redirect_refused' });
  await expect(client({ allowPrivateNetworks: false }).axios.get(server.url('/'), {})).rejects.toMatchObject({
    code: 'unsafe_url',
  });
});
