import dns from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LtiConfig } from '../../src/config/lti-config.js';
import { LaunchCleaner } from '../../src/launch/launch.cleaner.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { captureLog } from '../support/captured-log.js';
import { LaunchScene } from '../support/launch-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const HTML = { accept: 'text/html' };

interface Page {
  status: number;
  text: string;
}

const page = async (url: string, form?: URLSearchParams): Promise<Page> => {
  const response = await fetch(url, { headers: HTML, ...(form && { method: 'POST', body: form }) });
  return { status: response.status, text: await response.text() };
};
const decoded = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&');
/** The form of a page, and its target. */
const formOf = ({ text }: Page) => ({
  action: /action="([^"]+)"/.exec(text)![1]!,
  fields: new URLSearchParams(
    [...text.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [
      name!,
      decoded(value!),
    ]),
  ),
});
const codeOf = ({ text }: Page): string | undefined => /<code>(\w+)<\/code>/.exec(text)?.[1];

/** An exchange of a real Moodle. */
interface Recorded {
  method?: string;
  path?: string;
  status?: number;
  body?: object;
}
const recordings = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/moodle-4.5.6-dynamic-registration.json'), 'utf8'),
) as readonly Recorded[];
const recorded = (method: string, path: string, status: number): object =>
  recordings.find((each) => each.method === method && each.path === path && each.status === status)!.body!;

describe('dynamic registration', () => {
  let scene: LaunchScene;
  beforeAll(async () => (scene = await LaunchScene.start({ dynamicRegistration: { toolName: 'Quizzes' } })));
  afterAll(() => scene.stop());

  const invite = async (body: object = {}) =>
    (await scene.lti.api('post', '/api/v1/registration-invitations', { name: 'Campus', ...body }).expect(201))
      .body as { id: string; registrationUrl: string };
  const attempts = async () =>
    (await scene.lti.api('get', '/api/v1/dynamic-registrations').expect(200)).body.items as {
      id: string;
      status: string;
      registrationId: string | null;
      error: string | null;
    }[];
  const registrations = async () =>
    (await scene.lti.api('get', '/api/v1/registrations?limit=500').expect(200)).body.items as {
      id: string;
      clientId: string;
      issuer: string;
      platformFamily: string;
      deployments: string[];
    }[];
  const register = async (lms: SimulatedPlatform, url: string, existingClientId?: string) => {
    const confirm = await page(lms.startRegistration(url, existingClientId));
    expect([confirm.status, confirm.text]).toEqual([200, expect.stringContaining('Quizzes')]);
    const { action, fields } = formOf(confirm);
    return page(action, fields);
  };

  /** A launch, a sync and a score by a registration that no one typed in. */
  const use = async (lms: SimulatedPlatform, registration: { id: string; clientId: string }) => {
    const launched = await scene.browser().launch(scene.begin(lms, registration));
    expect([launched.status, launched.body]).toEqual([200, expect.stringContaining('The launch works')]);
    const courses = await scene.lti
      .api('get', `/api/v1/courses?registrationId=${registration.id}`)
      .expect(200);
    const course = `/api/v1/courses/${courses.body.items[0].id}`;

    const { body: requested } = await scene.lti.api('post', `${course}/sync`).expect(202);
    const run = await until('the end of the sync', async () => {
      const { body } = await scene.lti.api('get', `/api/v1/sync-runs/${requested.id}`).expect(200);
      return body.finishedAt === null ? undefined : body;
    });
    expect(run).toMatchObject({ status: 'completed', counts: { added: 5 } });

    const item = await scene.lti
      .api('post', `${course}/line-items`, { label: 'Quiz', scoreMaximum: 10 })
      .expect(201);
    const learners = await scene.lti.api('get', `${course}/members?role=Learner&limit=1`).expect(200);
    const { userId } = learners.body.items[0];
    await scene.lti
      .api('post', `${course}/scores`, [
        { lineItemId: item.body.id, userId, scoreGiven: 7, scoreMaximum: 10 },
      ])
      .expect(202);
    await until('the score at the platform', async () =>
      Promise.resolve(lms.counts.scoresAccepted === 1 ? true : undefined),
    );
    const graded = lms.gradebook('course-1').find(({ label }) => label === 'Quiz');
    expect(graded?.results).toEqual([expect.objectContaining({ userId, resultScore: 7 })]);
  };

  it.each(['generic', 'moodle', 'canvas', 'brightspace', 'sakai'] as const)(
    'of %s takes one click; then a launch, a sync and a score work with nothing typed in',
    async (family) => {
      const lms = await scene.platform({ family, ownIssuer: true });
      const done = await register(lms, (await invite({ allowedIssuers: [lms.issuer] })).registrationUrl);
      expect([done.status, done.text]).toEqual([200, expect.stringContaining('org.imsglobal.lti.close')]);
      const [registration] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
      expect(registration).toMatchObject({
        // That of the invitation.
        name: 'Campus',
        clientId: lms.tools[0]!.clientId,
        platformFamily: family,
        deployments: family === 'canvas' ? [] : ['1'],
      });
      await use(lms, registration!);
      const [after] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
      expect(after!.deployments).toEqual(['1']);
    },
  );

  it('of the recorded Moodle takes one click; then a launch, a sync and a score work with nothing typed in', async () => {
    const lms = await scene.platform({ family: 'moodle' });
    const [configurationPath, registrationPath] = [
      '/mod/lti/openid-configuration.php',
      '/mod/lti/openid-registration.php',
    ];
    const accepted = recorded('POST', registrationPath, 200);
    let posts = 0;
    const moodle: LoopbackServer = await LoopbackServer.start((response, { method }) => {
      // Only addresses differ from the recording.
      const here = (body: object): string =>
        JSON.stringify(body)
          .replaceAll(`http://127.0.0.1:32080${registrationPath}`, moodle.url(registrationPath))
          .replaceAll('http://127.0.0.1:32080', lms.url)
          .replaceAll('http://localhost:32000', scene.lti.url);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      if (method === 'GET') return void response.end(here(recorded('GET', configurationPath, 200)));
      posts += 1;
      if (posts === 1) return void response.end(here(accepted));
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.writeHead(401).end('token_already_used');
    });
    const { registrationUrl } = await invite({ allowedIssuers: [lms.issuer] });
    const start = new URL(registrationUrl);
    start.searchParams.set('openid_configuration', moodle.url(configurationPath));
    start.searchParams.set('registration_token', 'a.b.c');
    const { action, fields } = formOf(await page(start.href));
    const done = await page(action, fields);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('activate it in the list')]);
    expect(moodle.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array<string>(3).fill('Bearer a.b.c'),
    );
    const [registration] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
    expect(registration).toMatchObject({
      clientId: 'q4XTFHKiczjO2dV',
      platformFamily: 'moodle',
      deployments: ['4'],
    });
    // What Moodle has stored by itself.
    lms.addTool({
      clientId: registration!.clientId,
      jwksUrl: scene.lti.jwksUrl,
      deploymentIds: ['4'],
      launch: { loginUrl: `${scene.lti.url}/lti/login`, redirectUris: [`${scene.lti.url}/lti/launch`] },
    });
    await use(lms, registration!);
    await moodle.stop();
  });

  it('with the same client id again is an update of the one registration, as at Canvas', async () => {
    const lms = await scene.platform({ family: 'canvas', ownIssuer: true });
    await register(lms, (await invite()).registrationUrl);
    const { clientId } = lms.tools[0]!;
    const again = await register(lms, (await invite()).registrationUrl, clientId);
    expect([again.status, again.text]).toEqual([200, expect.stringContaining('The tool is updated')]);
    expect((await registrations()).filter(({ issuer }) => issuer === lms.issuer)).toHaveLength(1);
  });

  it('takes an unknown deployment from the first launch, and no other after it', async () => {
    const lms = await scene.platform({ family: 'canvas', ownIssuer: true });
    await register(lms, (await invite()).registrationUrl);
    const tool = { clientId: lms.tools[0]!.clientId };
    lms.addTool({
      clientId: tool.clientId,
      jwksUrl: scene.lti.jwksUrl,
      deploymentIds: ['first', 'second'],
      launch: { loginUrl: `${scene.lti.url}/lti/login`, redirectUris: [`${scene.lti.url}/lti/launch`] },
    });
    expect((await scene.browser().launch(scene.begin(lms, tool, { deploymentId: 'first' }))).status).toBe(
      200,
    );
    expect((await scene.browser().launch(scene.begin(lms, tool, { deploymentId: 'second' }))).status).toBe(
      403,
    );
    expect((await scene.browser().launch(scene.begin(lms, tool, { deploymentId: 'first' }))).status).toBe(
      200,
    );
  });

  it('needs an invitation, which is good for one registration, its time and its issuers', async () => {
    const lms = await scene.platform({ family: 'moodle' });
    const open = `${scene.lti.url}/lti/register`;
    expect(codeOf(await page(lms.startRegistration(open)))).toBe('registration_invitation_required');
    expect(codeOf(await page(lms.startRegistration(`${open}?invitation=guess`)))).toBe(
      'registration_invitation_invalid',
    );
    const foreign = await invite({ allowedIssuers: ['https://lms.example.edu'] });
    expect(codeOf(await page(lms.startRegistration(foreign.registrationUrl)))).toBe(
      'registration_issuer_not_allowed',
    );
    const revoked = await invite();
    await scene.lti.api('delete', `/api/v1/registration-invitations/${revoked.id}`).expect(204);
    expect(codeOf(await page(lms.startRegistration(revoked.registrationUrl)))).toBe(
      'registration_invitation_invalid',
    );
    const { registrationUrl } = await invite();
    // Two registrations at once, by two platforms with the same issuer.
    const forms = [];
    for (let each = 0; each < 2; each += 1)
      forms.push(formOf(await page(lms.startRegistration(registrationUrl))));
    const both = await Promise.all(forms.map(({ action, fields }) => page(action, fields)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(codeOf(await page(lms.startRegistration(registrationUrl)))).toBe(
      'registration_invitation_invalid',
    );
    expect((await registrations()).filter(({ issuer }) => issuer === lms.issuer)).toHaveLength(1);
    const { body } = await scene.lti.api('get', '/api/v1/registration-invitations').expect(200);
    expect(JSON.stringify(body)).not.toContain(new URL(registrationUrl).searchParams.get('invitation'));
  });

  it('that the platform refuses has a page with the advice, and the invitation works again', async () => {
    const lms = await scene.platform({ family: 'moodle' });
    const { registrationUrl } = await invite();
    const { action, fields } = formOf(await page(lms.startRegistration(registrationUrl)));
    fields.set('registration_token', 'not-a-token-of-this-platform');
    const log = captureLog();
    const refused = await page(action, fields);
    log.end();
    expect([refused.status, codeOf(refused)]).toEqual([502, 'registration_refused']);
    expect(refused.text).toContain('start the registration in the platform again');
    expect(refused.text + log.lines.join()).not.toContain('not-a-token-of-this-platform');
    expect((await attempts())[0]).toMatchObject({ status: 'refused', registrationId: null });
    expect((await register(lms, registrationUrl)).status).toBe(200);
  });

  it('of a tool that Brightspace has already is refused, and the page says to remove it there', async () => {
    const lms = await scene.platform({ family: 'brightspace' });
    expect((await register(lms, (await invite()).registrationUrl)).status).toBe(200);
    const again = await register(lms, (await invite()).registrationUrl);
    expect([again.status, codeOf(again)]).toEqual([502, 'registration_refused']);
    expect(again.text).toContain('remove it before you start again');
    expect((await registrations()).filter(({ issuer }) => issuer === lms.issuer)).toHaveLength(1);
  });

  it('whose answer was lost is listed, and can be finished or discarded once', async () => {
    const lms = await scene.platform({ family: 'moodle' });
    const server = await LoopbackServer.start((response, request) => {
      if (request.method === 'POST') response.destroy();
      else {
        const here = `http://${request.headers.host!}`;
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            issuer: here,
            authorization_endpoint: lms.authorizationUrl,
            token_endpoint: lms.tokenUrl,
            jwks_uri: lms.jwksUrl,
            registration_endpoint: `${here}/register`,
          }),
        );
      }
    });
    const lose = async () => {
      const start = `${(await invite()).registrationUrl}&openid_configuration=${encodeURIComponent(server.url('/c'))}`;
      const { action, fields } = formOf(await page(start));
      expect(codeOf(await page(action, fields))).toBe('platform_unreachable');
      const [attempt] = await attempts();
      expect(attempt).toMatchObject({ status: 'sent', issuer: server.url(''), registrationId: null });
      return `/api/v1/dynamic-registrations/${attempt!.id}`;
    };
    const first = await lose();
    expect((await scene.lti.api('post', `${first}/finish`, {}).expect(400)).body.errors[0].field).toBe(
      'clientId',
    );
    const values = { clientId: 'from-the-platform', deploymentId: '9' };
    expect((await scene.lti.api('post', `${first}/finish`, values).expect(200)).body).toMatchObject({
      status: 'stored',
      ...values,
    });
    expect((await registrations())[0]).toMatchObject({ clientId: 'from-the-platform', deployments: ['9'] });
    await scene.lti.api('post', `${first}/discard`).expect(409);
    const second = await lose();
    await scene.lti.api('post', `${second}/discard`).expect(204);
    await scene.lti.api('post', `${second}/finish`, values).expect(409);
    await server.stop();
  });

  it('waits for the operator when the answer has a known client id with another issuer or other URLs', async () => {
    const answers = { clientId: 'known-client', jwks: '/j', post: 200 };
    const start = () =>
      LoopbackServer.start((response, request) => {
        const here = `http://${request.headers.host!}`;
        if (request.method === 'POST')
          return void response.writeHead(answers.post).end(JSON.stringify({ client_id: answers.clientId }));
        response.end(
          JSON.stringify({
            issuer: here,
            authorization_endpoint: `${here}/a`,
            token_endpoint: `${here}/t`,
            jwks_uri: here + answers.jwks,
            registration_endpoint: `${here}/r?token=secret`,
          }),
        );
      });
    const [platform, other] = [await start(), await start()];
    const registerAt = async (server: LoopbackServer) => {
      const url = encodeURIComponent(server.url('/c'));
      const { action, fields } = formOf(
        await page(`${(await invite()).registrationUrl}&openid_configuration=${url}`),
      );
      return page(action, fields);
    };
    expect((await registerAt(platform)).status).toBe(200);
    const own = async () =>
      (await registrations()).filter(({ clientId }) => clientId === answers.clientId) as unknown as {
        issuer: string;
        jwksUrl: string;
      }[];
    const before = await own();
    expect(before).toMatchObject([{ issuer: platform.url(''), jwksUrl: platform.url('/j') }]);

    expect(codeOf(await registerAt(other))).toBe('registration_confirmation_required');
    answers.jwks = '/elsewhere';
    expect(codeOf(await registerAt(platform))).toBe('registration_confirmation_required');
    expect(await own()).toEqual(before);
    const [attempt] = await attempts();
    expect(attempt).toMatchObject({ status: 'answered', registrationId: null });
    await scene.lti.api('post', `/api/v1/dynamic-registrations/${attempt!.id}/finish`, {}).expect(200);
    expect(await own()).toMatchObject([{ jwksUrl: platform.url('/elsewhere') }]);

    // A proxy's 502: the platform may have stored the tool, so the attempt stays.
    answers.post = 502;
    expect(codeOf(await registerAt(platform))).toBe('registration_answer_invalid');
    expect((await attempts())[0]).toMatchObject({ status: 'sent' });
    const { database } = scene.lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    const stored = await sql(database.url, 'SELECT * FROM nest_lti.dynamic_registration');
    expect(JSON.stringify(stored)).not.toContain('token=secret');
    await platform.stop();
    await other.stop();
  });

  it('that a platform refuses ten times uses the invitation up', async () => {
    const server = await LoopbackServer.start((response, request) => {
      const here = `http://${request.headers.host!}`;
      if (request.method === 'POST') return void response.writeHead(400).end('no');
      response.end(
        JSON.stringify({
          issuer: here,
          authorization_endpoint: `${here}/a`,
          token_endpoint: `${here}/t`,
          jwks_uri: `${here}/j`,
          registration_endpoint: `${here}/r`,
        }),
      );
    });
    const start = `${(await invite()).registrationUrl}&openid_configuration=${encodeURIComponent(server.url('/c'))}`;
    for (let nth = 1; nth <= 10; nth += 1) {
      const { action, fields } = formOf(await page(start));
      expect(codeOf(await page(action, fields))).toBe('registration_refused');
    }
    expect(codeOf(await page(start))).toBe('registration_invitation_invalid');
    await server.stop();
  });

  it.each([
    ['http://93.184.216.34/c', 'unsafe_url'],
    ['https://169.254.169.254/latest/meta-data', 'unsafe_url'],
    ['file:///etc/passwd', 'unsafe_url'],
    ['', 'registration_parameter_invalid'],
  ])('from the configuration URL %j is refused with a code, and stores nothing', async (url, code) => {
    const before = await registrations();
    const start = `${(await invite()).registrationUrl}&openid_configuration=${encodeURIComponent(url)}`;
    expect(codeOf(await page(start))).toBe(code);
    expect(await registrations()).toEqual(before);
  });

  it('whose URL is opened in a browser says that it is to be pasted into the platform', async () => {
    const opened = await page((await invite()).registrationUrl);
    expect([opened.status, codeOf(opened)]).toEqual([400, 'registration_parameter_invalid']);
    expect(opened.text).toContain('its administrator pastes the registration URL there');
  });

  it.each([
    ['redirects', 'platform_redirect_refused'],
    ['sends 10 MB', 'platform_response_too_large'],
    ['sends 10 MB in a few bytes', 'platform_response_too_large'],
    ['names another issuer', 'registration_issuer_mismatch'],
    ['answers with the tool of another', 'registration_answer_foreign'],
    ['answers 500', 'registration_configuration_refused'],
    ['has its key set at a link-local address', 'unsafe_url'],
    ['answers the registration with 10 MB', 'platform_response_too_large'],
    ['redirects the registration to the inside', 'platform_redirect_refused'],
  ])('of a platform that %s is refused with a code, and stores no registration', async (what, code) => {
    const before = await registrations();
    const server = await LoopbackServer.start((response, request) => {
      const here = `http://${request.headers.host!}`;
      if (what === 'redirects')
        return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      if (what === 'answers 500') return void response.writeHead(500).end();
      if (what === 'sends 10 MB in a few bytes') {
        response.setHeader('content-encoding', 'gzip');
        return void response.end(gzipSync(`"${'x'.repeat(10_000_000)}"`));
      }
      if (what === 'sends 10 MB') return void response.end(`"${'x'.repeat(10_000_000)}"`);
      if (request.method === 'POST' && what === 'answers the registration with 10 MB')
        return void response.end(JSON.stringify({ client_id: 'x', more: 'x'.repeat(10_000_000) }));
      if (request.method === 'POST' && what === 'redirects the registration to the inside')
        return void response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
      if (request.method === 'POST') {
        return void response.end(
          JSON.stringify({ client_id: 'x', jwks_uri: 'https://other.example.edu/jwks' }),
        );
      }
      response.end(
        JSON.stringify({
          issuer: what === 'names another issuer' ? 'https://lms.example.edu' : here,
          authorization_endpoint: `${here}/a`,
          token_endpoint: `${here}/t`,
          jwks_uri:
            what === 'has its key set at a link-local address' ? 'http://169.254.169.254/j' : `${here}/j`,
          registration_endpoint: `${here}/r`,
        }),
      );
    });
    const start = `${(await invite()).registrationUrl}&openid_configuration=${encodeURIComponent(server.url('/c'))}`;
    let answer = await page(start);
    if (answer.status === 200) {
      const { action, fields } = formOf(answer);
      answer = await page(action, fields);
    }
    expect(codeOf(answer)).toBe(code);
    expect(await registrations()).toEqual(before);
    await server.stop();
  });

  /** The configuration of a platform that is at this URL. */
  const configurationAt = (here: string) =>
    JSON.stringify({
      issuer: here,
      authorization_endpoint: `${here}/a`,
      token_endpoint: `${here}/t`,
      jwks_uri: `${here}/j`,
      registration_endpoint: `${here}/r`,
    });
  const startAt = async (url: string) =>
    `${(await invite()).registrationUrl}&openid_configuration=${encodeURIComponent(url)}`;

  it('of a platform that never stops sending is refused after 1 MiB, and nothing more is read', async () => {
    let sent = 0;
    let closed!: () => void;
    const end = new Promise<void>((resolve) => (closed = resolve));
    const server = await LoopbackServer.start((response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const send = (): void => {
        let mayGoOn = true;
        while (mayGoOn && !response.destroyed) {
          mayGoOn = response.write(chunk);
          sent += chunk.length;
        }
      };
      response.on('drain', send).on('close', closed);
      send();
    });
    expect(codeOf(await page(await startAt(server.url('/c'))))).toBe('platform_response_too_large');
    await end;
    // The rest was on its way: the buffers of both sockets.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    await server.stop();
  });

  it('of a platform that sends a byte now and then is refused after 15 seconds', async () => {
    const server = await LoopbackServer.start((response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const http = scene.lti.app.get(PlatformHttpService, { strict: false });
    const send = http.send.bind(http);
    const timeouts: (number | undefined)[] = [];
    const spy = jest.spyOn(http, 'send').mockImplementation((request) => {
      timeouts.push(request.timeoutMs);
      // The real exchange, with less time.
      return send({ ...request, timeoutMs: 200 });
    });
    expect(codeOf(await page(await startAt(server.url('/c'))))).toBe('platform_timeout');
    expect(timeouts).toEqual([15_000]);
    spy.mockRestore();
    await server.stop();
  });

  it('of a platform whose name leads to another address after the check is refused, and stores no registration', async () => {
    const before = await registrations();
    const server = await LoopbackServer.start((response, request) => {
      // So that the next request looks the name up again.
      response.setHeader('connection', 'close');
      response.end(configurationAt(`http://${request.headers.host!}`));
    });
    const name = 'rebinding.example.edu';
    // The confirmation and the registration read the configuration; then the name leads to the metadata of a cloud.
    const answers = ['127.0.0.1', '127.0.0.1', '169.254.169.254'];
    const lookup = jest
      .spyOn(dns, 'lookup')
      .mockImplementation((() =>
        Promise.resolve([{ address: answers.shift()!, family: 4 }])) as unknown as typeof dns.lookup);
    const { action, fields } = formOf(await page(await startAt(`http://${name}:${server.port}/c`)));
    expect(codeOf(await page(action, fields))).toBe('unsafe_url');
    expect([lookup.mock.calls.length, answers]).toEqual([3, []]);
    lookup.mockRestore();
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(await registrations()).toEqual(before);
    expect((await attempts())[0]).toMatchObject({ status: 'sent', registrationId: null });
    await server.stop();
  });

  it('whose attempt cannot be stored does not use the invitation up, and asks the platform for nothing', async () => {
    const lms = await scene.platform({ family: 'generic', ownIssuer: true });
    const { registrationUrl } = await invite();
    const { action, fields } = formOf(await page(lms.startRegistration(registrationUrl)));
    const { database } = scene.lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    await sql(
      database.url,
      `ALTER TABLE nest_lti.dynamic_registration ADD CONSTRAINT no_more CHECK (issuer <> '${lms.issuer}') NOT VALID`,
    );
    expect((await page(action, fields)).status).toBe(500);
    expect(lms.tools).toEqual([]);
    await sql(database.url, 'ALTER TABLE nest_lti.dynamic_registration DROP CONSTRAINT no_more');
    expect((await page(action, fields)).status).toBe(200);
  });

  it('again adds its deployments to those that the registration has, also when two come at once', async () => {
    const lms = await scene.platform({ family: 'canvas', ownIssuer: true });
    await register(lms, (await invite()).registrationUrl);
    const [{ id } = { id: '' }] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
    await scene.lti.api('patch', `/api/v1/registrations/${id}`, { deployments: ['typed'] }).expect(200);
    const service = scene.lti.app.get(RegistrationService, { strict: false });
    await Promise.all(['a', 'b', 'c'].map((added) => service.extend(id, { deployments: [added] })));
    await register(lms, (await invite()).registrationUrl, lms.tools[0]!.clientId);
    const [after] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
    expect(after!.deployments.toSorted()).toEqual(['a', 'b', 'c', 'typed']);
    expect(after).toMatchObject({ deploymentAwaitedUntil: null });
  });

  it('has a guide for platforms without it, by API and as a page with the values of this tool', async () => {
    const { body } = await scene.lti.api('get', '/api/v1/registration-guide?platform=blackboard').expect(200);
    expect(body).toMatchObject({
      platform: 'blackboard',
      dynamicRegistration: false,
      toolValues: expect.arrayContaining([
        { label: 'Login Initiation URL', value: `${scene.lti.url}/lti/login` },
      ]),
      platformValues: expect.arrayContaining([
        expect.objectContaining({ field: 'issuer', value: 'https://blackboard.com' }),
      ]),
      configuration: null,
    });
    const unknown = await scene.lti.api('get', '/api/v1/registration-guide?platform=emacs').expect(400);
    expect(unknown.body.errors[0].field).toBe('platform');

    const list = await page(`${scene.lti.url}/lti/registration-guide`);
    const urls = [...list.text.matchAll(/href="([^"]+)"/g)].map(([, url]) => decoded(url!));
    expect([list.status, urls.length]).toEqual([200, 8]);
    for (const url of urls) {
      const guide = await page(url);
      expect([guide.status, guide.text]).toEqual([200, expect.stringContaining('Quizzes')]);
      expect(guide.text).toContain(`${scene.lti.url}/lti/launch`);
    }
  });

  // The last ones: they move the clock of all.

  it('awaits the deployment for 30 days, which the page and the API say', async () => {
    const lms = await scene.platform({ family: 'canvas', ownIssuer: true });
    const end = new Date(scene.lti.clock.nowMs() + 30 * 86_400_000).toISOString();
    const done = await register(lms, (await invite()).registrationUrl);
    expect(done.text.replace(/\s+/g, ' ')).toContain(`The first launch until ${end.slice(0, 10)} names it`);
    const own = async () => (await registrations()).find(({ issuer }) => issuer === lms.issuer);
    expect(await own()).toMatchObject({ deployments: [], deploymentAwaitedUntil: end });
    scene.lti.clock.advance(30 * 86_400_000);
    const tool = { clientId: lms.tools[0]!.clientId };
    expect((await scene.browser().launch(scene.begin(lms, tool))).status).toBe(403);
    expect(await own()).toMatchObject({ deployments: [], deploymentAwaitedUntil: end });
  });

  it('is deleted with its invitation after 90 days; the registration stays', async () => {
    await register(await scene.platform({ ownIssuer: true }), (await invite()).registrationUrl);
    const before = await registrations();
    const kept = await invite({ validFor: '90d' });
    expect((await attempts()).length).toBeGreaterThan(0);
    scene.lti.clock.advance(100 * 86_400_000);
    await scene.lti.app.get(LaunchCleaner, { strict: false }).tick();
    expect(await attempts()).toEqual([]);
    const { body } = await scene.lti.api('get', '/api/v1/registration-invitations').expect(200);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([kept.id]);
    expect(await registrations()).toEqual(before);
  });
});
