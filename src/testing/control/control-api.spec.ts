import { SystemClock } from '../../common/clock.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('ControlApi', () => {
  let lms: SimulatedPlatform;

  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'moodle' });
  });
  afterEach(() => lms.stop());

  async function call(method: string, path: string, body?: unknown, type = 'application/json') {
    const response = await fetch(`${lms.url}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('returns the family and the addresses', async () => {
    lms.addTool({ clientId: 'tool-1', jwks: { keys: [] } });
    expect((await call('GET', 'state')).body).toEqual({
      family: 'moodle',
      url: lms.url,
      issuer: lms.url,
      authorizationUrl: `${lms.url}/mod/lti/auth.php`,
      tokenUrl: `${lms.url}/mod/lti/token.php`,
      tokenAudience: `${lms.url}/mod/lti/token.php`,
      jwksUrl: `${lms.url}/mod/lti/certs.php`,
      tools: [expect.objectContaining({ clientId: 'tool-1', deploymentIds: ['1'] })],
    });
  });

  it('registers a tool that then receives tokens, and counts them', async () => {
    const tool = await SigningTool.create();
    const registered = await call('POST', 'tools', { clientId: tool.clientId, jwks: tool.jwks });
    expect([registered.status, registered.body.deploymentIds]).toEqual([201, ['1']]);
    await tool.post(lms, await tool.assertion(lms, Math.floor(new SystemClock().now().getTime() / 1000)));
    expect((await call('GET', 'counts')).body).toMatchObject({ tokenRequests: 1, tokensIssued: 1 });
    expect(lms.counts.byPath['/mod/lti/token.php']).toBe(1);
    expect((await call('POST', 'expire-tokens')).body).toEqual({ expired: 1 });
    expect(lms.issuedTokens[0]?.expiresAt.getTime()).toBeLessThan(
      lms.issuedTokens[0]!.issuedAt.getTime() + 3_600_000,
    );
  });

  it('starts a dynamic registration with the URL that an administrator pastes', async () => {
    const started = await call('POST', 'registrations', {
      registrationUrl: 'http://localhost:3000/lti/register?invitation=x',
    });
    const url = new URL(String(started.body.url));
    expect([started.status, url.origin, url.searchParams.get('openid_configuration')]).toEqual([
      201,
      'http://localhost:3000',
      `${lms.url}/mod/lti/openid-configuration.php`,
    ]);
    expect(url.searchParams.get('invitation')).toBe('x');
    expect((await call('POST', 'registrations', { registrationUrl: 'javascript:1' })).status).toBe(400);
  });

  it('adds courses and lists them', async () => {
    const added = await call('POST', 'courses', { contextId: 'biology', title: 'Biology', members: 7 });
    const summary = {
      contextId: 'biology',
      title: 'Biology',
      membershipsUrl: `${lms.url}/mod/lti/services.php/CourseSection/biology/bindings/1/memberships`,
      lineItemsUrl: `${lms.url}/mod/lti/services.php/biology/lineitems?type_id=1`,
      memberCount: 7,
    };
    expect(added).toEqual({ status: 201, body: summary });
    expect((await call('GET', 'courses')).body).toEqual([summary]);
    expect((await call('POST', 'courses', { contextId: 'biology', members: 1 })).status).toBe(409);
  });

  it('replaces the members of a course, by number or individually', async () => {
    const course = lms.addCourse({ members: 3 });
    expect((await call('PUT', 'courses/course-1/members', { members: 5 })).body).toMatchObject({
      memberCount: 5,
    });
    await call('PUT', 'courses/course-1/members', { members: [{ userId: 'only', roles: [] }] });
    expect(course.members).toEqual([{ userId: 'only', roles: [] }]);
    expect((await call('PUT', 'courses/course-2/members', { members: 5 })).status).toBe(404);
  });

  it('withdraws the tool from a course', async () => {
    const course = lms.addCourse({ members: 3 });
    await call('POST', 'courses/course-1/withdraw-tool');
    expect(course.toolWithdrawn).toBe(true);
  });

  it('switches clients off and on again', async () => {
    expect((await call('POST', 'keys', { clientId: 'other', isOff: true })).body).toEqual(['other']);
    const tool = await SigningTool.create();
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    const ask = async () =>
      (await tool.post(lms, await tool.assertion(lms, Math.floor(new SystemClock().nowMs() / 1000)))).status;
    const off = await call('POST', 'keys', { clientId: tool.clientId, isOff: true });
    expect([off.body, await ask()]).toEqual([['other', tool.clientId], 400]);
    const on = await call('POST', 'keys', { clientId: tool.clientId, isOff: false });
    expect([on.body, await ask()]).toEqual([['other'], 200]);
  });

  it('adds, shows and clears faults', async () => {
    const { status, body } = await call('POST', 'faults', {
      kind: 'throttle',
      retryAfter: 3,
      times: 'always',
    });
    const fault = { kind: 'throttle', as: '429', retryAfter: 3, on: 'any', after: 0, times: 'always' };
    expect([status, body]).toEqual([201, fault]);
    expect((await call('GET', 'faults')).body).toEqual([fault]);
    await call('DELETE', 'faults');
    expect(lms.faults.pending).toEqual([]);
  });

  it.each([
    ['tools', { clientId: 'x' }],
    ['tools', { clientId: 'x', jwks: { keys: [] }, jwksUrl: 'http://127.0.0.1:1/' }],
    ['tools', { clientId: 'x', jwksUrl: 'file:///etc/passwd' }],
    ['courses', { members: -1 }],
    ['courses', { members: 1, membres: 2 }],
    ['faults', { kind: 'flood' }],
  ])('refuses %s %j', async (resource, body) => {
    expect(await call('POST', resource, body)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('refuses a body that is not JSON', async () => {
    expect((await call('POST', 'courses', { members: 1 }, 'text/plain')).body).toEqual({
      error: 'invalid_json',
    });
    expect(lms.courses).toEqual([]);
  });

  it('answers 404 for every other path', async () => {
    expect((await call('GET', 'secrets')).status).toBe(404);
    expect((await call('DELETE', 'courses')).status).toBe(404);
    expect((await call('GET', 'courses/%E0%A4%A/members')).status).toBe(400);
  });
});
