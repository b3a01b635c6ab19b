import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type LoopbackHandler, LoopbackServer } from '../../test/support/loopback-server.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { VERSION } from '../common/version.js';
import { FakeClock } from '../testing/fake-clock.js';
import {
  PlatformTimeout,
  PlatformUnreachable,
  RedirectRefused,
  ResponseTooLarge,
} from './platform-http.errors.js';
import { type PlatformHttpOptions } from './platform-http.options.js';
import { PlatformHttp } from './platform-http.service.js';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function serve(handle: LoopbackHandler): Promise<LoopbackServer> {
  const server = await LoopbackServer.start(handle);
  stops.push(() => server.stop());
  return server;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy: () => unknown }>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return (server.address() as AddressInfo).port;
}

function client(options: PlatformHttpOptions = {}): PlatformHttp {
  const http = new PlatformHttp({ allowPrivateNetworks: true, ...options }, new FakeClock());
  stops.push(() => http.onApplicationShutdown());
  return http;
}

const get = (url: string) => ({ method: 'GET', url }) as const;

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as Error,
  );
}

describe('a request', () => {
  it('goes out as it is, with our name', async () => {
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

  it('reuses the connection', async () => {
    const server = await serve((response) => response.end('x'));
    const http = client({ concurrencyPerPlatform: 1 });
    await http.send(get(server.url('/1')));
    await http.send(get(server.url('/2')));
    expect(server.connections).toBe(1);
  });
});

describe('an answer', () => {
  it.each([200, 204, 304, 400, 401, 404, 409, 500, 502])('with status %d is an answer', async (status) => {
    const server = await serve((response) => response.writeHead(status).end());
    expect(await client().send(get(server.url()))).toMatchObject({ status, body: '' });
  });

  it('tells its headers, body, URL and time', async () => {
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

  it('loses its byte order mark', async () => {
    const server = await serve((response) => response.end('\ufeff{"a":1}'));
    expect((await client().send(get(server.url()))).body).toBe('{"a":1}');
  });

  it('is unpacked', async () => {
    const server = await serve((response) =>
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync('\ufeff' + 'é'.repeat(5000))),
    );
    expect((await client().send(get(server.url()))).body).toBe('é'.repeat(5000));
  });

  it('that says it is packed may be empty', async () => {
    const server = await serve((response) => response.setHeader('Content-Encoding', 'gzip').end());
    expect((await client().send(get(server.url()))).body).toBe('');
  });

  it.each([
    ['cut short', 'gzip', gzipSync('a'.repeat(999)).subarray(0, 20)],
    ['not packed at all', 'gzip', Buffer.from('plain')],
    ['packed as nobody asked', 'br', brotliCompressSync('abc')],
  ])('that is %s is broken', async (_how, encoding, body) => {
    const server = await serve((response) => response.setHeader('Content-Encoding', encoding).end(body));
    expect(await failure(client().send(get(server.url())))).toMatchObject({
      code: 'platform_unreachable',
      reason: 'broken_answer',
    });
  });
});

describe('the size bound', () => {
  it.each<[string, LoopbackHandler]>([
    ['with a length', (response) => response.end('x'.repeat(1001))],
    ['in chunks', (response) => void response.write('x'.repeat(1000), () => response.end('x'))],
    [
      'when unpacked',
      (response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('x'.repeat(1001))),
    ],
  ])('refuses an answer that is too large %s', async (_how, handle) => {
    const server = await serve(handle);
    const error = await failure(client({ maxResponseBytes: 1000 }).send(get(server.url('/roster?secret=1'))));
    expect(error).toBeInstanceOf(ResponseTooLarge);
    expect(error.message).not.toContain('secret');
  });

  it.each<[string, LoopbackHandler]>([
    ['plain', (response) => response.end('x'.repeat(1000))],
    ['packed', (response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('x'.repeat(1000)))],
  ])('takes a %s answer that is just as large', async (_how, handle) => {
    const server = await serve(handle);
    expect((await client({ maxResponseBytes: 1000 }).send(get(server.url()))).body).toHaveLength(1000);
  });

  it('stops an answer that never ends', async () => {
    const server = await serve((response) => {
      const more = (): unknown =>
        response.destroyed || (response.write('x'.repeat(5000)), setImmediate(more));
      more();
    });
    expect(await failure(client({ maxResponseBytes: 1_000_000 }).send(get(server.url())))).toBeInstanceOf(
      ResponseTooLarge,
    );
  });
});

describe('the time-outs', () => {
  const phaseOf = async (promise: Promise<unknown>): Promise<unknown> => {
    const error = await failure(promise);
    expect(error).toBeInstanceOf(PlatformTimeout);
    return error instanceof PlatformTimeout ? error.phase : undefined;
  };

  it('bound the name look-up', async () => {
    const http = client({ connectTimeoutMs: 50, resolve: () => new Promise(() => undefined) });
    expect(await phaseOf(http.send(get('https://lms.example/')))).toBe('connect');
  });

  it('bound the TLS handshake', async () => {
    const port = await listen(createTcpServer());
    expect(await phaseOf(client({ connectTimeoutMs: 50 }).send(get(`https://127.0.0.1:${port}/`)))).toBe(
      'connect',
    );
  });

  it('bound the wait for the headers', async () => {
    const server = await serve(() => undefined);
    expect(await phaseOf(client({ headersTimeoutMs: 50 }).send(get(server.url())))).toBe('headers');
  });

  it('bound a pause in the body', async () => {
    const server = await serve((response) => void response.write('x'));
    expect(await phaseOf(client({ bodyTimeoutMs: 50 }).send(get(server.url())))).toBe('body');
  });

  it('bound the exchange, however lively the answer', async () => {
    const server = await serve((response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    expect(await phaseOf(client().send({ ...get(server.url()), timeoutMs: 100 }))).toBe('exchange');
    expect(await phaseOf(client({ timeoutMs: 100 }).send(get(server.url())))).toBe('exchange');
  });
});

describe('an unreachable platform', () => {
  it('is told by a class, a reason and a cause, without the query', async () => {
    const server = await serve(() => undefined);
    const url = server.url('/token?key=hunter2');
    await server.stop();
    const error = await failure(client().send(get(url)));
    expect(error).toBeInstanceOf(PlatformUnreachable);
    expect(error).toMatchObject({
      status: 502,
      reason: 'connection_refused',
      cause: { code: 'ECONNREFUSED' },
    });
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+\/token could not be reached/);
    expect(error.message).not.toContain('hunter2');
  });

  it('may have an unknown name', async () => {
    const http = client({ resolve: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })) });
    expect(await failure(http.send(get('https://lms.example/')))).toMatchObject({ reason: 'name_not_found' });
  });

  it.each<[string, LoopbackHandler]>([
    ['before the answer', (response) => response.destroy()],
    [
      'in the answer',
      (response) =>
        void response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
    ],
  ])('may cut the connection %s', async (_when, handle) => {
    const server = await serve(handle);
    expect(await failure(client().send(get(server.url())))).toMatchObject({ reason: 'connection_cut' });
  });

  it('may speak something else than HTTP', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n')));
    expect(await failure(client().send(get(`http://127.0.0.1:${port}/`)))).toMatchObject({
      reason: 'broken_answer',
    });
  });

  it('may speak no TLS', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    expect(await failure(client().send(get(`https://127.0.0.1:${port}/`)))).toMatchObject({ reason: 'tls' });
  });

  it('may have a certificate that nobody vouches for', async () => {
    // Made for this test; it guards nothing.
    const pem = readFileSync(join(process.cwd(), 'test/fixtures/untrusted-localhost.pem'));
    const port = await listen(createTlsServer({ key: pem, cert: pem }));
    expect(await failure(client().send(get(`https://127.0.0.1:${port}/`)))).toMatchObject({
      reason: 'certificate',
    });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %d is refused and not followed', async (status) => {
    const server = await serve((response) =>
      response.writeHead(status, { location: '/new?key=hunter2' }).end(),
    );
    const error = await failure(client().send(get(server.url('/old'))));
    expect(error).toBeInstanceOf(RedirectRefused);
    expect(error.message).toMatch(/\/old redirects to 127\.0\.0\.1:\d+\/new, /);
    expect(server.requests).toHaveLength(1);
  });

  it('is refused without waiting for a body that never ends', async () => {
    const server = await serve((response) => void response.writeHead(302).write('x'));
    expect((await failure(client().send(get(server.url())))).message).toContain('redirects to elsewhere');
  });
});

describe('the address of a platform', () => {
  it('is refused before anything is sent when the URL shows it to be private', async () => {
    const server = await serve((response) => response.end());
    const http = client({ allowPrivateNetworks: false });
    expect(await failure(http.send(get(server.url().replace('http:', 'https:'))))).toBeInstanceOf(UnsafeUrl);
    expect(server.connections).toBe(0);
  });

  it('is refused at the connection when a public name leads inside', async () => {
    const server = await serve((response) => response.end());
    const http = client({
      allowPrivateNetworks: false,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    expect(await failure(http.send(get(`https://lms.example:${server.port}/`)))).toMatchObject({
      code: 'unsafe_url',
      reason: 'private_host',
    });
    expect(server.connections).toBe(0);
  });

  it('is the one that was checked: the name is looked up once', async () => {
    const server = await serve((response) => response.end('inside'));
    const answers = ['127.0.0.1', '8.8.8.8'];
    const asked: string[] = [];
    const http = client({
      resolve: (name) => {
        asked.push(name);
        return Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]);
      },
    });
    expect((await http.send(get(`http://lms.example:${server.port}/`))).body).toBe('inside');
    expect(asked).toEqual(['lms.example']);
  });

  it('is looked up again for a new connection, and refused when it has changed', async () => {
    const server = await serve((response) => response.setHeader('Connection', 'close').end());
    const answers = ['127.0.0.1', '8.8.8.8'];
    const http = client({ resolve: () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]) });
    const url = `http://lms.example:${server.port}/`;
    await http.send(get(url));
    expect(await failure(http.send(get(url)))).toMatchObject({ reason: 'plain_http' });
  });

  it('may be private for a listed host, at its port only', async () => {
    const server = await serve((response) => response.end('campus'));
    const http = client({
      allowPrivateNetworks: false,
      allowedPrivateHosts: [`moodle.campus.example:${server.port}`],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    expect((await http.send(get(`http://moodle.campus.example:${server.port}/`))).body).toBe('campus');
    expect(await failure(http.send(get(`https://moodle.campus.example:${server.port + 1}/`)))).toBeInstanceOf(
      UnsafeUrl,
    );
  });

  it('is checked again after an interceptor has changed it', async () => {
    const server = await serve((response) => response.end());
    const http = client({ allowPrivateNetworks: false });
    http.axios.interceptors.request.use((config) => ({ ...config, url: server.url() }));
    expect(await failure(http.send(get('https://lms.example/')))).toBeInstanceOf(UnsafeUrl);
    expect(server.connections).toBe(0);
  });
});

describe('giving up', () => {
  const reason = new Error('the job was cancelled');

  it('before the start sends nothing', async () => {
    const server = await serve((response) => response.end());
    await expect(client().send({ ...get(server.url()), signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(server.connections).toBe(0);
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
    const sending = client().send({ ...get(server.url()), signal: abort.signal });
    await server.untilRequests(1);
    abort.abort(reason);
    await expect(sending).rejects.toBe(reason);
    await closed;
  });
});

describe('the shutdown', () => {
  it('lets what is in flight end, and refuses what comes later', async () => {
    const clock = new FakeClock();
    const http = new PlatformHttp({ allowPrivateNetworks: true }, clock);
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

  it('cuts what is still in flight after its grace', async () => {
    const clock = new FakeClock();
    const http = new PlatformHttp({ allowPrivateNetworks: true }, clock);
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
