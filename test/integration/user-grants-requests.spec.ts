import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as rawRequest } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { LoopbackServer } from '../support/loopback-server.js';
import { adapterNames } from '../support/http-adapters.js';
import { API_KEY } from '../support/lti-app.js';
import { PROFILE, UserGrantScene } from '../support/user-grant-scene.js';

const NOTES = '/api/v1/planner_notes';
const FILES = '/api/v1/users/self/files';
const PASSED = /^nest-lti; received-status=\d{3}$/;

describe.each(adapterNames)('calls as the user over REST, on %s', (adapter) => {
  let scene: UserGrantScene;
  const servers: LoopbackServer[] = [];
  beforeAll(async () => (scene = await UserGrantScene.start('canvas', { adapter })));
  afterAll(() => scene.stop());
  afterEach(async () => {
    scene.platform.faults.clear();
    scene.platform.userOAuth.uploadsTo({});
    for (const server of servers.splice(0)) await server.stop();
  });

  const call = (id: string, body: object): request.Test =>
    scene.lti.api('post', `/api/v1/user-grants/${id}/requests`, body);

  /** Uploads the bytes with this query. */
  const upload = (id: string, query: Record<string, string>, content: Buffer): request.Test =>
    scene.lti
      .api('post', `/api/v1/user-grants/${id}/files`)
      .query({ path: FILES, name: 'notes.txt', ...query })
      .set('Content-Type', 'application/octet-stream')
      .send(content);

  /** A server in place of the platform, for answers that the platform never gives. */
  async function answering(handle: Parameters<typeof LoopbackServer.start>[0]): Promise<LoopbackServer> {
    const server = await LoopbackServer.start(handle);
    servers.push(server);
    await scene.sql('UPDATE nest_lti.user_grant_client SET api_url = $1 WHERE replaced_at IS NULL', [
      new URL(server.url()).origin,
    ]);
    return server;
  }

  const backToPlatform = (): Promise<unknown> =>
    scene.sql('UPDATE nest_lti.user_grant_client SET api_url = $1 WHERE replaced_at IS NULL', [
      scene.platform.url,
    ]);

  it('return the answer of the platform, marked as such', async () => {
    const { grant, userId } = await scene.connect();
    scene.platform.userOAuth.rateLimitRemaining = 321;
    const { body, headers } = await call(grant.id, { method: 'GET', path: PROFILE }).expect(200);
    scene.platform.userOAuth.rateLimitRemaining = undefined;
    expect(body).toMatchObject({ id: scene.platform.userOAuth.idOf(userId) });
    expect(headers).toMatchObject({
      'proxy-status': 'nest-lti; received-status=200',
      'x-rate-limit-remaining': '321',
    });
    const missing = await call(grant.id, { method: 'GET', path: '/api/v1/nothing' }).expect(404);
    expect(missing.headers['proxy-status']).toBe('nest-lti; received-status=404');
    expect(missing.body).toMatchObject({ errors: [{ message: 'The specified resource does not exist.' }] });
    const bad = await call(grant.id, { method: 'POST', path: NOTES, body: {} }).expect(400);
    expect(bad.headers['proxy-status']).toMatch(PASSED);
  });

  it('can write as JSON and as text, with a query, and follow the links of lists', async () => {
    const { grant, userId } = await scene.connect();
    const before = scene.platform.userOAuth.notesOf(userId).length;
    await call(grant.id, { method: 'POST', path: NOTES, body: { title: 'JSON' } }).expect(201);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await call(grant.id, { method: 'POST', path: NOTES, headers: form, body: 'title=Form+%C3%BC' }).expect(
      201,
    );
    expect(scene.platform.userOAuth.notesOf(userId).slice(before)).toEqual(['JSON', 'Form ü']);
    const { headers } = await call(grant.id, {
      method: 'GET',
      path: `${NOTES}?page=1`,
      query: { per_page: before + 1, 'include[]': ['a', 'b'] },
    }).expect(200);
    const next = /<([^>]*include%5B%5D=a&include%5B%5D=b[^>]*)>; rel="next"/.exec(headers.link ?? '')?.[1];
    const second = await call(grant.id, { method: 'GET', path: next }).expect(200);
    expect((second.body as { title: string }[]).map(({ title }) => title)).toEqual(['Form ü']);
  });

  it('go to the platform of the grant and to no other host', async () => {
    const { grant } = await scene.connect();
    for (const path of ['https://elsewhere.example/api', '//elsewhere.example/x', '/\\elsewhere.example/x'])
      expect((await call(grant.id, { method: 'GET', path }).expect(400)).body.code).toBe(
        'url_not_on_platform',
      );
  });

  it.each([
    [{ method: 'TRACE', path: PROFILE }, 'method'],
    [{ method: 'GET', path: `${PROFILE}#me` }, 'path'],
    [{ method: 'GET', path: PROFILE, headers: { Authorization: 'Bearer mine' } }, 'headers.Authorization'],
    [{ method: 'GET', path: PROFILE, headers: { Accept: 'a\r\nb' } }, 'headers.Accept'],
    [{ method: 'GET', path: PROFILE, body: {} }, 'body'],
    [{ method: 'POST', path: NOTES, body: 'title=x' }, 'headers.content-type'],
  ])('name the wrong field of %j', async (body, field) => {
    const { grant } = await scene.connect();
    const answer = await call(grant.id, body).expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    expect(answer.headers).not.toHaveProperty('proxy-status');
  });

  it('return our own errors, without the mark, if there is no permission or no grant', async () => {
    const { grant, userId } = await scene.connect(1);
    const profile = { method: 'GET', path: PROFILE };
    scene.platform.faults.add({ kind: 'no-permission' });
    const denied = await call(grant.id, profile).expect(403);
    expect(denied.body).toMatchObject({ code: 'platform_permission_denied' });
    expect(denied.headers).not.toHaveProperty('proxy-status');
    scene.platform.faults.add({ kind: 'status', status: 403, body: 'not for you', on: 'user-api', times: 2 });
    expect((await call(grant.id, profile).expect(403)).body).toMatchObject({
      code: 'platform_permission_denied',
      detail: expect.stringContaining('not for you'),
    });
    await expect(scene.api.get(grant, PROFILE)).rejects.toMatchObject({ code: 'platform_permission_denied' });
    const tokens = scene.platform.userOAuth.profile(userId);
    tokens.deleteToken(tokens.tokens[0]!.id);
    expect((await call(grant.id, profile).expect(403)).body).toMatchObject({
      code: 'user_authorization_required',
      reason: 'refused_by_platform',
      authorizeUrl: expect.stringContaining('/user-grants/authorize'),
    });
    const unknown = '019b8c00-0000-7000-8000-000000000001';
    expect((await call(unknown, profile).expect(404)).body.code).toBe('user_grant_not_found');
  });

  it('are refused with a grant that is not verified as the user’s own', async () => {
    const { grant } = await scene.connect(2);
    await scene.sql(`UPDATE nest_lti.user_grant SET status = 'unverified' WHERE id = $1`, [grant.id]);
    const refused = await call(grant.id, { method: 'GET', path: PROFILE }).expect(403);
    expect(refused.body).toMatchObject({ code: 'user_authorization_required', reason: 'unverified' });
    await scene.sql(`UPDATE nest_lti.user_grant SET status = 'active' WHERE id = $1`, [grant.id]);
  });

  it('refresh an expired token once, and wait for a platform that asks for fewer calls', async () => {
    const { grant, userId } = await scene.connect();
    const before = scene.refreshes;
    scene.lti.clock.advance(60_000);
    scene.platform.userOAuth.expireAccessTokens(userId);
    await call(grant.id, { method: 'GET', path: PROFILE }).expect(200);
    expect(scene.refreshes).toBe(before + 1);
    scene.platform.faults.add({ kind: 'throttle', on: 'user-api', retryAfter: 40 });
    const throttled = await call(grant.id, { method: 'GET', path: PROFILE }).expect(503);
    expect(throttled.body).toMatchObject({ code: 'platform_throttled' });
    expect(throttled.headers['retry-after']).toBe(new Date(scene.lti.clock.nowMs() + 40_000).toUTCString());
    scene.lti.clock.advance(40_000);
  });

  it('are forwarded without cookies, headers of the connection, and CORS headers', async () => {
    const { grant } = await scene.connect();
    const server = await answering((response) => {
      response.writeHead(201, {
        'set-cookie': ['a=1', 'b=2'],
        connection: 'close, x-hop',
        'x-hop': 'one',
        'keep-alive': 'timeout=5',
        'proxy-status': 'nest-lti; received-status=999',
        'strict-transport-security': 'max-age=1',
        'access-control-allow-origin': '*',
        link: '<https://lms.example/next>; rel="next"',
        'x-request-id': 'r1',
        location: '/api/v1/things/1',
        'content-type': 'text/html',
      });
      response.end('<script>alert(1)</script>');
    });
    const { headers, text: page } = await call(grant.id, { method: 'GET', path: '/page' }).expect(201);
    expect(page).toBe('<script>alert(1)</script>');
    for (const name of ['set-cookie', 'x-hop', 'strict-transport-security', 'access-control-allow-origin'])
      expect(headers).not.toHaveProperty(name);
    expect(headers).toMatchObject({
      'proxy-status': 'nest-lti; received-status=201',
      link: '<https://lms.example/next>; rel="next"',
      'x-request-id': 'r1',
      location: '/api/v1/things/1',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    });
    expect(server.requests[0]?.headers.authorization).toMatch(/^Bearer 1~/);
    await backToPlatform();
  });

  it('return an answer without a body if the platform does, and follow no redirect', async () => {
    const { grant } = await scene.connect();
    const server = await answering((response, { url }) =>
      url === '/none'
        ? response.writeHead(204).end()
        : response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    const none = await call(grant.id, { method: 'DELETE', path: '/none' }).expect(204);
    expect(none.headers['proxy-status']).toBe('nest-lti; received-status=204');
    const redirect = await call(grant.id, { method: 'GET', path: '/moved' }).expect(502);
    expect(redirect.body.code).toBe('platform_redirect_refused');
    expect(server.requests).toHaveLength(2);
    await backToPlatform();
  });

  it('stream their answer, end it when the platform breaks it off, and stop with the client', async () => {
    const { grant } = await scene.connect();
    const cuts: (() => void)[] = [];
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    await answering((response, _request, nth) => {
      response.write('first ');
      if (nth === 2) response.once('close', closed);
      cuts.push(() => response.destroy());
    });
    /** Sends a call, and reads the first piece of its answer. */
    const open = async () => {
      const message = rawRequest(`${scene.lti.url}/api/v1/user-grants/${grant.id}/requests`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      });
      message.on('error', () => undefined).end(JSON.stringify({ method: 'POST', path: '/slow' }));
      const [response] = (await once(message, 'response')) as [IncomingMessage];
      const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect([response.statusCode, String((await pieces.next()).value)]).toEqual([200, 'first ']);
      return { message, response, pieces };
    };
    const first = await open();
    cuts[0]?.();
    await expect(first.pieces.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(first.response.complete).toBe(false);
    (await open()).message.destroy();
    await gone;
    await backToPlatform();
  });

  it('upload a file as Canvas requires: without the token to the URL that the platform names, then confirmed with it', async () => {
    const { grant, userId } = await scene.connect();
    const content = Buffer.from(createHash('sha512').update('a file').digest());
    const { body, headers } = await upload(
      grant.id,
      { name: 'Übung "1".bin', contentType: 'application/x-thing', on_duplicate: 'rename' },
      content,
    ).expect(200);
    expect(body).toMatchObject({ display_name: 'Übung "1".bin', size: 64, upload_status: 'success' });
    expect(headers['proxy-status']).toBe('nest-lti; received-status=200');
    expect(scene.platform.counts.rejected).not.toHaveProperty('token_at_upload_url');
    scene.platform.userOAuth.uploadsTo({ answer: 'created' });
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    expect((await upload(grant.id, { name: 'large.txt' }, large).expect(200)).body).toMatchObject({
      size: large.length,
    });
    const stored = scene.platform.userOAuth.filesOf(userId).slice(-2);
    expect(stored.map(({ name }) => name)).toEqual(['Übung "1".bin', 'large.txt']);
    expect(stored.map((file) => file.content.equals(file.name === 'large.txt' ? large : content))).toEqual([
      true,
      true,
    ]);
  });

  it('upload to another host without a token, and confirm there without a token too', async () => {
    const { grant } = await scene.connect();
    const storage = await LoopbackServer.start((response, { url }) =>
      url === '/store'
        ? response.writeHead(201, { location: '/stored/1' }).end()
        : response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":1}'),
    );
    servers.push(storage);
    scene.platform.userOAuth.uploadsTo({ url: storage.url('/store') });
    expect((await upload(grant.id, {}, Buffer.from('text')).expect(200)).body).toEqual({ id: 1 });
    expect(storage.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /store',
      'GET /stored/1',
    ]);
    for (const { headers } of storage.requests) expect(headers).not.toHaveProperty('authorization');
    expect(storage.requests[0]?.body).toMatch(
      /name="file"; filename="notes.txt"\r\nContent-Type: application\/octet-stream\r\n\r\ntext\r\n--[^\r\n]+--\r\n$/,
    );
  });

  it('refuse to upload to an address that is not allowed', async () => {
    const { grant } = await scene.connect();
    for (const url of ['file:///etc/passwd', 'http://169.254.169.254/latest', 'http://user:pw@127.0.0.1/']) {
      scene.platform.userOAuth.uploadsTo({ url });
      expect((await upload(grant.id, {}, Buffer.from('x')).expect(502)).body.code).toBe(
        'user_file_upload_failed',
      );
    }
  });

  it('report which part of an upload failed', async () => {
    const { grant } = await scene.connect();
    const quota = await scene.api.upload(grant, FILES, {
      name: 'huge',
      size: 99_999_999,
      content: Buffer.from(''),
    });
    expect([quota.status, quota.body]).toEqual([400, expect.stringContaining('quota')]);
    const storage = await LoopbackServer.start((response) => response.writeHead(403).end('expired'));
    servers.push(storage);
    scene.platform.userOAuth.uploadsTo({ url: storage.url() });
    expect((await upload(grant.id, {}, Buffer.from('x')).expect(502)).body).toMatchObject({
      code: 'user_file_upload_failed',
      detail: expect.stringContaining('403 (expired)'),
    });
    scene.platform.userOAuth.uploadsTo({});
    scene.platform.faults.add({ kind: 'html', on: 'user-api' });
    expect((await upload(grant.id, {}, Buffer.from('x')).expect(502)).body.code).toBe(
      'user_file_upload_failed',
    );
    for (const [size, content] of [
      [3, 'ab'],
      [1, 'ab'],
    ] as const) {
      const file = { name: 'a', size, content: Readable.from([Buffer.from(content)]) };
      await expect(scene.api.upload(grant, FILES, file)).rejects.toMatchObject({
        code: 'user_file_unreadable',
        status: 400,
      });
    }
  });

  it('accept a file only as bytes of a known length', async () => {
    const { grant } = await scene.connect();
    const path = `/api/v1/user-grants/${grant.id}/files?path=${FILES}&name=a`;
    const post = () => scene.lti.api('post', path);
    expect((await post().set('Content-Type', 'text/plain').send('x').expect(415)).body.code).toBe(
      'unsupported_media_type',
    );
    const chunked = await fetch(scene.lti.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/octet-stream' },
      body: Readable.toWeb(Readable.from([Buffer.from('x')])) as ReadableStream,
      duplex: 'half',
    });
    expect([chunked.status, await chunked.json()]).toMatchObject([411, { code: 'user_file_unreadable' }]);
    const requests = scene.platform.counts.userApiRequests;
    await request(scene.lti.url)
      .post(path)
      .set('Content-Type', 'application/octet-stream')
      .send('x')
      .expect(401);
    expect(scene.platform.counts.userApiRequests).toBe(requests);
  });

  it('stream to an embedder that reads slowly', async () => {
    const { grant, userId } = await scene.connect();
    const { status, body } = await scene.api.stream(grant, { method: 'GET', url: PROFILE });
    expect([status, JSON.parse(await text(body))]).toMatchObject([
      200,
      { id: scene.platform.userOAuth.idOf(userId) },
    ]);
  });
});
