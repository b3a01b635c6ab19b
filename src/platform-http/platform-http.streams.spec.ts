import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { FormData } from 'undici';
import { failure, get, platformHttpHarness } from '../../test/support/platform-http-harness.js';
import { type LoopbackHandler } from '../../test/support/loopback-server.js';
import { FakeClock } from '../testing/fake-clock.js';

const { serve, client } = platformHttpHarness();

/** Begins an answer, and leaves its end to the test. */
function beginning(...pieces: string[]): { handle: LoopbackHandler; end: (piece?: string) => void } {
  const ends: ((piece?: string) => void)[] = [];
  return {
    handle: (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (const piece of pieces) response.write(piece);
      ends.push((piece) => response.end(piece));
    },
    end: (piece) => ends.shift()?.(piece),
  };
}

describe('a streamed answer', () => {
  it('can be read while it arrives, and holds its slot until its end', async () => {
    const { handle, end } = beginning('first ');
    const server = await serve(handle);
    const http = client({ concurrencyPerPlatform: 1 });
    const answer = await http.stream(get(server.url('/1')));
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      url: server.url('/1'),
    });
    const pieces = answer.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    expect(String((await pieces.next()).value)).toBe('first ');
    const next = http.stream(get(server.url('/2')));
    const other = await serve((response) => response.end());
    await http.send(get(other.url()));
    expect(server.requests).toHaveLength(1);
    end('last');
    expect(String((await pieces.next()).value)).toBe('last');
    await server.untilRequests(2);
    end();
    expect(await text((await next).body)).toBe('first ');
  });

  it('that is destroyed closes its connection and releases its slot', async () => {
    let gone: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (gone = resolve));
    const server = await serve((response, _request, nth) => {
      response.once('close', gone);
      if (nth === 1) response.write('endless');
      else response.end('served');
    });
    const http = client({ concurrencyPerPlatform: 1 });
    const { body } = await http.stream(get(server.url()));
    body.destroy();
    await closed;
    expect((await http.send(get(server.url()))).body).toBe('served');
  });

  it('ends when its caller aborts, before it begins and in the middle', async () => {
    const { handle } = beginning('a piece');
    const server = await serve((response, request, nth) =>
      nth === 1 ? handle(response, request, nth) : undefined,
    );
    const http = client({ concurrencyPerPlatform: 1 });
    for (const requests of [1, 2]) {
      const caller = new AbortController();
      const reason = new Error('the caller has gone');
      const answer = http.stream(get(server.url(), { signal: caller.signal }));
      const outcome = failure(requests === 1 ? answer.then(({ body }) => text(body)) : answer);
      await server.untilRequests(requests);
      if (requests === 1) await answer;
      caller.abort(reason);
      expect(await outcome).toBe(reason);
    }
  });

  it('is limited in size', async () => {
    const server = await serve((response) => response.end('x'.repeat(100_000)));
    const { body } = await client({ maxResponseBytes: 50_000 }).stream(get(server.url()));
    expect(await failure(text(body))).toMatchObject({ code: 'platform_response_too_large' });
  });

  it('fails when the platform stops in the middle, and when the connection is cut', async () => {
    const server = await serve((response, _request, nth) => {
      response.write('a piece', () => nth === 2 && response.destroy());
    });
    const stopped = await client({ bodyTimeoutMs: 50 }).stream(get(server.url()));
    expect(await failure(text(stopped.body))).toMatchObject({ code: 'platform_timeout' });
    const cut = await client().stream(get(server.url()));
    expect(await failure(text(cut.body))).toMatchObject({
      code: 'platform_unreachable',
      reason: 'connection_cut',
    });
  });

  it('releases its slot when no caller reads it', async () => {
    const server = await serve((response, _request, nth) =>
      response.end(nth === 1 ? Buffer.alloc(8 * 1024 * 1024) : 'served'),
    );
    const http = client({ bodyTimeoutMs: 50, concurrencyPerPlatform: 1 });
    const { body } = await http.stream(get(server.url()));
    expect((await http.send(get(server.url()))).body).toBe('served');
    expect(await failure(text(body))).toMatchObject({ code: 'platform_timeout', phase: 'exchange' });
  });

  it('consists of the bytes as they were sent, and is requested without compression', async () => {
    const packed = gzipSync('packed');
    const server = await serve((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );
    const { headers, body } = await client().stream(get(server.url()));
    const chunks = (await body.toArray()) as Buffer[];
    expect([headers['content-encoding'], Buffer.concat(chunks)]).toEqual(['gzip', packed]);
    expect(server.requests[0]?.headers).toMatchObject({
      'accept-encoding': 'identity',
      'user-agent': expect.stringContaining('nest-lti'),
    });
  });

  it('is not a redirect, unless the caller asked for that', async () => {
    const server = await serve((response) => response.writeHead(303, { location: '/elsewhere' }).end('gone'));
    const http = client();
    expect(await failure(http.stream(get(server.url())))).toMatchObject({
      code: 'platform_redirect_refused',
    });
    const taken = await http.stream(get(server.url(), { takesRedirects: true }));
    expect([taken.status, taken.headers.location, await text(taken.body)]).toEqual([
      303,
      '/elsewhere',
      'gone',
    ]);
    expect(server.requests.map(({ url }) => url)).toEqual(['/', '/']);
  });

  it('is requested again when the connection was cut before it began', async () => {
    const server = await serve((response, _request, nth) =>
      nth === 1 ? response.destroy() : response.end('served'),
    );
    const http = client();
    expect(await text((await http.stream(get(server.url()))).body)).toBe('served');
    const cut = await serve((response) => response.destroy());
    const post = { method: 'POST', url: cut.url(), body: 'x=1' } as const;
    expect(await failure(http.stream(post))).toMatchObject({ code: 'platform_unreachable' });
    expect(cut.requests).toHaveLength(1);
  });

  it('is not requested from an address that is not allowed', async () => {
    const http = client({ allowPrivateNetworks: false });
    expect(await failure(http.stream(get('http://127.0.0.1/')))).toMatchObject({ code: 'unsafe_url' });
  });

  it('passes through the interceptors of the embedder', async () => {
    const server = await serve((response, { headers }) => response.end(headers['x-trace']));
    const http = client();
    http.axios.interceptors.request.use((config) => {
      config.headers.set('x-trace', 'seen');
      return config;
    });
    expect(await text((await http.stream(get(server.url()))).body)).toBe('seen');
  });
});

describe('a throttled request for a streamed answer', () => {
  it.each([429, 503])('is sent again after a %d', async (status) => {
    const clock = new FakeClock();
    const server = await serve((response, _request, nth) =>
      nth === 1 ? response.writeHead(status, { 'retry-after': '20' }).end('busy') : response.end('served'),
    );
    const sending = client({}, clock).stream(get(server.url()));
    await clock.untilSleeping();
    clock.advance(20_000);
    expect(await text((await sending).body)).toBe('served');
  });

  it('receives a 429 unchanged where the platform counts by token', async () => {
    const server = await serve((response) => response.writeHead(429).end('busy'));
    const { status, body } = await client().stream(get(server.url(), { isCountedByToken: true }));
    expect([status, await text(body)]).toEqual([429, 'busy']);
  });

  it('is not sent again when its body is a form, which can be read once', async () => {
    const server = await serve((response) => response.writeHead(503).end('busy'));
    const form = new FormData();
    form.set('name', 'ü');
    const post = { method: 'POST', url: server.url(), body: form } as const;
    expect(await failure(client().stream(post))).toMatchObject({ code: 'platform_throttled' });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      headers: { 'content-type': expect.stringMatching(/^multipart\/form-data; boundary=/) },
      body: expect.stringContaining('name="name"\r\n\r\nü'),
    });
  });
});
