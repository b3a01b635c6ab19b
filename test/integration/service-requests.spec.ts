import { randomUUID } from 'node:crypto';
import { defaultScopes } from '../../src/common/scopes.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';

const SCOPE = 'https://lms.example.edu/scope/tickets';
const JSON_TYPE = { 'content-type': 'application/json' };
const scopes = [...defaultScopes, SCOPE];

describe('POST /api/v1/registrations/:id/requests', () => {
  let scene: LaunchScene;
  let lms: SimulatedPlatform;
  let tool: LaunchedTool;
  /** A service of the platform on another host. */
  let service: LoopbackServer;
  let courseId: string;

  beforeAll(async () => {
    scene = await LaunchScene.start();
    lms = await scene.platform();
    tool = await scene.register(lms, { scopes }, { scopes });
    service = await LoopbackServer.start((response, { url, headers }) => {
      const isOurs = lms.issuedTokens.some(
        ({ accessToken }) => headers.authorization === `Bearer ${accessToken}`,
      );
      if (!isOurs) return response.writeHead(401).end();
      if (url === '/moved') return response.writeHead(302, { location: '/tickets' }).end();
      if (url === '/none') return response.writeHead(404, { 'content-type': 'text/plain' }).end('no ticket');
      return response
        .writeHead(201, { ...JSON_TYPE, 'set-cookie': 'a=b', link: '<x>; rel="next"' })
        .end('{"id":7}');
    });
    const { body } = await scene.lti
      .api('post', '/api/v1/courses', {
        registrationId: tool.registrationId,
        deploymentId: '1',
        contextId: 'elsewhere',
        membershipsUrl: service.url('/members'),
      })
      .expect(201);
    courseId = body.id as string;
  });
  afterAll(async () => {
    await scene.stop();
    await service.stop();
  });

  const request = (body: object, id = tool.registrationId) =>
    scene.lti.api('post', `/api/v1/registrations/${id}/requests`, {
      method: 'GET',
      scopes: [SCOPE],
      ...body,
    });
  const tickets = (path = '/tickets') => ({ url: service.url(path), courseId });

  it("passes on the platform's answer, marked as such, to a call with the registration's token", async () => {
    const content = { method: 'POST', body: { title: 'Broken' }, query: { dry: true, tag: ['a', 'b'] } };
    const response = await request({ ...tickets(), ...content }).expect(201);
    expect(response.body).toEqual({ id: 7 });
    expect(response.headers).toMatchObject({
      'proxy-status': 'nest-lti; received-status=201',
      link: '<x>; rel="next"',
    });
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(service.requests.at(-1)).toMatchObject({
      method: 'POST',
      url: '/tickets?dry=true&tag=a&tag=b',
      body: '{"title":"Broken"}',
    });
    const refused = await request(tickets('/none')).expect(404);
    expect(refused.headers['proxy-status']).toBe('nest-lti; received-status=404');
    expect(refused.text).toBe('no ticket');
  });

  it('follows a redirect if asked to', async () => {
    await request({ ...tickets('/moved'), followsRedirects: true }).expect(201);
    const { body } = await request(tickets('/moved')).expect(502);
    expect(body).toMatchObject({ code: 'platform_redirect_refused' });
  });

  it('refuses what it must not send, as problem details without the mark', async () => {
    const before = service.requests.length;
    const cases = [
      [request({ url: service.url('/tickets') }), 400, 'url_not_on_platform'],
      [
        request({ ...tickets(), scopes: ['https://lms.example.edu/scope/other'] }),
        409,
        'scope_not_registered',
      ],
      [request({ ...tickets(), courseId: randomUUID() }), 404, 'course_not_found'],
      [request(tickets(), randomUUID()), 404, 'registration_not_found'],
    ] as const;
    for (const [call, status, code] of cases) {
      const { body, headers } = await call.expect(status);
      expect(body).toMatchObject({ code });
      expect(headers['proxy-status']).toBeUndefined();
    }
    const other = await scene.register(lms, { scopes }, { scopes });
    await request(tickets(), other.registrationId).expect(404);
    expect(service.requests).toHaveLength(before);
  });

  it.each([
    [{ scopes: [] }, 'scopes'],
    [{ url: '/tickets' }, 'url'],
    [{ body: { a: 1 } }, 'body'],
    [{ method: 'POST', body: 'text' }, 'headers.content-type'],
    [{ headers: { Authorization: 'Bearer x' } }, 'headers.Authorization', 'must be one of accept, '],
  ])('names the field that is wrong: %j', async (wrong, field, words = '') => {
    const { body } = await request({ ...tickets(), ...wrong }).expect(400);
    const message = expect.stringContaining(words);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field, message }] });
  });
});
