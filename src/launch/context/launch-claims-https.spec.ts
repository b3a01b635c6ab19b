import { type CapturedLog, captureLog } from '../../../test/support/captured-log.js';
import { launchContextOf } from './launch-claims.js';
import { Claim } from './launch-claims.schema.js';

let log: CapturedLog;
beforeEach(() => (log = captureLog()));
afterEach(() => {
  log.end();
});

let registrations = 0;

/** A registration for which no test has logged a warning. */
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

/** The payload of a deep linking request whose URLs of the platform begin with `base`. */
function payloadOf(base: string): Record<string, unknown> {
  return {
    [Claim.version]: '1.3.0',
    [Claim.messageType]: 'LtiDeepLinkingRequest',
    [Claim.deploymentId]: '1',
    [Claim.targetLinkUri]: 'http://tool.example.edu/',
    [Claim.memberships]: { context_memberships_url: `${base}/Members?A=1`, service_versions: ['2.0'] },
    [Claim.grades]: { scope: ['s'], lineitems: `${base}/items?type_id=3`, lineitem: `${base}/items/1` },
    [Claim.deepLinking]: { deep_link_return_url: `${base}/return?id=7`, accept_types: ['link'] },
    [Claim.launchPresentation]: { return_url: `${base}/course`, width: 800 },
    [Claim.basicOutcome]: { lis_outcome_service_url: `${base}/outcomes`, lis_result_sourcedid: 'x' },
  };
}

/** The launch context with the URLs as the payload has them. */
function unchanged(payload: Record<string, unknown>, { id }: { id: string }) {
  return launchContextOf(payload, { ...platform('http://elsewhere.example.edu'), id });
}

const httpPayload = payloadOf('http://lms.example.edu');

it('gives the tool every URL of the platform by https, and the payload as it was signed', () => {
  const registration = platform();
  const { payload, ...upgraded } = launchContextOf(httpPayload, registration);
  const { payload: _, ...expected } = unchanged(payloadOf('https://lms.example.edu'), registration);
  expect(upgraded).toEqual(expected);
  expect(payload).toBe(httpPayload);
});

it('uses the port of the registration', () => {
  const { memberships } = launchContextOf(httpPayload, platform('https://lms.example.edu:8443'));
  expect(memberships?.url).toBe('https://lms.example.edu:8443/Members?A=1');
});

it.each([
  ['the registration itself has http', 'http://lms.example.edu'],
  ['the registration has another host', 'https://other.example.edu'],
])('changes no URL and does not warn if %s', (_, own) => {
  const { memberships, grades, deepLinking } = launchContextOf(httpPayload, platform(own));
  expect([memberships?.url, grades?.lineItemsUrl, grades?.lineItemId, deepLinking?.returnUrl]).toEqual([
    'http://lms.example.edu/Members?A=1',
    'http://lms.example.edu/items?type_id=3',
    'http://lms.example.edu/items/1',
    'http://lms.example.edu/return?id=7',
  ]);
  expect(log.lines).toEqual([]);
});

it('reads a launch without services', () => {
  const { [Claim.memberships]: _, [Claim.grades]: __, [Claim.basicOutcome]: ___, ...bare } = httpPayload;
  const { memberships, grades, basicOutcome } = launchContextOf(bare, platform());
  expect([memberships, grades, basicOutcome]).toEqual([undefined, undefined, undefined]);
});

it('leaves a URL that cannot be read as it is', () => {
  const payload = { ...httpPayload, [Claim.memberships]: { context_memberships_url: 'http://' } };
  expect(launchContextOf(payload, platform()).memberships?.url).toBe('http://');
});

it('warns once for each registration, however many launches and URLs there are', () => {
  const [one, other] = [platform(), platform()];
  for (let nth = 0; nth < 3; nth += 1) launchContextOf(httpPayload, one);
  expect(log.lines).toEqual([
    `warn lms.example.edu, the platform of registration ${one.id}, sends http links to itself; nest-lti calls them by https. ` +
      'The administrator should correct the address of the platform: TLS probably ends at a proxy in front of it.',
  ]);
  launchContextOf(httpPayload, other);
  expect(log.lines).toHaveLength(2);
  expect(log.lines[1]).toContain(other.id);
});
