import { LtiConfig } from '../../src/config/lti-config.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { captureLog } from '../support/captured-log.js';
import { LaunchScene } from '../support/launch-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { sql } from '../support/sql.js';

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

  it.each(['generic', 'moodle', 'canvas', 'brightspace', 'sakai'] as const)(
    'of %s takes one click; then a launch and a line item work with nothing typed in',
    async (family) => {
      const lms = await scene.platform({ family, ownIssuer: true });
      const done = await register(lms, (await invite({ allowedIssuers: [lms.issuer] })).registrationUrl);
      expect([done.status, done.text]).toEqual([200, expect.stringContaining('org.imsglobal.lti.close')]);
      const [registration] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
      expect(registration).toMatchObject({
        clientId: lms.tools[0]!.clientId,
        platformFamily: family,
        deployments: family === 'canvas' ? [] : ['1'],
      });
      const launched = await scene.browser().launch(scene.begin(lms, registration!));
      expect([launched.status, launched.body]).toEqual([200, expect.stringContaining('The launch works')]);
      const courses = await scene.lti.api('get', '/api/v1/courses?limit=500').expect(200);
      const { id } = courses.body.items.find(
        (course: { registrationId: string }) => course.registrationId === registration!.id,
      );
      await scene.lti
        .api('post', `/api/v1/courses/${id}/line-items`, { label: 'Quiz', scoreMaximum: 10 })
        .expect(201);
      expect(lms.issuedTokens.length).toBeGreaterThan(0);
      const [after] = (await registrations()).filter(({ issuer }) => issuer === lms.issuer);
      expect(after!.deployments).toEqual(['1']);
    },
  );

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

  it.each([
    ['redirects', 'platform_redirect_refused'],
    ['sends 10 MB', 'platform_response_too_large'],
    ['names another issuer', 'registration_issuer_mismatch'],
    ['answers with the tool of another', 'registration_answer_foreign'],
    ['answers 500', 'registration_configuration_refused'],
  ])('of a platform that %s is refused with a code, and stores no registration', async (what, code) => {
    const before = await registrations();
    const server = await LoopbackServer.start((response, request) => {
      const here = `http://${request.headers.host!}`;
      if (what === 'redirects')
        return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      if (what === 'answers 500') return void response.writeHead(500).end();
      if (what === 'sends 10 MB') return void response.end(`"${'x'.repeat(10_000_000)}"`);
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
          jwks_uri: `${here}/j`,
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
});
