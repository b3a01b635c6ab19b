import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type LoopbackHandler } from '../../test/support/loopback-server.js';
import { failure, get, platformHttpHarness } from '../../test/support/platform-http-harness.js';
import { PlatformTimeout } from './platform-http.errors.js';

const { serve, listen, client } = platformHttpHarness();

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
    expect(error).toMatchObject({ code: 'platform_response_too_large' });
    expect(error.message).not.toContain('secret');
  });

  it.each<[string, LoopbackHandler]>([
    ['plain', (response) => response.end('x'.repeat(1000))],
    ['packed', (response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('x'.repeat(1000)))],
  ])('accepts a %s answer of exactly the allowed size', async (_how, handle) => {
    const server = await serve(handle);
    expect((await client({ maxResponseBytes: 1000 }).send(get(server.url()))).body).toHaveLength(1000);
  });

  it('stops reading an answer that never ends', async () => {
    const server = await serve((response) => {
      const more = (): unknown =>
        response.destroyed || (response.write('x'.repeat(5000)), setImmediate(more));
      more();
    });
    expect(await failure(client({ maxResponseBytes: 1_000_000 }).send(get(server.url())))).toMatchObject({
      code: 'platform_response_too_large',
    });
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

  it('bound the exchange, however often bytes arrive', async () => {
    const server = await serve((response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    expect(await phaseOf(client().send(get(server.url(), { timeoutMs: 100 })))).toBe('exchange');
    expect(await phaseOf(client({ timeoutMs: 100 }).send(get(server.url())))).toBe('exchange');
  });

  it('bound the exchange from its connection on', async () => {
    const http = client({ timeoutMs: 50, resolve: () => new Promise(() => undefined) });
    expect(await phaseOf(http.send(get('https://lms.example/')))).toBe('exchange');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %d is refused and not followed', async (status) => {
    const server = await serve((response) =>
      response.writeHead(status, { location: '/new?key=hunter2' }).end(),
    );
    const error = await failure(client().send(get(server.url('/old'))));
    expect(error).toMatchObject({ code: 'platform_redirect_refused' });
    expect(error.message).toMatch(/\/old redirects to 127\.0\.0\.1:\d+\/new, /);
    expect(server.requests).toHaveLength(1);
  });

  it('is refused before its body ends', async () => {
    const server = await serve((response) => void response.writeHead(302).write('x'));
    expect((await failure(client().send(get(server.url())))).message).toContain('redirects to elsewhere');
  });
});
