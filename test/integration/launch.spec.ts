import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { LaunchSessionService } from '../../src/launch/sessions/launch-session.service.js';
import { RegistrationLaunchService } from '../../src/registrations/registration-launch.service.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { autoSubmittedForm } from '../../src/testing/browser/form-reading.js';
import { type BrowserResponse, type SimulatedPlatform } from '../../src/testing/index.js';
import { formBody, type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { until } from '../support/until.js';

describe('a launch by LTI 1.3', () => {
  let scene: LaunchScene;

  beforeAll(async () => {
    scene = await LaunchScene.start({
      launch: {
        toolUrls: ['https://tool.example.edu/app', 'https://other.example.edu'],
        deployments: 'auto',
      },
    });
  });
  afterAll(() => scene.stop());

  /** The URL of the tool to which a launch is forwarded, and the code that is posted there. */
  const forwarded = (page: BrowserResponse) => {
    const { method, action, fields } = autoSubmittedForm(page)!;
    expect(method).toBe('post');
    return { location: action, code: Object.fromEntries(fields).code };
  };
  const exchange = (code: string | undefined) =>
    scene.lti.api('post', '/api/v1/launch-sessions/exchange', { code });

  const completed = (runId: string) =>
    until('the sync ends', async () => {
      const { body } = await scene.lti.api('get', `/api/v1/sync-runs/${runId}`);
      return body.status === 'completed' || undefined;
    });

  async function launched(
    platform: SimulatedPlatform,
    tool: LaunchedTool,
    input: Parameters<LaunchScene['begin']>[2] = {},
  ) {
    const page = await scene.browser().launch(scene.begin(platform, tool, input));
    const { location, code } = forwarded(page);
    const { body } = await exchange(code).expect(200);
    return { page, location, code, ...body };
  }

  it.each(['generic', 'moodle', 'canvas', 'brightspace', 'sakai', 'blackboard', 'schoology'] as const)(
    'of %s tells the tool who was launched into what, and teaches the registration its family',
    async (family) => {
      const platform = await scene.platform({
        family,
        ...(family === 'generic' && { authorizationQuery: 'a=b%2Fc' }),
      });
      const tool = await scene.register(platform, { platformFamily: 'generic' });
      const { launch } = await launched(platform, tool);
      const [member] = platform.course('course-1').members;
      expect(launch).toMatchObject({
        version: '1.3.0',
        messageType: 'LtiResourceLinkRequest',
        registrationId: tool.registrationId,
        deploymentId: '1',
        user: { id: member!.userId },
        context: { id: 'course-1', title: 'Course & Söhne' },
        resourceLink: { id: platform.course('course-1').resourceLinkIds[0] },
      });
      expect(launch.payload.iss).toBe(platform.issuer);
      const { body } = await scene.lti.api('get', `/api/v1/registrations/${tool.registrationId}`);
      expect(body.platformFamily).toBe(family);
    },
  );

  describe('of one platform', () => {
    let platform: SimulatedPlatform;
    let tool: LaunchedTool;

    beforeAll(async () => {
      platform = await scene.platform();
      tool = await scene.register(platform);
    });

    const isKnownUnderStrict = async (deploymentId: string) => {
      const registration = await scene.lti.app
        .get(RegistrationService, { strict: false })
        .get(tool.registrationId);
      return scene.lti.app
        .get(RegistrationLaunchService, { strict: false })
        .hasDeployment(registration, deploymentId, { pending: false });
    };

    it('goes on to its signed target where that is the tool, with a code that works once', async () => {
      const targetLinkUri = 'https://tool.example.edu/app/quiz?id=7#top';
      const { page, location, code } = await launched(platform, tool, { targetLinkUri });
      expect(location).toBe(targetLinkUri);
      // The tool has to see the origin of the form, and no URL has the code.
      expect(page).toMatchObject({ status: 200, headers: { 'referrer-policy': 'strict-origin' } });
      expect((await exchange(code).expect(400)).body).toMatchObject({
        code: 'launch_code_invalid',
      });
    });

    it('goes on to the first of the tool URLs where its target is nest-lti itself', async () => {
      expect((await launched(platform, tool)).location).toBe('https://tool.example.edu/app');
    });

    it('without a target goes on to the first of the tool URLs: deep linking requests may have none', async () => {
      const claim = 'https://purl.imsglobal.org/spec/lti/claim/target_link_uri';
      platform.tamperNextLaunch({ claims: ({ [claim]: _, ...claims }) => claims });
      const { location, launch } = await launched(platform, tool, { messageType: 'LtiDeepLinkingRequest' });
      expect(location).toBe('https://tool.example.edu/app');
      expect(launch).not.toHaveProperty('targetLinkUri');
    });

    it('that is posted again says that it was used, and offers no new window', async () => {
      const browser = scene.browser();
      const { url, fields } = await browser.authorize(scene.begin(platform, tool));
      expect(await browser.post(url, fields)).toMatchObject({ status: 200 });
      const again = await fetch(url, {
        method: 'POST',
        headers: { accept: 'text/html,*/*;q=0.8' },
        body: formBody(fields),
      });
      const page = await again.text();
      expect(again.status).toBe(400);
      expect(page).toContain(
        'This launch has already been used. Go back to the course and open the activity again.',
      );
      expect(page).not.toContain('<form');
    });

    it('into a course of which nothing is new is one prepared statement, and signs no token', async () => {
      await launched(platform, tool);
      const browser = scene.browser();
      const { url, fields } = await browser.authorize(scene.begin(platform, tool));
      const query = jest.spyOn(PostgresQueryRunner.prototype, 'query');
      const sign = jest.spyOn(LaunchSessionService.prototype, 'tokenOf');
      expect(await browser.post(url, fields)).toMatchObject({ status: 200 });
      const statements = query.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('nest_lti'));
      expect(sign).not.toHaveBeenCalled();
      query.mockRestore();
      sign.mockRestore();
      expect(statements).toEqual([expect.stringContaining('INSERT INTO nest_lti.launch_session')]);
      expect(statements[0]).toMatch(/^\/\* prepared \*\/ /);
    });

    it('into an archived course wakes it, however recently it was launched', async () => {
      const { launch } = await launched(platform, tool);
      await dataSourceOf(scene.lti).query(
        `UPDATE nest_lti.course SET next_sync_at = NULL, next_sync_reason = 'archived_gone', gone_days = 3 WHERE id = $1`,
        [launch.courseId],
      );
      await launched(platform, tool);
      const { body } = await scene.lti.api('get', `/api/v1/courses/${launch.courseId}`).expect(200);
      expect(body).toMatchObject({
        nextSyncAt: scene.lti.clock.now().toISOString(),
        nextSyncReason: 'launched',
      });
    });

    it.each([
      ['into a known course', {}],
      ['into a new course', { members: 1 }],
    ])('%s whose session cannot be stored has not used its nonce up', async (_, newCourse) => {
      await launched(platform, tool);
      const contextId = 'members' in newCourse ? platform.addCourse(newCourse).contextId : 'course-1';
      const browser = scene.browser();
      const { url, fields } = await browser.authorize(scene.begin(platform, tool, { contextId }));
      const dataSource = scene.lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), {
        strict: false,
      });
      const table = 'ALTER TABLE nest_lti.launch_session';
      await dataSource.query(`${table} ADD CONSTRAINT full_disk CHECK (false) NOT VALID`);
      try {
        expect(await browser.post(url, fields)).toMatchObject({ status: 500 });
      } finally {
        await dataSource.query(`${table} DROP CONSTRAINT full_disk`);
      }
      expect(await browser.post(url, fields)).toMatchObject({ status: 200 });
    });

    it.each(['/lti/launch', '/lti/1.1/launch'])(
      'at %s by GET is a page that leads back to the course',
      async (path) => {
        const page = await fetch(scene.lti.url + path, { headers: { accept: 'text/html' } });
        expect([page.status, page.headers.get('allow')]).toEqual([405, 'POST']);
        expect(await page.text()).toContain('Open the activity from the course.');
        const problem = await fetch(scene.lti.url + path);
        expect(await problem.json()).toMatchObject({ status: 405, code: 'launch_not_posted' });
      },
    );

    it.each([
      ['https://elsewhere.example/app'],
      ['https://tool.example.edu/application'],
      ['https://tool.example.edu.evil.example/app'],
      ['https://tool.example.edu@evil.example/app'],
      ['https://user:secret@tool.example.edu/app'],
      ['http://tool.example.edu/app'],
      ['https://tool.example.edu/app/../admin'],
    ])('to %s is refused: no open redirect', async (targetLinkUri) => {
      const { status, body, headers } = await scene
        .browser()
        .launch(scene.begin(platform, tool, { targetLinkUri }));
      expect(status).toBe(403);
      expect(headers.location).toBeUndefined();
      expect(JSON.parse(body)).toMatchObject({ code: 'target_link_uri_not_allowed' });
    });

    it('has a code for a minute only, and one of many who try it at once gets the session', async () => {
      const newCode = async () => forwarded(await scene.browser().launch(scene.begin(platform, tool))).code;
      const late = await newCode();
      scene.lti.clock.advance(60_001);
      await exchange(late).expect(400);
      const code = await newCode();
      const statuses = await Promise.all(
        Array.from({ length: 10 }, async () => (await exchange(code)).status),
      );
      expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    });

    it('without a user is an anonymous one, and without a scope of grades or names has none', async () => {
      const { launch } = await launched(platform, tool, { userId: undefined });
      expect(launch).not.toHaveProperty('user');
    });

    it.each(['LtiDeepLinkingRequest', 'LtiSubmissionReviewRequest'] as const)(
      'can be a %s',
      async (messageType) => {
        const { launch } = await launched(platform, tool, { messageType });
        expect(launch.messageType).toBe(messageType);
        if (messageType === 'LtiDeepLinkingRequest') expect(launch.deepLinking.returnUrl).toMatch(/^http/);
        else expect(launch.forUser.id).toEqual(expect.any(String));
      },
    );

    it('from an unknown deployment records it as pending, until the registration names it', async () => {
      platform.addTool({
        clientId: tool.clientId,
        jwksUrl: scene.lti.jwksUrl,
        deploymentIds: ['1', 'new'],
        launch: {
          loginUrl: `${scene.lti.url}/lti/login`,
          redirectUris: [`${scene.lti.url}/lti/launch`],
        },
      });
      expect((await launched(platform, tool, { deploymentId: 'new' })).launch.deploymentId).toBe('new');
      const path = `/api/v1/registrations/${tool.registrationId}`;
      expect((await scene.lti.api('get', path)).body).toMatchObject({
        deployments: ['1'],
        pendingDeployments: ['new'],
      });
      await expect(isKnownUnderStrict('new')).resolves.toBe(false);
      // A roster that was read before the launch does not remove the user.
      expect((await scene.lti.api('patch', path, { deployments: ['1'] })).body.pendingDeployments).toEqual([
        'new',
      ]);
      expect((await scene.lti.api('patch', path, { deployments: ['1', 'new'] })).body).toMatchObject({
        deployments: ['1', 'new'],
        pendingDeployments: [],
      });
    });

    it('keeps the query of its target for the tool, where that is nest-lti itself', async () => {
      const targetLinkUri = `${scene.lti.url}/lti/launch?lesson=4`;
      expect((await launched(platform, tool, { targetLinkUri })).location).toBe(
        'https://tool.example.edu/app?lesson=4',
      );
    });

    it('can be ended: its session is revoked, and its registration takes all of them along', async () => {
      const doomed = await scene.register(platform);
      const { id } = await launched(platform, doomed);
      await scene.lti.api('delete', `/api/v1/launch-sessions/${id}`).expect(204);
      await scene.lti.api('delete', `/api/v1/launch-sessions/${id}`).expect(204);
      expect((await scene.lti.api('get', `/api/v1/launch-sessions/${id}`)).body.revokedAt).toEqual(
        expect.any(String),
      );
      const other = await launched(platform, doomed);
      await scene.lti.api('delete', `/api/v1/registrations/${doomed.registrationId}`).expect(204);
      expect((await scene.lti.api('get', `/api/v1/launch-sessions/${other.id}`)).body.revokedAt).toEqual(
        expect.any(String),
      );
    });
  });

  it('records its course, from which a sync and a score start with nothing typed in by hand', async () => {
    const platform = await scene.platform();
    const tool = await scene.register(platform);
    const learner = platform
      .course('course-1')
      .members.find(({ roles }) => roles.some((role) => role.endsWith('#Learner')));
    const { launch } = await launched(platform, tool, { userId: learner!.userId });
    const { courseId } = launch;

    const { body: run } = await scene.lti.api('post', `/api/v1/courses/${courseId}/sync`).expect(202);
    await completed(run.id);
    expect((await scene.lti.api('get', `/api/v1/courses/${courseId}/members`)).body.items).toHaveLength(5);
    expect(
      (await scene.lti.api('get', `/api/v1/courses/${courseId}/resource-links`)).body.items,
    ).toMatchObject([{ resourceLinkId: launch.resourceLink.id, lineItemId: launch.grades.lineItemId }]);

    await scene.lti
      .api('post', `/api/v1/courses/${courseId}/scores`, [
        {
          lineItemId: launch.grades.lineItemId,
          userId: learner!.userId,
          scoreGiven: 80,
          scoreMaximum: 100,
          activityProgress: 'Completed',
          gradingProgress: 'FullyGraded',
        },
      ])
      .expect(202);
    await until('the score arrives', () =>
      Promise.resolve(
        platform
          .gradebook('course-1')
          .some(({ results }) => results.some(({ userId }) => userId === learner!.userId)) || undefined,
      ),
    );
  });

  it('that tells less than the one before takes nothing away, and one that tells more has the course synced', async () => {
    const platform = await scene.platform();
    const tool = await scene.register(platform);
    const claim = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
    platform.tamperNextLaunch({ claims: ({ [claim]: _, ...claims }) => claims });
    const { launch } = await launched(platform, tool);
    const course = () => scene.lti.api('get', `/api/v1/courses/${launch.courseId}`);
    expect((await course()).body).toMatchObject({ membershipsUrl: null, lineItemsUrl: expect.any(String) });

    const { body: run } = await scene.lti.api('post', `/api/v1/courses/${launch.courseId}/sync`).expect(202);
    await completed(run.id);

    scene.lti.clock.advance(1000);
    await launched(platform, tool);
    const { membershipsUrl } = platform.course('course-1');
    expect((await course()).body).toMatchObject({
      membershipsUrl,
      nextSyncAt: scene.lti.clock.now().toISOString(),
    });
    platform.tamperNextLaunch({ claims: ({ [claim]: _, ...claims }) => claims });
    await launched(platform, tool);
    expect((await course()).body).toMatchObject({ membershipsUrl });
  });

  it('whose services are named by http at a host that is called by https has them by https, recorded and for the tool', async () => {
    const platform = await scene.platform();
    const tool = await scene.register(platform, { tokenUrl: 'https://lms.example.edu/token' });
    const memberships = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
    const grades = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
    platform.tamperNextLaunch({
      claims: (claims) => ({
        ...claims,
        [memberships]: { context_memberships_url: 'http://lms.example.edu/Members?A=1' },
        [grades]: {
          scope: [],
          lineitems: 'http://lms.example.edu/items',
          lineitem: 'http://other.example.edu/i',
        },
      }),
    });
    const { launch } = await launched(platform, tool);
    expect(launch).toMatchObject({
      memberships: { url: 'https://lms.example.edu/Members?A=1' },
      grades: { lineItemsUrl: 'https://lms.example.edu/items', lineItemId: 'http://other.example.edu/i' },
    });
    const { body } = await scene.lti.api('get', `/api/v1/courses/${launch.courseId}`);
    expect(body).toMatchObject({
      membershipsUrl: 'https://lms.example.edu/Members?A=1',
      lineItemsUrl: 'https://lms.example.edu/items',
    });
    const { body: links } = await scene.lti.api('get', `/api/v1/courses/${launch.courseId}/resource-links`);
    expect(links.items).toMatchObject([{ lineItemId: 'http://other.example.edu/i' }]);
  });

  it('by one issuer for many finds its registration by client_id, else by deployment, else says that it cannot', async () => {
    const platform = await scene.platform({ family: 'canvas' });
    const one = await scene.register(platform);
    const other = await scene.register(platform, { deployments: ['2'] }, { deploymentIds: ['2'] });
    expect((await launched(platform, other, { deploymentId: '2' })).launch.registrationId).toBe(
      other.registrationId,
    );
    const silent = { clientId: false, deploymentId: 'deployment_id' } as const;
    const byDeployment = await launched(platform, other, { deploymentId: '2', loginParameters: silent });
    expect(byDeployment.launch.registrationId).toBe(other.registrationId);
    const mute = { clientId: false, deploymentId: 'none' } as const;
    const { body } = await scene.browser().launch(scene.begin(platform, one, { loginParameters: mute }));
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'registration_ambiguous' });
  });

  it('by LTI 1.1 is one like the others, and its session ends with its consumer', async () => {
    const platform = await scene.platform({ family: 'moodle' });
    const lti11 = { consumerKey: 'a-key', secret: 'a secret of the two of us' };
    const { body: consumer } = await scene.lti
      .api('post', '/api/v1/lti11-consumers', { name: 'Old Moodle', ...lti11 })
      .expect(201);
    const { clientId } = await scene.register(platform, {}, { lti11 });
    const [member] = platform.course('course-1').members;
    const code = async () => {
      const { url, parameters } = platform.startLti11Launch({
        clientId,
        contextId: 'course-1',
        userId: member!.userId,
      });
      return forwarded(await scene.browser().post(url, parameters)).code;
    };
    const { body } = await exchange(await code()).expect(200);
    expect(body.launch).toMatchObject({
      version: '1.1',
      user: { id: member!.userId },
      context: { id: 'course-1' },
    });
    const unused = await code();
    await scene.lti.api('delete', `/api/v1/lti11-consumers/${consumer.id}`).expect(204);
    expect((await scene.lti.api('get', `/api/v1/launch-sessions/${body.id}`)).body.revokedAt).toEqual(
      expect.any(String),
    );
    await exchange(unused).expect(400);
  });

  it('keeps the query of the authorization URL, and asks by OpenID Connect for what LTI wants', async () => {
    const platform = await scene.platform({ authorizationQuery: 'tenant=7&path=a%2Fb' });
    const tool = await scene.register(platform);
    const { headers, status } = await scene.browser().login(scene.begin(platform, tool));
    expect(status).toBe(302);
    expect(headers.location).toMatch(/\?tenant=7&path=a%2Fb&scope=openid&/);
    const query = new URL(headers.location ?? '').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: tool.clientId,
      redirect_uri: `${scene.lti.url}/lti/launch`,
    });
    expect(headers['set-cookie']?.[0]).toMatch(
      /^nest_lti_[\w-]{16}=[\w-]{22}; Max-Age=600; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/,
    );
  });

  it.each([
    ['iss', { login_hint: 'x', target_link_uri: 'https://t.example' }],
    ['login_hint', { iss: 'https://lms.example', target_link_uri: 'https://t.example' }],
    ['target_link_uri', { iss: 'https://lms.example', login_hint: 'x' }],
  ])('cannot begin without %s', async (parameter, query) => {
    const response = await fetch(
      `${scene.lti.url}/lti/login?${new URLSearchParams(query as never).toString()}`,
    );
    expect(await response.json()).toMatchObject({ status: 400, code: 'launch_parameter_missing', parameter });
  });

  it.each([
    [
      'of an unknown platform',
      'iss=https://nobody.example&login_hint=1&target_link_uri=x',
      404,
      'issuer_unknown',
    ],
    ['with NUL in it', 'iss=a%00b&login_hint=1&target_link_uri=x', 400, 'launch_parameter_invalid'],
    ['with two issuers', 'iss=a&iss=b&login_hint=1&target_link_uri=x', 400, 'launch_parameter_invalid'],
    [
      'with a huge hint',
      `iss=a&login_hint=${'x'.repeat(9000)}&target_link_uri=x`,
      400,
      'launch_parameter_invalid',
    ],
  ])('cannot begin %s', async (_, query, status, code) => {
    const response = await fetch(`${scene.lti.url}/lti/login?${query}`);
    expect(await response.json()).toMatchObject({ status, code });
  });
});
