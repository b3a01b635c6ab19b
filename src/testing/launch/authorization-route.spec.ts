import { FakeClock } from '../fake-clock.js';
import { type FormField } from '../browser/form-field.js';
import { autoSubmittedForm } from '../browser/form-reading.js';
import { SimulatedPlatform } from '../simulated-platform.js';
import { type SimulatedPlatformOptions } from '../simulated-platform.options.js';

type Changes = Record<string, string | undefined>;

describe('the authorization endpoint of the simulated platform', () => {
  const redirectUri = 'http://tool.example/launch';
  const state = 'a "state" & more';
  let lms: SimulatedPlatform;

  async function start(options: SimulatedPlatformOptions = {}): Promise<void> {
    // A key of this kind is made in no time.
    lms = await SimulatedPlatform.start({ clock: new FakeClock(), keyAlgorithm: 'ES256', ...options });
    lms.addTool({
      clientId: 'tool-1',
      jwks: { keys: [] },
      launch: { loginUrl: 'http://tool.example/login', redirectUris: [redirectUri] },
    });
    lms.addTool({ clientId: 'without-launches', jwks: { keys: [] } });
    lms.addCourse({ contextId: 'biology', members: 3 });
  }
  afterEach(() => lms.stop());

  const begin = (userId = 'user-00002') =>
    lms.startLaunch({
      clientId: 'tool-1',
      contextId: 'biology',
      userId,
      platformStorage: false,
    }).parameters;

  /** What a tool sends the browser with, for the launch of this login initiation. */
  function requestOf(initiation: Readonly<Record<string, string>>, changes: Changes = {}): URLSearchParams {
    const parameters: Changes = {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: 'tool-1',
      redirect_uri: redirectUri,
      login_hint: initiation.login_hint,
      lti_message_hint: initiation.lti_message_hint,
      nonce: 'a-nonce',
      state,
      ...changes,
    };
    const given = Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    return new URLSearchParams(given as [string, string][]);
  }

  async function answerTo(
    request: URLSearchParams,
    method: 'GET' | 'POST' = 'GET',
    url = lms.authorizationUrl,
  ) {
    const address = new URL(url);
    if (method === 'GET') for (const [name, value] of request) address.searchParams.append(name, value);
    const response = await fetch(address, method === 'GET' ? {} : { method, body: request });
    const page = { status: response.status, url: response.url, headers: {}, body: await response.text() };
    return { ...page, form: autoSubmittedForm(page) };
  }
  const fieldsOf = (fields: readonly FormField[] = []) =>
    Object.fromEntries(fields.map(([...field]) => field));

  it.each(['GET', 'POST'] as const)('answers a form for the tool by %s', async (method) => {
    await start();
    const { status, form } = await answerTo(requestOf(begin()), method);
    expect([status, form?.method, form?.action]).toEqual([200, 'post', redirectUri]);
    expect(fieldsOf(form?.fields)).toEqual({ id_token: expect.stringMatching(/^ey/), state });
  });

  it.each([
    ['scope', 'profile', 'invalid_scope', 'wrong_scope'],
    ['response_type', 'code', 'unsupported_response_type', 'wrong_response_type'],
    ['response_mode', 'query', 'invalid_request', 'wrong_response_mode'],
    ['prompt', 'login', 'invalid_request', 'wrong_prompt'],
    ['nonce', undefined, 'invalid_request', 'missing_parameter'],
    ['login_hint', 'user-00003', 'login_required', 'wrong_login_hint'],
    ['lti_message_hint', 'another', 'invalid_request', 'unknown_message_hint'],
  ])('returns an error to the tool when %s is %s', async (name, value, error, reason) => {
    await start();
    const { form } = await answerTo(requestOf(begin(), { [name]: value }));
    expect(form?.action).toBe(redirectUri);
    expect(fieldsOf(form?.fields)).toEqual({ error, error_description: expect.any(String), state });
    expect(lms.counts.rejected).toEqual({ [reason]: 1 });
  });

  it('returns an error to the tool without a state when there is none or two', async () => {
    await start();
    const twice = requestOf(begin());
    twice.append('state', 'another');
    for (const request of [requestOf(begin(), { state: undefined }), twice]) {
      const { form } = await answerTo(request);
      expect(fieldsOf(form?.fields)).toEqual({
        error: 'invalid_request',
        error_description: expect.any(String),
      });
    }
    expect(lms.counts.rejected).toEqual({ missing_parameter: 1, repeated_parameter: 1 });
  });

  it.each([
    ['client_id', 'nobody', 'unknown_client'],
    ['client_id', 'without-launches', 'unknown_client'],
    ['redirect_uri', `${redirectUri}/`, 'unregistered_redirect_uri'],
    ['redirect_uri', undefined, 'missing_parameter'],
  ])('sends the browser nowhere when %s is %s', async (name, value, reason) => {
    await start();
    const { status, body } = await answerTo(requestOf(begin(), { [name]: value }));
    expect(status).toBe(400);
    expect(body).not.toContain('<form');
    expect(lms.counts.rejected).toEqual({ [reason]: 1 });
  });

  it("refuses the hint of another tool's launch", async () => {
    await start();
    const launch = { loginUrl: 'http://other.example/login', redirectUris: ['http://other.example/launch'] };
    lms.addTool({ clientId: 'tool-2', jwks: { keys: [] }, launch });
    const changes = { client_id: 'tool-2', redirect_uri: 'http://other.example/launch' };
    await answerTo(requestOf(begin(), changes));
    expect(lms.counts.rejected).toEqual({ unknown_message_hint: 1 });
  });

  it.each([
    ['moodle', { used_message_hint: 1 }],
    ['canvas', { used_message_hint: 1 }],
    ['generic', {}],
  ] as const)('of the %s family refuses a hint the second time: %j', async (family, rejected) => {
    await start({ family });
    const request = requestOf(begin(family === 'moodle' ? '2' : undefined));
    await answerTo(request);
    await answerTo(request);
    expect(lms.counts.rejected).toEqual(rejected);
  });

  it.each(['GET', 'POST'] as const)('requires the query of its URL with %s', async (method) => {
    await start({ authorizationQuery: 'tenant=7' });
    expect(fieldsOf((await answerTo(requestOf(begin()), method)).form?.fields)).toHaveProperty('id_token');
    const bare = lms.authorizationUrl.replace('?tenant=7', '');
    expect(fieldsOf((await answerTo(requestOf(begin()), method, bare)).form?.fields)).toHaveProperty('error');
    expect(lms.counts.rejected).toEqual({ lost_query: 1 });
  });
});
