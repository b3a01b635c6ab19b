import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  type INestApplication,
  Module,
  RequestMethod,
  UseFilters,
  UseGuards,
  VersioningType,
} from '@nestjs/common';
import request from 'supertest';
import {
  CourseService,
  createRegistrationSchema,
  Launch,
  type LaunchContext,
  type LaunchHandler,
  type LaunchReply,
  LaunchRoles,
  LaunchSessionService,
  Lti11ConsumerService,
  LtiLaunchGuard,
  LtiMetrics,
  ProblemDetailsFilter,
  type ReceivedLaunch,
  RegistrationService,
} from '../../src/index.js';
import { ltiOpenApi } from '../../src/openapi.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { adapterNames, setHostHeaders } from '../support/http-adapters.js';
import { formBody, type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { API_KEY, LtiTestApp } from '../support/lti-app.js';
import { UserGrantScene } from '../support/user-grant-scene.js';

const TOOL = 'https://tool.example.edu/app';
const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';
const NDJSON = 'application/x-ndjson';
const FORM = 'application/x-www-form-urlencoded';
const LTI11 = { consumerKey: 'campus', secret: 'the-secret-of-the-consumer' };
const MEBIBYTE = 1024 * 1024;

/** The token of the last launch's session. */
let sessionToken = '';

class ToTool implements LaunchHandler {
  async handle({ session }: ReceivedLaunch): Promise<LaunchReply> {
    sessionToken = await session.createToken();
    return { redirectTo: TOOL };
  }
}

/** A host's filter for HttpExceptions, as many applications have it. */
@Catch(HttpException)
class WrappingFilter implements ExceptionFilter<HttpException> {
  catch(error: HttpException, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<{ status(status: number): { send(body: object): void } }>();
    reply.status(error.getStatus()).send({ failed: error.getResponse() });
  }
}

@Controller('quiz')
@UseGuards(LtiLaunchGuard)
class QuizController {
  @Get()
  show(@Launch() launch: LaunchContext): object {
    return { user: launch.user?.id };
  }

  @Get('teacher')
  @LaunchRoles(['Instructor'])
  teacher(): object {
    return {};
  }

  @Get('problem')
  @UseFilters(ProblemDetailsFilter)
  problem(): object {
    return {};
  }

  @Get('wrapped')
  @UseFilters(WrappingFilter)
  wrapped(): object {
    return {};
  }
}

@Controller('host')
class HostController {
  constructor(
    private readonly courses: CourseService,
    private readonly metrics: LtiMetrics,
  ) {}

  @Get('course')
  course(): Promise<unknown> {
    return this.courses.get('019b8c00-0000-7000-8000-000000000001');
  }

  @Get('metrics')
  show(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

@Module({ controllers: [QuizController, HostController] })
class HostPages {}

/** The names of the cookies that an answer sets. */
function cookiesOf(headers: Record<string, unknown>): string[] {
  const cookies = [headers['set-cookie'] ?? []].flat() as string[];
  return cookies.map((cookie) => cookie.split('=')[0] ?? '');
}

function unsupported(found: string): object {
  return { status: 415, code: 'unsupported_media_type', detail: expect.stringContaining(found) };
}

/** The answer to a body without a Content-Type, which supertest cannot send. */
async function untyped({ url }: LtiTestApp, method: string, path: string): Promise<[number, unknown]> {
  const headers = { accept: 'application/json', authorization: `Bearer ${API_KEY}` };
  const answer = await fetch(url + path, { method, headers, body: Buffer.from('{"name":"LMS"}') });
  return [answer.status, await answer.json()];
}

function codeOf(body: string): unknown {
  return (JSON.parse(body) as { code: unknown }).code;
}

describe.each(adapterNames)('in a host on %s', (adapter) => {
  const hostCookies = adapter === 'fastify' ? ['middleware', 'plugin'] : ['middleware'];
  // Fastify itself sends no cookies of middleware where a plugin sets one.
  const ownCookies = adapter === 'fastify' ? ['plugin'] : ['middleware'];
  const hostHeaders = { 'x-middleware': 'yes', ...(adapter === 'fastify' && { 'x-plugin': 'yes' }) };

  describe('a launch', () => {
    let scene: LaunchScene;
    let platform: SimulatedPlatform;
    let tool: LaunchedTool;
    let lti: LtiTestApp;

    beforeAll(async () => {
      scene = await LaunchScene.start({
        adapter,
        host: [HostPages],
        prepare: setHostHeaders,
        launches: { handler: ToTool },
        gradePassback: { concurrency: 0 },
      });
      lti = scene.lti;
      platform = await scene.platform();
      tool = await scene.register(platform, {}, { lti11: LTI11 });
      await lti.api('post', '/api/v1/lti11-consumers', { name: 'Campus', ...LTI11 }).expect(201);
    });
    afterAll(() => scene.stop());

    const login = (fields = scene.begin(platform, tool).parameters) =>
      request(lti.url).post('/lti/login').type('form').send(fields);
    const http = () => request(lti.url);

    it('starts with a redirect and a cookie beside the cookies and headers of the host', async () => {
      const { parameters } = scene.begin(platform, tool);
      const { headers, text } = await http().get('/lti/login').query(parameters).redirects(0).expect(302);
      expect(headers.location?.startsWith(`${platform.authorizationUrl}?scope=openid&`)).toBe(true);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-length': '0', ...hostHeaders });
      expect(headers).not.toHaveProperty('content-type');
      expect(cookiesOf(headers)).toEqual([...hostCookies, expect.stringMatching(/^nest_lti/)]);
      expect(text).toBe('');
    });

    it('starts with a page in a frame, with the same headers on every adapter', async () => {
      const { headers, text } = await login().set('Sec-Fetch-Dest', 'iframe').expect(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(Buffer.byteLength(text)),
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'nonce-/),
        ...hostHeaders,
      });
      expect(headers).not.toHaveProperty('etag');
      expect(cookiesOf(headers)).toEqual([...hostCookies, expect.stringMatching(/^nest_lti/)]);
      expect(text).toContain('id="new-window-form"');
    });

    it('ends at the tool and deletes the login cookie, beside the cookies of the host', async () => {
      const { status, headers, body } = await scene.browser().launch(scene.begin(platform, tool));
      expect([status, body]).toEqual([303, '']);
      expect(headers.location).toBe(TOOL);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        ...hostHeaders,
      });
      expect(cookiesOf(headers)).toEqual([...hostCookies, expect.stringMatching(/^nest_lti/)]);
    });

    it('gives its user access to what the host guards, and refuses users without the role', async () => {
      const isLearner = ({ roles }: { roles: readonly string[] }) => !roles.join().includes('Instructor');
      const userId = platform.course('course-1').members.find(isLearner)!.userId;
      await scene.browser().launch(scene.begin(platform, tool, { userId }));
      const get = (path: string) => http().get(path).set('Authorization', `Bearer ${sessionToken}`);
      await get('/quiz').expect(200, { user: userId });
      const { body, headers } = await get('/quiz/teacher').expect(403);
      expect(body).toMatchObject({ status: 403, code: 'launch_role_required', roles: ['Instructor'] });
      expect(headers).toMatchObject(hostHeaders);
    });

    it('reads the platform’s storage in a browser that kept no cookie', async () => {
      const { url, fields } = await scene.browser().authorize(scene.begin(platform, tool));
      const { headers, text } = await request(url)
        .post('')
        .set('Accept', BROWSER)
        .type('form')
        .send(formBody(fields).toString())
        .expect(200);
      expect(text).toContain('<form id="proof" method="post"');
      expect(headers['referrer-policy']).toBe('same-origin');
    });

    it('that is refused answers a page to people and problem details to programs', async () => {
      const refused = () => login({ iss: platform.issuer });
      const page = await refused().set('Accept', BROWSER).expect(400);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.text).toContain('<code>launch_parameter_missing</code>');
      const { headers, text } = await refused().set('Accept', 'application/json').expect(400);
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        ...hostHeaders,
      });
      expect(codeOf(text)).toBe('launch_parameter_missing');
      const twice = await http().post('/lti/login').type('form').send('iss=a&iss=b').expect(400);
      expect(codeOf(twice.text)).toBe('launch_parameter_invalid');
    });

    it.each(['/lti/login', '/lti/launch', '/lti/1.1/launch'])(
      'that is not a form is refused at %s, with our own page',
      async (path) => {
        for (const type of ['application/json', 'text/xml']) {
          const { text } = await http()
            .post(path)
            .set({ Accept: BROWSER, 'Content-Type': type })
            .send('{}')
            .expect(415);
          expect(text).toContain('<code>unsupported_media_type</code>');
          expect(text).toContain('Send it as application/x-www-form-urlencoded');
        }
        expect(await untyped(lti, 'POST', path)).toMatchObject([415, { code: 'unsupported_media_type' }]);
      },
    );

    it('by LTI 1.1 ends at the tool, whatever names its parameters have', async () => {
      const [member] = platform.course('course-1').members;
      // Nest's parser of Express makes an object of such a name, and what was signed is lost; Fastify's body is ours to read.
      const { url, parameters } = platform.startLti11Launch({
        consumerKey: LTI11.consumerKey,
        contextId: 'course-1',
        userId: member!.userId,
        parameters: adapter === 'fastify' ? { 'custom_a[b]': 'ü' } : {},
      });
      const { headers } = await request(url)
        .post('')
        .type('form')
        .send(formBody(Object.entries(parameters)).toString())
        .redirects(0)
        .expect(303);
      expect(headers.location).toBe(TOOL);
      expect(cookiesOf(headers)).toEqual(ownCookies);
    });

    it('gives our public URLs to platforms and browsers, whatever Host and the proxies say', async () => {
      const spoofed = {
        Host: 'evil.example',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'https',
      };
      const { text } = await login()
        .set({ ...spoofed, 'Sec-Fetch-Dest': 'iframe' })
        .expect(200);
      expect(text).toContain(`action="${lti.url}/lti/login"`);
      expect(text).not.toContain('evil.example');
    });

    it('serves our key set, also to HEAD', async () => {
      const { body, headers } = await http().get('/lti/jwks.json').expect(200);
      expect(body.keys).toHaveLength(1);
      expect(headers).toMatchObject({ 'cache-control': 'public, max-age=300', ...hostHeaders });
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect((await http().head('/lti/jwks.json').expect(200)).text).toBeUndefined();
    });
  });

  describe('our REST API', () => {
    let lti: LtiTestApp;
    let registrationId: string;
    let courseId: string;
    beforeAll(async () => {
      lti = await LtiTestApp.start({
        adapter,
        host: [HostPages],
        prepare: setHostHeaders,
        gradePassback: { concurrency: 0 },
      });
      const at = (path: string): string => `https://lms.example.edu${path}`;
      const { body } = await lti
        .api('post', '/api/v1/registrations', {
          name: 'LMS',
          issuer: at(''),
          clientId: 'tool',
          authorizationUrl: at('/auth'),
          tokenUrl: at('/token'),
          jwksUrl: at('/jwks'),
          deployments: ['1'],
        })
        .expect(201);
      registrationId = body.id;
      const course = { registrationId, deploymentId: '1', contextId: 'a course' };
      const urls = { membershipsUrl: at('/members'), lineItemsUrl: at('/items') };
      courseId = (await lti.api('post', '/api/v1/courses', { ...course, ...urls }).expect(201)).body.id;
    });
    afterAll(() => lti.stop());

    const score = (nth: number, changes: object = {}): object => ({
      lineItemId: 'https://lms.example.edu/items/1',
      userId: `user ${nth}`,
      scoreGiven: 5,
      scoreMaximum: 10,
      ...changes,
    });
    const upload = (type: string, body: string) =>
      lti.api('post', `/api/v1/courses/${courseId}/scores`).set('Content-Type', type).send(body);

    it('validates JSON bodies, and answers with problem details beside the headers of the host', async () => {
      const { headers, body } = await lti.api('post', '/api/v1/registrations', { name: 1 }).expect(400);
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        ...hostHeaders,
      });
      expect(cookiesOf(headers)).toEqual(ownCookies);
      expect(body).toMatchObject({ status: 400, code: 'invalid_request' });
      const unknown = '/api/v1/courses/019b8c00-0000-7000-8000-000000000001';
      expect((await lti.api('get', unknown).expect(404)).body.code).toBe('course_not_found');
      await lti.api('patch', `/api/v1/registrations/${registrationId}`, { name: 'Ü' }).expect(200);
      await lti.api('post', `/api/v1/courses/${courseId}/delivery/resume`).expect(204);
    });

    it('answers 415 on every route with a body when the Content-Type is wrong or missing, and names the right one', async () => {
      const routes = Object.entries(ltiOpenApi(lti.app).paths).flatMap(([path, item]) =>
        Object.entries(item).flatMap(([method, { requestBody, security }]) =>
          // A caller without a launch session is not told about the type of a body.
          requestBody === undefined || JSON.stringify(security).includes('ltiLaunchSession')
            ? []
            : [{ method, path, types: Object.keys(requestBody.content) }],
        ),
      );
      expect(routes.length).toBeGreaterThanOrEqual(14);
      for (const { method, path, types } of routes) {
        // The id of a course for its scores. The other ids need not exist.
        const query = path.endsWith('/files') ? '?path=/api/v1/users/self/files&name=essay.pdf' : '';
        const at = path.replace('{id}', path.endsWith('/scores') ? courseId : registrationId) + query;
        const wrong = types.includes(FORM) ? 'text/xml' : FORM;
        const call = lti.api(method as 'post', at).set('Content-Type', wrong);
        const { status, headers, body } = await call.send('{"name":"LMS"}');
        expect([at, status, headers['content-type']]).toEqual([
          at,
          415,
          'application/problem+json; charset=utf-8',
        ]);
        expect(body).toMatchObject({
          ...unsupported(wrong),
          accepted: expect.arrayContaining(types),
        });
        expect(body.detail).toContain(`Send it as ${types[0]!}`);
        const forgotten = await untyped(lti, method.toUpperCase(), at);
        expect([at, ...forgotten]).toMatchObject([at, 415, { code: 'unsupported_media_type' }]);
      }
    });

    it('does not tell a caller without a key about the type of a body', async () => {
      const { body } = await request(lti.url)
        .post('/api/v1/courses')
        .type('text/plain')
        .send('x')
        .expect(401);
      expect(body).toMatchObject({ code: 'api_key_required' });
    });

    it('leaves bodies that are not JSON to the host', async () => {
      const post = (type: string, text: string) =>
        lti.api('post', '/api/v1/registrations').set('Content-Type', type).send(text);
      expect((await post('application/json', '{"name": ').expect(400)).body.statusCode).toBe(400);
      await post('application/json', JSON.stringify({ name: 'x'.repeat(2 * MEBIBYTE) })).expect(413);
    });

    it('accepts NDJSON of more than a mebibyte, and answers a verdict on each score', async () => {
      const lines = Array.from({ length: 2000 }, (_, nth) =>
        JSON.stringify(score(nth, { comment: 'ü'.repeat(400) })),
      );
      const text = `${lines.join('\n')}\n{"userId":`;
      expect(Buffer.byteLength(text)).toBeGreaterThan(1.5 * MEBIBYTE);
      const { body } = await upload(NDJSON, text).expect(202);
      expect(body).toMatchObject({ accepted: 2000, refused: 1 });
      const { body: last } = await lti
        .api('get', `/api/v1/scores/${body.scores[1999].id as string}`)
        .expect(200);
      expect(last).toMatchObject({ userId: 'user 1999', status: 'pending' });
    });

    it('accepts scores as JSON, and refuses other types', async () => {
      const json = JSON.stringify([score(1), score(2)]);
      expect((await upload('application/json', json).expect(202)).body).toMatchObject({ accepted: 2 });
      for (const type of ['text/plain', 'text/xml', 'application/x-www-form-urlencoded']) {
        expect((await upload(type, json).expect(415)).body).toMatchObject(unsupported(type));
      }
      expect(await untyped(lti, 'POST', `/api/v1/courses/${courseId}/scores`)).toMatchObject([
        415,
        { code: 'unsupported_media_type', accepted: expect.arrayContaining([NDJSON, 'application/json']) },
      ]);
    });

    it('accepts JSON of two mebibytes when no parser of the host comes first', async () => {
      const scores = Array.from({ length: 2000 }, (_, nth) => score(nth, { comment: 'x'.repeat(1024) }));
      await upload('application/json', JSON.stringify(scores)).expect(adapter === 'fastify' ? 202 : 413);
    });

    it('refuses NDJSON of more than 16 MiB, and the connection stays usable', async () => {
      const { body } = await upload(NDJSON, ' '.repeat(16 * MEBIBYTE + 1)).expect(413);
      expect(body).toMatchObject({ code: 'scores_too_large' });
      await upload(NDJSON, JSON.stringify(score(3))).expect(202);
    });

    it('reads no upload without a key', async () => {
      const { headers, body } = await request(lti.url)
        .post(`/api/v1/courses/${courseId}/scores`)
        .set('Content-Type', NDJSON)
        .send('{}')
        .expect(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="nest-lti"');
      expect(body).toMatchObject({ code: 'api_key_required' });
    });

    it('serves its metrics on the route of the host', async () => {
      const { text } = await request(lti.url).get('/host/metrics').expect(200);
      expect(text).toContain('# TYPE nest_lti_token_requests_total counter');
    });
  });

  describe('a preflight request of a browser', () => {
    const WEB_APP = 'https://web.example.edu';
    const paths = ['/lti/login', '/lti/launch', '/lti/jwks.json', '/api/v1/registrations'];
    const preflight = ({ url }: LtiTestApp, path: string) =>
      request(url)
        .options(path)
        .set({ origin: WEB_APP, 'access-control-request-method': 'POST' })
        .set('access-control-request-headers', 'authorization,content-type');

    let lti: LtiTestApp;
    afterEach(() => lti.stop());

    it('gets 404 and no permission, whatever the route', async () => {
      lti = await LtiTestApp.start({ adapter });
      for (const path of paths) {
        const { headers, text } = await preflight(lti, path).expect(404);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
        expect(text).not.toContain('stack');
      }
      const { headers } = await lti.api('get', '/api/v1/registrations').set('origin', WEB_APP).expect(200);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    });

    it('is answered by the host, if that allows other sites', async () => {
      const prepare = (app: INestApplication): void => app.enableCors({ origin: WEB_APP });
      lti = await LtiTestApp.start({ adapter, prepare });
      for (const path of paths) {
        const { headers } = await preflight(lti, path).expect(204);
        expect(headers).toMatchObject({ 'access-control-allow-origin': WEB_APP });
      }
      const { headers } = await request(lti.url).get(paths[3]!).set('origin', WEB_APP).expect(401);
      expect(headers).toMatchObject({
        'access-control-allow-origin': WEB_APP,
        'content-type': 'application/problem+json; charset=utf-8',
      });
    });
  });

  describe('a guard of ours on a controller of the host', () => {
    let lti: LtiTestApp;
    let log: CapturedLog;
    beforeAll(async () => {
      lti = await LtiTestApp.start({ adapter, host: [HostPages], prepare: setHostHeaders });
    });
    beforeEach(() => (log = captureLog()));
    afterEach(() => {
      log.end();
    });
    afterAll(() => lti.stop());

    const problem = {
      type: 'urn:nest-lti:problem:launch_session_required',
      title: 'Unauthorized',
      status: 401,
      detail: expect.stringContaining('Authorization: Bearer'),
      code: 'launch_session_required',
      specRef: 'RFC 6750 3',
    };
    const get = (path: string) => request(lti.url).get(path).expect(401);

    it('answers with problem details where the host has no filter, and logs no error', async () => {
      const { headers, body } = await get('/quiz');
      expect(body).toEqual(problem);
      expect(headers).toMatchObject({ 'www-authenticate': 'Bearer realm="launch"', ...hostHeaders });
      // Nest's default filter decides: a Content-Type that we set would stay with whatever a filter of the host sends.
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(cookiesOf(headers)).toEqual(ownCookies);
      const forged = await get('/quiz').set('Authorization', 'Bearer forged');
      expect(forged.body).toMatchObject({ code: 'launch_session_invalid' });
      expect(forged.headers['www-authenticate']).toContain('error="invalid_token"');
      expect(log.lines).toEqual([]);
    });

    it('answers as application/problem+json behind ProblemDetailsFilter', async () => {
      const { headers, body } = await get('/quiz/problem');
      expect(body).toEqual(problem);
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        'www-authenticate': 'Bearer realm="launch"',
      });
      expect(log.lines).toEqual([]);
    });

    it('gives its problem details to the filter of the host', async () => {
      const { headers, body } = await get('/quiz/wrapped');
      expect(body).toEqual({ failed: problem });
      expect(headers).toMatchObject({ 'www-authenticate': 'Bearer realm="launch"' });
      expect(log.lines).toEqual([]);
    });

    it('answers 503 when it cannot query the database, and logs that without a stack', async () => {
      const sessions = lti.app.get(LaunchSessionService, { strict: false });
      const outage = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const find = jest.spyOn(sessions, 'find').mockRejectedValue(outage);
      const { body } = await request(lti.url).get('/quiz').set('Authorization', 'Bearer any').expect(503);
      find.mockRestore();
      expect(body).toMatchObject({ status: 503, code: 'database_unavailable' });
      expect(log.lines).toEqual(['warn The database is not available: connect ECONNREFUSED']);
    });

    it('answers for errors that our services throw there, too', async () => {
      const { body } = await request(lti.url).get('/host/course').expect(404);
      expect(body).toMatchObject({ status: 404, code: 'course_not_found' });
      expect(log.lines).toEqual([]);
    });
  });

  describe('a user’s consent', () => {
    let scene: UserGrantScene;
    beforeAll(
      async () => (scene = await UserGrantScene.start('canvas', { adapter, prepare: setHostHeaders })),
    );
    afterAll(() => scene.stop());

    it('leads from a frame into a window, to the platform, and back to a page that notifies the tool', async () => {
      const user = await scene.launch();
      const url = await scene.authorizeUrl(user);
      const framed = await request(url)
        .get('')
        .set({ Accept: BROWSER, 'Sec-Fetch-Dest': 'iframe' })
        .expect(200);
      expect(framed.text).toContain('target="_blank" rel="opener"');
      const first = await user.browser.get(url);
      expect([first.status, first.headers['content-length']]).toEqual([303, '0']);
      expect(cookiesOf(first.headers)).toEqual([...hostCookies, '__Host-nest_lti_user_grant']);
      const page = await scene.consent(user);
      expect(page.status).toBe(200);
      expect(page.body).toContain('<h1>The tool is authorized</h1>');
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringMatching(/^default-src 'none'/),
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        ...hostHeaders,
      });
    });

    it('that fails answers a page to people and problem details to programs', async () => {
      const callback = `${scene.callbackUrl}?state=${'x'.repeat(43)}&error=access_denied`;
      const page = await request(callback).get('').set('Accept', BROWSER).expect(400);
      expect(page.text).toContain('"status":"failed","code":"user_grant_state_unknown"');
      const { text } = await request(callback).get('').set('Accept', 'application/json').expect(400);
      expect(codeOf(text)).toBe('user_grant_state_unknown');
    });

    it('can be ended by the user with only the token of the launch', async () => {
      const { body, headers } = await request(scene.lti.url).post('/user-grants/logout').expect(401);
      expect(body).toMatchObject({ code: 'launch_session_required' });
      expect(headers['www-authenticate']).toBe('Bearer realm="launch"');
    });
  });

  describe('with a global prefix and URI versioning', () => {
    const versioned = (app: INestApplication): void => {
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    };

    describe('and without body parsers', () => {
      let scene: LaunchScene;
      let platform: SimulatedPlatform;
      beforeAll(async () => {
        const host = { prefix: '/lms/api', bodyParser: false, prepare: versioned };
        scene = await LaunchScene.start({ adapter, ...host, launches: { handler: ToTool } });
        platform = await scene.platform();
        const { url, jwksUrl } = scene.lti;
        platform.addTool({
          clientId: 'tool',
          jwksUrl,
          launch: { loginUrl: `${url}/lti/login`, redirectUris: [`${url}/lti/launch`] },
          lti11: { ...LTI11, launchUrl: `${url}/lti/1.1/launch` },
        });
        // The REST API takes JSON, which this host does not parse.
        const { issuer, authorizationUrl, tokenUrl, jwksUrl: keys } = platform;
        const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl: keys };
        await scene.lti.app
          .get(RegistrationService, { strict: false })
          .create(
            createRegistrationSchema.parse({ name: 'LMS', clientId: 'tool', ...urls, deployments: ['1'] }),
          );
        await scene.lti.app
          .get(Lti11ConsumerService, { strict: false })
          .create({ name: 'Campus', registrationId: null, ...LTI11 });
      });
      afterAll(() => scene.stop());

      it('receives LTI 1.3 launches below its public URL, by form posts alone', async () => {
        const initiation = scene.begin(platform, { clientId: 'tool' });
        const { status, headers } = await scene.browser().launch(initiation, { method: 'POST' });
        expect([status, headers.location]).toEqual([303, TOOL]);
      });

      it('receives LTI 1.1 launches, whatever names the parameters have', async () => {
        const { url, parameters } = platform.startLti11Launch({
          consumerKey: LTI11.consumerKey,
          contextId: 'course-1',
          parameters: { 'custom_a[b]': 'ü' },
        });
        const { status, headers } = await scene.browser().post(url, parameters);
        expect([status, headers.location]).toEqual([303, TOOL]);
      });
    });

    it('fails at boot and says that its public URL has to end with the prefix', async () => {
      const start = LtiTestApp.start({ adapter, prefix: '/lms/api', publicUrl: 'http://localhost/lms' });
      await expect(start).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: expect.stringMatching(/publicUrl: must end in "\/lms\/api".+\/lms\/api\/lti\/launch/),
      });
    });

    it('fails at boot and says that the prefix excludes only some of our routes', async () => {
      const prepare = (app: INestApplication): void => {
        app.setGlobalPrefix('api', { exclude: ['lti/{*path}'] });
      };
      await expect(LtiTestApp.start({ adapter, prepare })).rejects.toMatchObject({
        message: expect.stringContaining("'user-grants/{*path}'"),
      });
    });

    it('serves our routes outside the prefix when all of them are excluded', async () => {
      const prepare = (app: INestApplication): void => {
        const path = 'user-grants/{*path}';
        app.setGlobalPrefix('api', { exclude: ['lti/{*path}', { path, method: RequestMethod.ALL }] });
        versioned(app);
      };
      const lti = await LtiTestApp.start({ adapter, prepare, host: [HostPages] });
      await request(lti.jwksUrl).get('').expect(200);
      await lti.api('get', '/api/api/v1/registrations').expect(200);
      await request(lti.url).get('/api/v1/quiz').expect(401);
      await lti.stop();
    });
  });
});
