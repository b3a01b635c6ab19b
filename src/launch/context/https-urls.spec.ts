import { type CapturedLog, captureLog } from '../../../test/support/captured-log.js';
import { withHttpsUrls } from './https-urls.js';
import { type Lti13LaunchContext } from './launch-context.schema.js';

let log: CapturedLog;
beforeEach(() => (log = captureLog()));
afterEach(() => {
  log.end();
});

let registrations = 0;

/** A registration that no test has warned of. */
function platform(own = 'https://lms.example.edu') {
  registrations += 1;
  return {
    id: `registration-${registrations}`,
    issuer: 'https://canvas.instructure.com',
    authorizationUrl: `${own}/auth`,
    tokenUrl: `${own}/token`,
    jwksUrl: `${own}/jwks`,
  };
}

function launch(base: string): Lti13LaunchContext {
  return {
    version: '1.3.0',
    messageType: 'LtiDeepLinkingRequest',
    registrationId: 'r',
    deploymentId: '1',
    targetLinkUri: 'http://tool.example.edu/',
    roles: [],
    roleScopeMentor: [],
    custom: {},
    memberships: { url: `${base}/Members?A=1`, serviceVersions: ['2.0'] },
    grades: { scopes: ['s'], lineItemsUrl: `${base}/items?type_id=3`, lineItemUrl: `${base}/items/1` },
    deepLinking: {
      returnUrl: `${base}/return?id=7`,
      acceptTypes: ['link'],
      acceptPresentationDocumentTargets: [],
    },
    presentation: { returnUrl: `${base}/course`, width: 800 },
    basicOutcome: { serviceUrl: `${base}/outcomes`, sourcedId: 'x' },
    payload: { url: `${base}/Members?A=1` },
  };
}

const httpLaunch = launch('http://lms.example.edu');

it('gives the tool every URL of the platform by https, and the payload as it was signed', () => {
  const { payload, ...upgraded } = withHttpsUrls(httpLaunch, platform());
  const { payload: _, ...expected } = launch('https://lms.example.edu');
  expect(upgraded).toEqual(expected);
  expect(payload).toEqual(httpLaunch.payload);
});

it('takes the port of the registration', () => {
  const { memberships } = withHttpsUrls(httpLaunch, platform('https://lms.example.edu:8443'));
  expect(memberships?.url).toBe('https://lms.example.edu:8443/Members?A=1');
});

it.each([
  ['the platform itself is called by http', 'http://lms.example.edu'],
  ['the host is another', 'https://other.example.edu'],
])('changes nothing, and does not warn, where %s', (_, own) => {
  expect(withHttpsUrls(httpLaunch, platform(own))).toEqual(httpLaunch);
  expect(log.lines).toEqual([]);
});

it('changes nothing in a launch without services', () => {
  const none = { memberships: undefined, grades: undefined, deepLinking: undefined, presentation: undefined };
  const bare = { ...httpLaunch, ...none, basicOutcome: undefined };
  expect(withHttpsUrls(bare, platform())).toEqual(bare);
});

it('leaves a URL that cannot be read as it is', () => {
  const memberships = { url: 'http://', serviceVersions: [] };
  expect(withHttpsUrls({ ...httpLaunch, memberships }, platform()).memberships).toEqual(memberships);
});

it('warns once for each registration, however many launches and URLs there are', () => {
  const [one, other] = [platform(), platform()];
  for (let nth = 0; nth < 3; nth += 1) withHttpsUrls(httpLaunch, one);
  expect(log.lines).toEqual([
    `warn lms.example.edu, the platform of registration ${one.id}, links to itself by http, and is called by https. ` +
      'Its administrator should correct its own address: TLS probably ends at a proxy in front of it.',
  ]);
  withHttpsUrls(httpLaunch, other);
  expect(log.lines).toHaveLength(2);
  expect(log.lines[1]).toContain(other.id);
});
