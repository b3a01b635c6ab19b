import { readFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type LoopbackHandler } from '../../test/support/loopback-server.js';
import { failure, get, platformHttpHarness } from '../../test/support/platform-http-harness.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { PlatformUnreachable } from './platform-http.errors.js';

const { serve, listen, client } = platformHttpHarness();

describe('an unreachable platform', () => {
  it('is reported with a class, a reason and a cause, without the query', async () => {
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

  it('is reported when its name is unknown', async () => {
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
  ])('is reported when it cuts the connection %s', async (_when, handle) => {
    const server = await serve(handle);
    expect(await failure(client().send(get(server.url())))).toMatchObject({ reason: 'connection_cut' });
  });

  it('is reported when it does not speak HTTP', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n')));
    expect(await failure(client().send(get(`http://127.0.0.1:${port}/`)))).toMatchObject({
      reason: 'broken_answer',
    });
  });

  it('is reported when it does not speak TLS', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    expect(await failure(client().send(get(`https://127.0.0.1:${port}/`)))).toMatchObject({ reason: 'tls' });
  });

  it('is reported when its certificate is not trusted', async () => {
    // Made for this test; it guards nothing.
    const pem = readFileSync(join(process.cwd(), 'test/fixtures/untrusted-localhost.pem'));
    const port = await listen(createTlsServer({ key: pem, cert: pem }));
    expect(await failure(client().send(get(`https://127.0.0.1:${port}/`)))).toMatchObject({
      reason: 'certificate',
    });
  });
});

describe('the address of a platform', () => {
  it('is refused before anything is sent when the URL shows that it is private', async () => {
    const server = await serve((response) => response.end());
    const http = client({ allowPrivateNetworks: false });
    expect(await failure(http.send(get(server.url().replace('http:', 'https:'))))).toBeInstanceOf(UnsafeUrl);
    expect(server.connections).toBe(0);
  });

  it('is refused at the connection when a public name resolves to a private address', async () => {
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

  it('is looked up again for a new connection, and refused when it became private', async () => {
    const server = await serve((response) => response.setHeader('Connection', 'close').end());
    const answers = ['127.0.0.1', '8.8.8.8'];
    const http = client({ resolve: () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]) });
    const url = `http://lms.example:${server.port}/`;
    await http.send(get(url));
    expect(await failure(http.send(get(url)))).toMatchObject({ reason: 'plain_http' });
  });

  it('may be private for a listed host, only at its port', async () => {
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

  it('is checked again after an interceptor changed it', async () => {
    const server = await serve((response) => response.end());
    const http = client({ allowPrivateNetworks: false });
    http.axios.interceptors.request.use((config) => ({ ...config, url: server.url() }));
    expect(await failure(http.send(get('https://lms.example/')))).toBeInstanceOf(UnsafeUrl);
    expect(server.connections).toBe(0);
  });
});
