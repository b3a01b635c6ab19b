import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UrlPolicy } from '../../common/url-policy.js';
import { defaultScopes, Scope } from '../../common/scopes.js';
import { type PlatformConfiguration, readPlatformConfiguration } from './platform-configuration.js';
import { readRegistrationAnswer } from './registration-answer.js';
import { registrationRequest, TOOL_CONFIGURATION, type ToolProfile } from './registration-request.js';

interface Exchange {
  method?: string;
  path?: string;
  status?: number;
  requestBody?: Record<string, unknown>;
  body?: unknown;
}

const recording = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/moodle-4.5.6-dynamic-registration.json'), 'utf8'),
) as readonly Exchange[];
const recorded = (method: string, status: number): Exchange =>
  recording.find(
    (exchange) =>
      exchange.method === method && exchange.status === status && exchange.path?.includes('openid'),
  )!;

const MOODLE_URL = new URL('http://127.0.0.1:32080/mod/lti/openid-configuration.php');
const development = new UrlPolicy({ allowPrivateNetworks: true, allowedPrivateHosts: [] });
const production = new UrlPolicy({ allowPrivateNetworks: false, allowedPrivateHosts: [] });
const PLATFORM = 'https://purl.imsglobal.org/spec/lti-platform-configuration';
const CANVAS = 'https://canvas.instructure.com/lti/';

const tool: ToolProfile = {
  name: 'Quizzes',
  loginUrl: 'https://tool.example.edu/lti/login',
  launchUrl: 'https://tool.example.edu/lti/launch',
  jwksUrl: 'https://tool.example.edu/lti/jwks.json',
  contacts: [],
  privacyLevel: 'public',
};

const minimal = {
  issuer: 'https://lms.example.edu',
  authorization_endpoint: 'https://lms.example.edu/auth',
  token_endpoint: 'https://lms.example.edu/token',
  jwks_uri: 'https://lms.example.edu/jwks',
  registration_endpoint: 'https://lms.example.edu/register',
};
const configurationOf = (changes: object = {}): PlatformConfiguration =>
  readPlatformConfiguration(
    JSON.stringify({ ...minimal, ...changes }),
    new URL('https://lms.example.edu/.well-known/openid-configuration?registration_token=x'),
    production,
  );
const product = (code: string, members: object = {}) => ({
  [PLATFORM]: { product_family_code: code, ...members },
});

describe('the openid configuration of a platform', () => {
  it('of the recorded Moodle is read', () => {
    const { body } = recorded('GET', 200);
    expect(readPlatformConfiguration(JSON.stringify(body), MOODLE_URL, development)).toMatchObject({
      issuer: 'http://127.0.0.1:32080',
      registrationUrl: 'http://127.0.0.1:32080/mod/lti/openid-registration.php',
      platformFamily: 'moodle',
      product: { code: 'moodle', version: '4.5.6 (Build: 20250811)' },
      tokenAudience: null,
      idTokenAlgorithm: 'RS256',
      messageTypes: ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest'],
      placements: ['ContentArea'],
      variables: expect.arrayContaining(['Context.id.history']),
    });
  });

  it('may list its messages as texts, with placements beside them, as some versions of Moodle do', () => {
    const messages = {
      messages_supported: ['LtiResourceLinkRequest', null, 7],
      placements: ['AddContentMenu'],
    };
    expect(configurationOf(product('moodle', messages))).toMatchObject({
      messageTypes: ['LtiResourceLinkRequest'],
      placements: ['AddContentMenu'],
    });
  });

  it('leaves out texts that cannot be stored', () => {
    const members = { version: 'a\u0000b', variables: ['Context.id', 'Context\u0000', '\ud800'] };
    expect(configurationOf({ scopes_supported: ['\u0000'], ...product('moodle', members) })).toMatchObject({
      scopes: [],
      product: { version: undefined },
      variables: ['Context.id'],
    });
  });

  it('treats null as a missing member', () => {
    expect(
      configurationOf({ scopes_supported: null, claims_supported: null, [PLATFORM]: null }),
    ).toMatchObject({
      scopes: undefined,
      claims: undefined,
      messageTypes: undefined,
      platformFamily: 'generic',
    });
    expect(() => configurationOf({ token_endpoint: null })).toThrow(
      expect.objectContaining({
        code: 'registration_configuration_invalid',
        message: expect.stringContaining('token_endpoint'),
      }),
    );
  });

  it.each([
    ['sakailms.org', undefined, 'sakai', null],
    ['canvas', 'canvas.instructure.com', 'canvas', null],
    ['desire2learn', undefined, 'brightspace', 'https://api.brightspace.com/auth/token'],
    ['other', 'https://lms.example.edu/aud', 'generic', 'https://lms.example.edu/aud'],
    ['other', 'https://lms.example.edu/token', 'generic', null],
  ])('of the product %s with the authorization server %s', (code, server, family, tokenAudience) => {
    expect(configurationOf({ ...product(code), authorization_server: server })).toMatchObject({
      platformFamily: family,
      tokenAudience,
    });
  });

  it.each([
    'https://other.example.edu',
    'https://lms.example.edu.evil.example',
    'lms.example.edu',
    'urn:lms',
    'https://lms.example.edu/with a space',
  ])('is refused with the issuer %s, which is not on the host of its URL', (issuer) => {
    expect(() => configurationOf({ issuer })).toThrow(
      expect.objectContaining({ code: 'registration_issuer_mismatch' }),
    );
  });

  it.each([
    ['token_endpoint', 'http://lms.example.edu/token', 'not_https'],
    ['registration_endpoint', 'https://127.0.0.1/register', 'private_host'],
    ['jwks_uri', 'https://169.254.169.254/latest/meta-data', 'private_host'],
    ['authorization_endpoint', 'javascript:alert(1)', 'not_https'],
  ])('is refused where %s is %s', (name, url, reason) => {
    expect(() => configurationOf({ [name]: url })).toThrow(
      expect.objectContaining({ code: 'unsafe_url', reason, message: expect.stringContaining(name) }),
    );
  });

  it.each(['', '[]', '"text"', '{', 'null'])('is refused as the answer %j', (body) => {
    expect(() => readPlatformConfiguration(body, MOODLE_URL, development)).toThrow(
      expect.objectContaining({ code: 'registration_configuration_invalid' }),
    );
  });
});

describe('the registration request', () => {
  it('has every member that Moodle has accepted, and only scopes, claims and variables that it lists', () => {
    const accepted = recorded('POST', 200).requestBody!;
    const platform = readPlatformConfiguration(
      JSON.stringify(recorded('GET', 200).body),
      MOODLE_URL,
      development,
    );
    const request = registrationRequest(platform, {
      ...tool,
      logoUrl: 'https://tool.example.edu/i.png',
      contacts: ['a@example.edu'],
    });
    expect(Object.keys(request).sort()).toEqual(Object.keys(accepted).sort());
    expect(request.scope.split(' ').sort()).toEqual([...defaultScopes].sort());
    expect(request[TOOL_CONFIGURATION]).toMatchObject({
      domain: 'tool.example.edu',
      custom_parameters: { context_id_history: '$Context.id.history' },
      claims: ['iss', 'sub', 'name', 'given_name', 'family_name', 'email'],
      messages: [
        { type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest', placements: ['ContentArea'] },
      ],
    });
    expect(request[TOOL_CONFIGURATION].custom_parameters).not.toHaveProperty('resource_link_id_history');
  });

  it('asks Canvas for placements in its own names, a privacy level and the id of its users', () => {
    const request = registrationRequest(configurationOf(product('canvas')), {
      ...tool,
      privacyLevel: 'name_only',
    });
    expect(request[TOOL_CONFIGURATION]).toMatchObject({
      [`${CANVAS}privacy_level`]: 'name_only',
      claims: ['iss', 'sub', 'name', 'given_name', 'family_name'],
      custom_parameters: { canvas_user_id: '$Canvas.user.id', context_id_history: '$Context.id.history' },
      messages: [
        { placements: [`${CANVAS}course_navigation`], [`${CANVAS}course_navigation/default_enabled`]: false },
        { placements: [`${CANVAS}assignment_selection`, `${CANVAS}link_selection`] },
      ],
    });
  });

  it('has the scope of notices if the platform lists it, and not if the platform lists no scopes', () => {
    const scopesAt = (scopes_supported: unknown) =>
      registrationRequest(configurationOf({ scopes_supported }), tool).scope.split(' ');
    expect(scopesAt([Scope.score, Scope.noticeHandlers])).toEqual([Scope.score, Scope.noticeHandlers]);
    expect(scopesAt(null)).toEqual([...defaultScopes]);
  });

  it('leaves out scopes and messages that the platform does not offer', () => {
    const listed = {
      scopes_supported: [Scope.score, 'https://example.edu/other'],
      ...product('moodle', { messages_supported: ['LtiResourceLinkRequest'] }),
    };
    const request = registrationRequest(configurationOf(listed), tool);
    expect(request.scope).toBe(Scope.score);
    expect(request[TOOL_CONFIGURATION].messages.map(({ type }) => type)).toEqual(['LtiResourceLinkRequest']);
  });
});

describe('the answer to a registration request', () => {
  const request = registrationRequest(configurationOf(), tool);
  const read = (status: number, body: unknown) =>
    readRegistrationAnswer({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }, request);

  it('of the recorded Moodle has the deployment id in the tool configuration', () => {
    const { body, requestBody } = recorded('POST', 200);
    const theirs = { ...request, ...requestBody };
    expect(readRegistrationAnswer({ status: 200, body: JSON.stringify(body) }, theirs)).toEqual({
      clientId: 'q4XTFHKiczjO2dV',
      deploymentId: '4',
      scopes: expect.arrayContaining([Scope.score]),
    });
  });

  it('of Canvas has a client id as text or number, the deployment id at the top or none, and the scope openid', () => {
    const scope = `openid ${Scope.score}`;
    expect(read(200, { client_id: 10000000000001, deployment_id: '7:abc', scope })).toEqual({
      clientId: '10000000000001',
      deploymentId: '7:abc',
      scopes: [Scope.score],
    });
    expect(read(201, { client_id: '10000000000001', scope: null, [TOOL_CONFIGURATION]: null })).toEqual({
      clientId: '10000000000001',
      deploymentId: undefined,
      scopes: undefined,
    });
  });

  it('may list what is not a scope, one scope twice, or too many: a registration could not store them', () => {
    const many = Array.from({ length: 60 }, (_, nth) => `https://example.edu/${nth}`);
    const scope = [
      'openid',
      Scope.score,
      Scope.score,
      'a"b',
      `https://example.edu/${'x'.repeat(600)}`,
      '\u0000',
    ];
    expect(read(200, { client_id: 'x', scope: scope.join(' ') }).scopes).toEqual([Scope.score]);
    expect(read(200, { client_id: 'x', scope: many.join(' ') }).scopes).toEqual(many.slice(0, 50));
  });

  it.each([
    ['initiate_login_uri', 'https://other.example.edu/login'],
    ['jwks_uri', 'https://other.example.edu/jwks'],
  ])('is refused if it is the registration of another tool, by its %s', (member, value) => {
    expect(() => read(200, { ...request, client_id: 'x', [member]: value })).toThrow(
      expect.objectContaining({ code: 'registration_answer_foreign' }),
    );
  });

  it.each([
    '',
    '<html>',
    '{}',
    '{"client_id":null}',
    '{"client_id":""}',
    `{"client_id":"${'x'.repeat(256)}"}`,
    '{"client_id":"a\\u0000b"}',
  ])('is refused as %j', (body) => {
    expect(() => read(200, body)).toThrow(expect.objectContaining({ code: 'registration_answer_invalid' }));
  });

  it('that refuses it says what to do, without the token', () => {
    const used = recorded('POST', 401);
    expect(() => read(used.status!, used.body)).toThrow(
      expect.objectContaining({
        code: 'registration_refused',
        message: expect.stringMatching(/401: token_already_used\. Its link can be used once/),
      }),
    );
    expect(() => read(422, { errors: [{ field: 'messages', message: 'placements are missing' }] })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/placements are missing.*hook/) }),
    );
    expect(() => read(404, recorded('POST', 404).body)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/Wrong number of segments.*public URL/) }),
    );
    expect(() => read(400, 'bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('eyJ') }),
    );
  });
});
