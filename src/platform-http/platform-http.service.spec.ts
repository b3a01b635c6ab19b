import { type LookupAddress } from 'node:dns';
import { getEventListeners, once } from 'node:events';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type LoopbackHandler } from '../../test/support/loopback-server.js';
import { failure, get, platformHttpHarness } from '../../test/support/platform-http-harness.js';
import { VERSION } from '../common/version.js';
import { FakeClock } from '../testing/fake-clock.js';
import { PlatformUnreachable } from './platform-http.errors.js';

const { serve, client } = platformHttpHarness();

describe('a request', () => {
  it('is sent unchanged, with our user agent', async () => {
    const server = await serve((response) => response.end());
    await client().send({
      method: 'POST',
      url: server.url('/Token?type_id=1'),
      headers: {
        accept: 'application/vnd.ims.lis.v1.score+json',
        authorization: 'Bearer abc',
        'Content-Type': 'x/y',
      },
      body: '{"é":1}',
    });
    expect(server.requests).toEqual([
      {
        method: 'POST',
        url: '/Token?type_id=1',
        body: '{"é":1}',
        headers: {
          accept: 'application/vnd.ims.lis.v1.score+json',
          'accept-encoding': 'gzip',
          authorization: 'Bearer abc',
          connection: 'keep-alive',
          'content-length': '8',
          'content-type': 'x/y',
          host: `127.0.0.1:${server.port}`,
          'user-agent': `nest-lti/${VERSION} (+https://www.npmjs.com/package/nest-lti)`,
        },
      },
    ]);
  });

  it('has the user agent of the options', async () => {
    const server = await serve((response) => response.end());
    await client({ userAgent: 'tool/7' }).send(get(server.url()));
    expect(server.requests[0]?.headers['user-agent']).toBe('tool/7');
  });

  it('has each header once, in whatever case it is written', async () => {
    const server = await serve((response) => response.end());
    await client().send(get(server.url(), { headers: { 'USER-AGENT': 'tool/8' } }));
    expect(server.requests[0]?.headers['user-agent']).toBe('tool/8');
  });

  it('reuses the connection', async () => {
    const server = await serve((response) => response.end('x'));
    const http = client({ concurrencyPerPlatform: 1 });
    await http.send(get(server.url('/1')));
    await http.send(get(server.url('/2')));
    expect(server.connections).toBe(1);
  });
});

describe('an answer', () => {
  it.each([200, 204, 304, 400, 401, 404, 409, 500, 502])(
    'with status %d is returned, not thrown',
    async (status) => {
      const server = await serve((response) => response.writeHead(status).end());
      expect(await client().send(get(server.url()))).toMatchObject({ status, body: '' });
    },
  );

  it('has its headers, body, URL and time', async () => {
    const server = await serve((response) => {
      response.setHeader('X-Mixed-Case', 'Yes');
      response.setHeader(
        'Link',
        ['<a>; rel="prev"', '<b>; rel=“next”'].map((link) => Buffer.from(link).toString('latin1')),
      );
      response.end(Buffer.from('naïve'));
    });
    const answer = await client().send(get(server.url('/A?b=C#d')));
    expect(answer).toMatchObject({
      status: 200,
      body: 'naïve',
      url: server.url('/A?b=C'),
      receivedAt: new FakeClock().now(),
      headers: {
        'x-mixed-case': 'Yes',
        link: `<a>; rel="prev", ${Buffer.from('<b>; rel=“next”').toString('latin1')}`,
      },
    });
  });

  it('is the final one, not an informational one', async () => {
    const server = await serve((response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(201, { 'x-final': 'yes' }).end('made');
    });
    const { status, headers, body } = await client().send(get(server.url()));
    expect({ status, body }).toEqual({ status: 201, body: 'made' });
    expect(headers).toMatchObject({ 'x-final': 'yes' });
    expect(headers).not.toHaveProperty('link');
  });

  it('is decoded correctly when a character comes in two pieces', async () => {
    const [first, second] = Buffer.from('é');
    const server = await serve((response) => {
      response.write(Buffer.from([first ?? 0]), () =>
        setImmediate(() => response.end(Buffer.from([second ?? 0]))),
      );
    });
    expect((await client().send(get(server.url()))).body).toBe('é');
  });

  it('loses its byte order mark', async () => {
    const server = await serve((response) => response.end('\ufeff{"a":1}'));
    expect((await client().send(get(server.url()))).body).toBe('{"a":1}');
  });

  it('is decompressed', async () => {
    const server = await serve((response) =>
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync('\ufeff' + 'é'.repeat(5000))),
    );
    expect((await client().send(get(server.url()))).body).toBe('é'.repeat(5000));
  });

  it('has no header that describes the compressed body', async () => {
    const bodies = [gzipSync('{"a":1}'), Buffer.from('\ufeff{"a":1}')];
    const server = await serve((response, _request, nth) =>
      response
        .writeHead(200, {
          ...(nth === 1 && { 'content-encoding': 'gzip' }),
          'content-length': bodies[nth - 1]!.length,
          'content-type': 'application/json',
        })
        .end(bodies[nth - 1]),
    );
    for (const _ of bodies) {
      const { headers, body } = await client().send(get(server.url()));
      expect(body).toBe('{"a":1}');
      expect(headers['content-type']).toBe('application/json');
      for (const name of ['content-encoding', 'content-length']) expect(headers).not.toHaveProperty(name);
    }
  });

  it('that claims to be compressed may be empty', async () => {
    const server = await serve((response) => response.setHeader('Content-Encoding', 'gzip').end());
    expect((await client().send(get(server.url()))).body).toBe('');
  });

  it.each([
    ['br', brotliCompressSync('{"a":"é"}')],
    ['deflate', deflateSync('{"a":"é"}')],
    ['deflate', deflateRawSync('{"a":"é"}')],
    ['X-GZIP', gzipSync('{"a":"é"}')],
    ['identity, gzip', gzipSync('{"a":"é"}')],
    ['br, gzip', gzipSync(brotliCompressSync('{"a":"é"}'))],
  ])('that came as %s is decompressed, though only gzip was asked for', async (encoding, body) => {
    const server = await serve((response) => response.setHeader('Content-Encoding', encoding).end(body));
    expect((await client().send(get(server.url()))).body).toBe('{"a":"é"}');
  });

  it.each(['UTF-8', 'none', 'utf8', 'chunked', 'gzip', 'br', 'deflate', '__proto__'])(
    'that claims to be %s and reads as text is returned unchanged',
    async (encoding) => {
      const server = await serve((response) =>
        response.setHeader('Content-Encoding', encoding).end('{"a":"é"}'),
      );
      expect((await client().send(get(server.url()))).body).toBe('{"a":"é"}');
    },
  );

  it('of a score with a meaningless encoding is accepted, so that the score is sent once', async () => {
    const server = await serve((response) => response.setHeader('Content-Encoding', 'UTF-8').end('{}'));
    const sent = client().send({ ...get(server.url()), method: 'POST', body: '{}' });
    expect(await sent).toMatchObject({ status: 200, body: '{}' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['cut short', 'gzip', gzipSync('a'.repeat(999)).subarray(0, 20)],
    ['packed in a way that is not known', 'compress', Buffer.from('1f9d9061c400', 'hex')],
    ['not what it says', 'br', gzipSync('abc')],
  ])('that is %s is refused as broken', async (_how, encoding, body) => {
    const server = await serve((response) => response.setHeader('Content-Encoding', encoding).end(body));
    expect(await failure(client().send(get(server.url())))).toMatchObject({
      code: 'platform_unreachable',
      reason: 'broken_answer',
    });
  });
});

describe('a connection that is reset before any answer', () => {
  const cut: LoopbackHandler = (response, _request, nth) =>
    nth === 1 ? response.destroy() : response.end('ok');

  it('makes a GET be sent once more', async () => {
    const server = await serve(cut);
    expect((await client().send(get(server.url()))).body).toBe('ok');
    expect(server.requests).toHaveLength(2);
  });

  it('fails a GET when it is reset twice', async () => {
    const server = await serve((response) => response.destroy());
    expect(await failure(client().send(get(server.url())))).toMatchObject({ reason: 'connection_cut' });
    expect(server.requests).toHaveLength(2);
  });

  it.each(['POST', 'PUT', 'DELETE'] as const)('never sends a %s again', async (method) => {
    const server = await serve(cut);
    const sent = client().send({ ...get(server.url()), method });
    expect(await failure(sent)).toMatchObject({ reason: 'connection_cut' });
    expect(server.requests).toHaveLength(1);
  });

  it('never sends a GET again when its answer had begun', async () => {
    const server = await serve(
      (response) =>
        void response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
    );
    expect(await failure(client().send(get(server.url())))).toMatchObject({ reason: 'connection_cut' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('giving up', () => {
  const reason = new Error('the job was cancelled');

  it('before the start sends no request', async () => {
    const server = await serve((response) => response.end());
    await expect(client().send(get(server.url(), { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    expect(server.connections).toBe(0);
  });

  it('before there is a connection sends no request', async () => {
    const server = await serve((response) => response.end());
    let lookUp: () => void = () => undefined;
    const lookedUp = new Promise<void>((resolve) => (lookUp = resolve));
    let answer: (addresses: LookupAddress[]) => void = () => undefined;
    const addresses = new Promise<LookupAddress[]>((resolve) => (answer = resolve));
    const http = client({
      concurrencyPerPlatform: 1,
      resolve: () => {
        lookUp();
        return addresses;
      },
    });
    const abort = new AbortController();
    const url = (path: string): string => `http://lms.example:${server.port}${path}`;
    const sending = http.send(get(url('/given-up'), { signal: abort.signal }));
    await lookedUp;
    abort.abort(reason);
    await expect(sending).rejects.toBe(reason);
    answer([{ address: '127.0.0.1', family: 4 }]);
    await http.send(get(url('/wanted')));
    expect(server.requests.map((request) => request.url)).toEqual(['/wanted']);
  });

  it.each<[string, LoopbackHandler]>([
    ['before the answer', () => undefined],
    ['in the answer', (response) => void response.write('x')],
  ])('%s ends the connection', async (_when, handle) => {
    let closed: Promise<unknown> = Promise.resolve();
    const server = await serve((response, request, nth) => {
      closed = once(response, 'close');
      return handle(response, request, nth);
    });
    const abort = new AbortController();
    const sending = client().send(get(server.url(), { signal: abort.signal }));
    await server.untilRequests(1);
    abort.abort(reason);
    await expect(sending).rejects.toBe(reason);
    await closed;
  });
});

it('leaves no listener and no timer behind after an exchange', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const server = await serve((response, _request, nth) =>
    nth % 2 === 0 ? response.destroy() : response.end(),
  );
  const http = client({ concurrencyPerPlatform: 1 });
  const { signal } = new AbortController();
  const before = timers();
  for (let nth = 0; nth < 20; nth += 1) {
    await http.send(get(server.url(), { signal })).catch(() => undefined);
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  // undici has one or two of its own.
  expect(timers() - before).toBeLessThan(5);
});

describe('the shutdown', () => {
  it('lets requests in flight finish, and refuses later ones', async () => {
    const clock = new FakeClock();
    const http = client({}, clock);
    let finish: () => void = () => undefined;
    const server = await serve((response) => (finish = () => response.end('done')));
    const sending = http.send(get(server.url()));
    await server.untilRequests(1);
    const stopped = http.onApplicationShutdown();
    finish();
    expect((await sending).body).toBe('done');
    await stopped;
    expect(clock.sleeping).toBe(0);
    expect(await failure(http.send(get(server.url())))).toBeInstanceOf(PlatformUnreachable);
  });

  it('aborts requests that are still in flight after its grace period', async () => {
    const clock = new FakeClock();
    const http = client({}, clock);
    const server = await serve(() => undefined);
    const sending = failure(http.send(get(server.url())));
    await server.untilRequests(1);
    const stopped = http.onApplicationShutdown();
    await clock.untilSleeping();
    clock.advance(5000);
    await stopped;
    expect(await sending).toBeInstanceOf(PlatformUnreachable);
  });
});
