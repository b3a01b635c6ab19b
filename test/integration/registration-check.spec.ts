import { type INestApplication } from '@nestjs/common';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { Scope } from '../../src/common/scopes.js';
import { freePort } from '../../src/demo/free-port.js';
import {
  type CheckStep,
  type CheckStepName,
  type RegistrationCheckView,
} from '../../src/registration-checks/registration-check.schema.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { type SimulatedToolInput } from '../../src/testing/index.js';
import { captureLog } from '../support/captured-log.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SigningTool } from '../support/signing-tool.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

const MINUTE_MS = 60_000;
const UNKNOWN = '01890000-0000-7000-8000-000000000000';
const ROSTER = Scope.membershipReadonly;
/** Below the public URL, as a proxy in front has it. */
const BASE = '/tool';

describe('the check of a registration', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let course: SyncedCourse;
  /** What the proxy in front of the tool answers for the key set; undefined: it passes the request on. */
  let instead: ((response: ServerResponse) => unknown) | undefined;

  beforeAll(async () => {
    const prepare = (app: INestApplication): void => {
      app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        if (request.url?.startsWith(`${BASE}/`) === true) {
          if (instead !== undefined) return instead(response);
          request.url = request.url.slice(BASE.length);
        }
        next();
      });
    };
    lti = await LtiTestApp.start({
      publicUrl: `http://127.0.0.1:${await freePort(0)}${BASE}`,
      // Its minutes are those of the test's clock.
      tokenStore: 'memory',
      prepare,
    });
  });
  beforeEach(() => start());
  afterEach(async () => {
    instead = undefined;
    await synced.stop();
  });
  afterAll(() => lti.stop());

  async function start(options: Parameters<typeof SyncedPlatform.start>[1] = {}): Promise<void> {
    synced = await SyncedPlatform.start(lti, options);
    course = await synced.addWhole({ members: 3, coupledLineItem: true });
  }

  /** The same with another platform. */
  async function restart(options: Parameters<typeof SyncedPlatform.start>[1]): Promise<void> {
    await synced.stop();
    await start(options);
  }

  const path = () => `/api/v1/registrations/${synced.registrationId}/check`;
  const check = async (body?: object): Promise<RegistrationCheckView> =>
    (await lti.api('post', path(), body).expect(200)).body;
  const stepOf = ({ steps }: RegistrationCheckView, name: CheckStepName): CheckStep | undefined =>
    steps.find(({ step }) => step === name);
  const codes = ({ steps }: RegistrationCheckView) =>
    Object.fromEntries(steps.map(({ step, code }) => [step, code]));
  const addTool = (changes: Partial<SimulatedToolInput>) =>
    synced.platform.addTool({ clientId: synced.clientId, jwksUrl: lti.jwksUrl, ...changes });
  const authenticate = async () => {
    const registration = await lti.app.get(RegistrationService).get(synced.registrationId);
    return lti.app.get(OAuthService).authenticate(registration, { memberships: course.lms.membershipsUrl });
  };

  const ALL_WELL = {
    platform_keys: 'platform_keys_usable',
    tool_keys: 'tool_keys_published',
    token: 'token_granted',
    scopes: 'scopes_granted',
    roster: 'roster_read',
    line_items: 'line_items_read',
    clock: 'clock_right',
  };

  it.each(['moodle', 'canvas', 'sakai', 'brightspace'] as const)(
    'passes every step at a platform of the %s family, and writes nothing there',
    async (family) => {
      await restart({ family });
      const before = JSON.stringify(synced.platform.gradebook(course.lms.contextId));
      const result = await check();
      expect(result).toMatchObject({
        registrationId: synced.registrationId,
        courseId: course.id,
        checkedAt: lti.clock.now().toISOString(),
        outcome: 'passed',
      });
      expect(codes(result)).toEqual(ALL_WELL);
      expect(result.steps.every(({ outcome, actor }) => outcome === 'passed' && actor === 'nobody')).toBe(
        true,
      );
      expect(synced.platform.counts).toMatchObject({ tokenRequests: 1, rejected: {} });
      expect(JSON.stringify(synced.platform.gradebook(course.lms.contextId))).toBe(before);
      expect(await synced.memberIds(course)).toEqual([]);
    },
  );

  it('skips what needs a course before there is one, and passes', async () => {
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    const result = await check({});
    expect(result).toMatchObject({ outcome: 'passed', courseId: null });
    expect(codes(result)).toEqual({ ...ALL_WELL, roster: 'no_course', line_items: 'no_course' });
    expect(stepOf(result, 'roster')).toMatchObject({ outcome: 'skipped', actor: 'tool_operator' });
  });

  it('reads the course that was launched or synced last, or the one that is named', async () => {
    const other = await synced.addWhole({ members: 1 });
    await synced.sync(course);
    expect((await check()).courseId).toBe(course.id);
    expect((await check({ courseId: other.id })).courseId).toBe(other.id);
  });

  it('says which services the platform has not offered to the tool', async () => {
    const change = { membershipsUrl: null, lineItemsUrl: null };
    await lti.api('patch', `/api/v1/courses/${course.id}`, change).expect(200);
    const result = await check();
    expect(codes(result)).toMatchObject({ roster: 'service_not_offered', line_items: 'service_not_offered' });
    expect(stepOf(result, 'roster')).toMatchObject({ outcome: 'skipped', actor: 'platform_administrator' });
  });

  it.each([
    ['a wrong course id', { courseId: 'x' }, 400, 'invalid_request'],
    ['a field that it does not know', { course: UNKNOWN }, 400, 'invalid_request'],
    ['a time-out that is too short', { timeoutMs: 10 }, 400, 'invalid_request'],
    ['a course that does not exist', { courseId: UNKNOWN }, 404, 'course_not_found'],
  ])('refuses %s', async (_, body, status, code) => {
    expect((await lti.api('post', path(), body).expect(status)).body.code).toBe(code);
  });

  it('refuses a course of another registration, and a registration that does not exist', async () => {
    const [courseId, before] = [course.id, synced];
    await start();
    expect((await lti.api('post', path(), { courseId }).expect(404)).body.code).toBe('course_not_found');
    const unknown = await lti.api('post', `/api/v1/registrations/${UNKNOWN}/check`).expect(404);
    expect(unknown.body.code).toBe('registration_not_found');
    await before.stop();
  });

  describe('of the key set of the platform', () => {
    it.each([
      [404, 'tool_operator'],
      [500, 'platform_administrator'],
    ])('fails when it answers %i, and the other steps go on', async (status, actor) => {
      synced.platform.faults.add({ kind: 'status', on: 'jwks', status });
      const result = await check();
      expect(codes(result)).toEqual({ ...ALL_WELL, platform_keys: 'platform_keys_refused' });
      expect(result.outcome).toBe('failed');
      expect(stepOf(result, 'platform_keys')).toMatchObject({
        actor,
        details: { url: synced.platform.jwksUrl, platformStatus: status },
      });
    });

    it('fails when it is a page', async () => {
      synced.platform.faults.add({ kind: 'html', on: 'jwks' });
      expect(codes(await check()).platform_keys).toBe('platform_keys_unreadable');
    });

    it('fails when it redirects, since redirects are not followed', async () => {
      synced.platform.faults.add({ kind: 'redirect', on: 'jwks' });
      expect(stepOf(await check(), 'platform_keys')).toMatchObject({
        outcome: 'failed',
        code: 'platform_redirect_refused',
        actor: 'tool_operator',
      });
    });

    it('fails when no key is for the algorithm of the registration', async () => {
      synced.platform.rotateKeys('ES256');
      const step = stepOf(await check(), 'platform_keys');
      expect(step).toMatchObject({ code: 'platform_keys_unusable', actor: 'platform_administrator' });
      const change = { idTokenAlgorithm: 'ES256' };
      await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, change).expect(200);
      expect(codes(await check()).platform_keys).toBe('platform_keys_usable');
    });
  });

  describe('of our own key set', () => {
    it('fails when the proxy in front does not pass it on, and the refused token names it as the cause', async () => {
      await restart({ family: 'moodle' });
      addTool({ jwksUrl: `${lti.url}${BASE}/lti/jwks.json` });
      instead = (response) => response.writeHead(404).end('Not here');
      const result = await check();
      expect(stepOf(result, 'tool_keys')).toMatchObject({
        outcome: 'failed',
        code: 'tool_keys_unreachable',
        actor: 'tool_operator',
        details: { url: `${lti.url}${BASE}/lti/jwks.json`, platformStatus: 404 },
      });
      expect(stepOf(result, 'token')).toMatchObject({
        code: 'token_url_not_found',
        actor: 'tool_operator',
        message: expect.stringContaining('tool_keys has failed: correct that first'),
      });
    });

    it('is not named first when the client is refused, whose id may be another one', async () => {
      await restart({ family: 'moodle' });
      instead = (response) => response.writeHead(404).end('Not here');
      synced.platform.switchKey(synced.clientId, 'off');
      const result = await check();
      expect(codes(result).tool_keys).toBe('tool_keys_unreachable');
      expect(stepOf(result, 'token')).toMatchObject({
        code: 'token_client_refused',
        actor: 'platform_administrator',
        message: expect.stringMatching(
          /client id.*If all of that is right, the cause is that of the step tool_keys/,
        ),
      });
    });

    it('fails when another service answers there, even with the same kid', async () => {
      const { keys } = (await (await fetch(lti.jwksUrl)).json()) as { keys: { kid: string }[] };
      const { publicKey } = await SigningTool.create(keys[0]!.kid);
      for (const key of [publicKey, { ...publicKey, kid: 'another' }]) {
        instead = (response) => response.end(JSON.stringify({ keys: [key] }));
        expect(stepOf(await check(), 'tool_keys')).toMatchObject({
          outcome: 'failed',
          code: 'tool_keys_missing',
          actor: 'tool_operator',
          details: { missingKeys: [keys[0]!.kid] },
        });
      }
    });

    it('fails when a log-in page answers there', async () => {
      instead = (response) => response.end('<html>Log in</html>');
      expect(codes(await check()).tool_keys).toBe('tool_keys_unreachable');
    });
  });

  describe('of the token', () => {
    it.each(['moodle', 'canvas', 'sakai'] as const)(
      'fails at a platform of the %s family that has another key of ours',
      async (family) => {
        await restart({ family });
        const { jwks } = await SigningTool.create();
        addTool({ jwksUrl: undefined, jwks });
        const result = await check();
        expect(stepOf(result, 'token')).toMatchObject({
          outcome: 'failed',
          code: 'token_signature_refused',
          actor: 'platform_administrator',
          message: expect.stringContaining(`${BASE}/lti/jwks.json`),
        });
        expect(codes(result)).toMatchObject({
          scopes: 'no_token',
          roster: 'no_token',
          line_items: 'no_token',
        });
      },
    );

    it.each(['moodle', 'canvas', 'generic'] as const)(
      'fails at a platform of the %s family that does not take the client id, and prevents no later request',
      async (family) => {
        await restart({ family });
        synced.platform.switchKey(synced.clientId, 'off');
        const result = await check();
        expect(stepOf(result, 'token')).toMatchObject({
          outcome: 'failed',
          code: 'token_client_refused',
          actor: 'platform_administrator',
          message: expect.stringContaining(synced.clientId),
          details: { platformError: 'invalid_client' },
        });
        const { body } = await lti.api('get', `/api/v1/registrations/${synced.registrationId}/delivery`);
        expect(body).toMatchObject({ status: 'running', suspensions: 0 });
        synced.platform.switchKey(synced.clientId, 'on');
        // Without a pause after the refusal.
        await authenticate();
        expect(codes(await check()).token).toBe('token_granted');
      },
    );

    it('asks past a failure that is remembered, and ends it when the platform grants a token', async () => {
      synced.platform.switchKey(synced.clientId, 'off');
      await expect(authenticate()).rejects.toMatchObject({ code: 'token_request_refused' });
      synced.platform.switchKey(synced.clientId, 'on');
      await expect(authenticate()).rejects.toMatchObject({ code: 'token_request_refused' });
      expect(codes(await check()).token).toBe('token_granted');
      await authenticate();
      expect(synced.platform.counts.tokenRequests).toBe(2);
    });

    it('leaves the present token in use when it fails', async () => {
      const { accessToken } = await authenticate();
      synced.platform.faults.add({ kind: 'server-error', on: 'token' });
      expect(stepOf(await check(), 'token')).toMatchObject({
        code: 'token_request_failed',
        actor: 'platform_administrator',
      });
      expect((await authenticate()).accessToken.hash).toBe(accessToken.hash);
    });

    it('renews a token at most once a minute, however many checks there are', async () => {
      await authenticate();
      const results = await Promise.all([check(), check(), check()]);
      // One renews the token. Another shares that request, or comes to its token step when it has just been answered.
      const found = results.map((result) => codes(result).token);
      expect(found).toContain('token_granted');
      expect(found.filter((code) => code !== 'token_granted' && code !== 'token_renewed_lately')).toEqual([]);
      expect(codes(await check())).toEqual({ ...ALL_WELL, token: 'token_renewed_lately' });
      expect(synced.platform.counts.tokenRequests).toBe(2);
      lti.clock.advance(MINUTE_MS);
      expect(codes(await check()).token).toBe('token_granted');
      expect(synced.platform.counts.tokenRequests).toBe(3);
    });

    it('says who has to act when the token URL is wrong', async () => {
      const tokenUrl = `${synced.platform.url}/nowhere`;
      await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, { tokenUrl }).expect(200);
      expect(stepOf(await check(), 'token')).toMatchObject({
        code: 'token_url_not_found',
        actor: 'tool_operator',
        details: { url: tokenUrl, platformStatus: 404 },
      });
    });

    it('says that the audience is wrong', async () => {
      const change = { tokenAudience: 'https://elsewhere.example/token' };
      await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, change).expect(200);
      expect(stepOf(await check(), 'token')).toMatchObject({
        code: 'token_audience_refused',
        actor: 'tool_operator',
      });
    });

    it('is of a deployment where the registration has deploymentInAssertion', async () => {
      addTool({ requiresDeploymentInAssertion: true });
      expect(stepOf(await check(), 'token')).toMatchObject({
        outcome: 'failed',
        message: expect.stringContaining('The assertion has to name the deployment.'),
      });
      const change = { deploymentInAssertion: true };
      await lti.api('patch', `/api/v1/registrations/${synced.registrationId}`, change).expect(200);
      expect(codes(await check())).toEqual(ALL_WELL);
      expect(synced.platform.issuedTokens.map(({ deploymentId }) => deploymentId)).toEqual(['1']);
    });
  });

  describe('of the scopes', () => {
    it('names those that a platform leaves out', async () => {
      addTool({ scopes: [ROSTER] });
      const result = await check();
      expect(stepOf(result, 'scopes')).toMatchObject({
        outcome: 'failed',
        code: 'scopes_missing',
        actor: 'platform_administrator',
        details: { granted: [ROSTER] },
      });
      expect(codes(result)).toMatchObject({
        token: 'token_granted',
        roster: 'roster_read',
        line_items: 'scope_not_granted',
      });
    });

    it('asks for each service by itself where one scope fails the whole request, and stores nothing of it', async () => {
      await restart({ family: 'canvas' });
      addTool({ scopes: [ROSTER] });
      const result = await check();
      expect(codes(result)).toMatchObject({
        token: 'token_granted_in_part',
        scopes: 'scopes_missing',
        roster: 'roster_read',
        line_items: 'scope_not_granted',
      });
      expect(synced.platform.counts.tokenRequests).toBe(3);
      const { body } = await lti.api('get', `/api/v1/access-tokens?registrationId=${synced.registrationId}`);
      expect(body.items).toEqual([]);
    });

    it('fails the token when the platform grants none of them', async () => {
      await restart({ family: 'canvas' });
      addTool({ scopes: ['https://scope.example/other'] });
      expect(stepOf(await check(), 'token')).toMatchObject({
        code: 'token_scopes_refused',
        actor: 'platform_administrator',
        details: { platformError: 'invalid_scope' },
      });
    });

    it('takes a scope that was refused before into use again when the platform grants it', async () => {
      await restart({ family: 'canvas' });
      addTool({ scopes: [ROSTER] });
      await authenticate();
      addTool({});
      expect(codes(await check())).toEqual(ALL_WELL);
      const { body } = await lti.api('get', `/api/v1/registrations/${synced.registrationId}`);
      expect(body.refusedScopes).toEqual([]);
    });
  });

  describe('of the services of a course', () => {
    it('fails when the platform refuses the roster', async () => {
      synced.platform.faults.add({ kind: 'status', on: 'memberships', status: 403, body: 'Not enabled' });
      const result = await check();
      expect(stepOf(result, 'roster')).toMatchObject({
        outcome: 'failed',
        code: 'memberships_refused',
        actor: 'platform_administrator',
        details: { platformStatus: 403 },
      });
      expect(codes(result).line_items).toBe('line_items_read');
    });

    it.each(['moodle', 'canvas'] as const)(
      'fails at a platform of the %s family where the tool was removed from the course, and renews no token for it',
      async (family) => {
        await restart({ family });
        synced.platform.withdrawTool(course.lms.contextId);
        const result = await check();
        expect(stepOf(result, 'roster')).toMatchObject({
          code: 'authentication_failed',
          actor: 'platform_administrator',
          message: expect.stringContaining('The tool may have been removed from this course'),
        });
        expect(synced.platform.counts.tokenRequests).toBe(1);
      },
    );

    it('fails when the line items are gone', async () => {
      synced.platform.faults.add({ kind: 'status', on: 'lineitems', status: 404 });
      expect(stepOf(await check(), 'line_items')).toMatchObject({
        outcome: 'failed',
        code: 'line_item_gone',
        actor: 'tool_operator',
        details: { platformStatus: 404 },
      });
    });

    it('skips a step while the platform throttles, since that says nothing about the registration', async () => {
      synced.platform.faults.add({ kind: 'throttle', on: 'memberships', retryAfter: 1 });
      expect(stepOf(await check(), 'roster')).toMatchObject({
        outcome: 'skipped',
        code: 'platform_throttled',
      });
    });
  });

  it.each([
    [10 * MINUTE_MS, '600 s ahead of'],
    [-10 * MINUTE_MS, '600 s behind'],
  ])(
    'fails when the clock of the platform differs by %i ms, and the other steps go on',
    async (ms, words) => {
      await restart({ clock: new FakeClock(new Date(lti.clock.nowMs() + ms)) });
      const result = await check();
      expect(codes(result)).toEqual({ ...ALL_WELL, clock: 'clock_differs' });
      expect(stepOf(result, 'clock')).toMatchObject({
        outcome: 'failed',
        actor: 'tool_operator',
        message: expect.stringContaining(words),
        details: { offsetSeconds: ms / 1000 },
      });
    },
  );

  it.each([
    ['token', 'token', MINUTE_MS],
    // With the token that there is.
    ['memberships', 'roster', 0],
  ] as const)('ends in time when the platform does not answer at %s', async (on, step, pause) => {
    // From now on the key of the platform is there, whose generation takes long on a busy machine.
    await check();
    lti.clock.advance(pause);
    synced.platform.faults.add({ kind: 'hang', on });
    const result = await check({ timeoutMs: 1000 });
    expect(stepOf(result, step)).toMatchObject({
      outcome: 'failed',
      code: 'check_timed_out',
      actor: 'platform_administrator',
    });
    expect(codes(result).platform_keys).toBe('platform_keys_usable');
  });

  it('shows no token, in its result or in the log', async () => {
    const log = captureLog();
    const result = JSON.stringify(await check());
    synced.platform.faults.add({
      kind: 'status',
      on: 'memberships',
      status: 403,
      body: 'Bearer abcdefghijklmnopqrst',
    });
    lti.clock.advance(MINUTE_MS);
    const failing = JSON.stringify(await check());
    log.end();
    const text = [result, failing, ...log.lines].join('\n');
    expect(synced.platform.issuedTokens).toHaveLength(2);
    for (const { accessToken } of synced.platform.issuedTokens) expect(text).not.toContain(accessToken);
    expect(text).not.toContain('abcdefghijklmnopqrst');
    expect(text).not.toMatch(/eyJ/);
    expect(log.lines.filter((line) => line.includes('Check of registration'))).toEqual([
      expect.stringMatching(/^log .*passed\.$/),
      expect.stringMatching(/^warn .*failed \(roster: memberships_refused\)\.$/),
    ]);
  });
});
