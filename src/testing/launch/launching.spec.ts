import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { readFileSync } from 'node:fs';
import { LoopbackServer } from '../../../test/support/loopback-server.js';
import { familyNames, type FamilyName } from '../families/family.js';
import { FakeClock } from '../fake-clock.js';
import { SimulatedBrowser } from '../browser/simulated-browser.js';
import { SimulatedPlatform } from '../simulated-platform.js';
import { claimNames } from './claim-names.js';
import { type LaunchInput } from './launch-input.schema.js';

/** A tool of the simplest kind: it echoes what a login has to echo, and answers the launch with what was posted. */
function echoTool(authorizationUrl: () => string): Promise<LoopbackServer> {
  return LoopbackServer.start((response, { url, method, headers, body }) => {
    const here = new URL(url, `http://${headers.host}`);
    if (!here.pathname.endsWith('/login')) return response.end(body);
    const given = method === 'POST' ? new URLSearchParams(body) : here.searchParams;
    const location = new URL(authorizationUrl());
    const parameters = {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: 'tool-1',
      redirect_uri: new URL('launch', here).href,
      login_hint: given.get('login_hint') ?? '',
      lti_message_hint: given.get('lti_message_hint') ?? '',
      nonce: 'a-nonce',
      state: 'a "state" & more',
    };
    for (const [name, value] of Object.entries(parameters)) location.searchParams.append(name, value);
    return response.writeHead(302, { location: location.href }).end();
  });
}

describe('launches of the simulated platform', () => {
  let lms: SimulatedPlatform;
  let tool: LoopbackServer;
  const clock = new FakeClock();

  afterEach(async () => {
    await lms.stop();
    await tool.stop();
  });

  async function start(family: FamilyName): Promise<void> {
    // A key of this kind is made in no time.
    lms = await SimulatedPlatform.start({ family, clock, keyAlgorithm: 'ES256' });
    tool = await echoTool(() => lms.authorizationUrl);
    lms.addTool({
      clientId: 'tool-1',
      deploymentIds: ['d-1', 'd-2'],
      jwks: { keys: [] },
      launch: { loginUrl: tool.url('/login'), redirectUris: [tool.url('/launch')] },
      lti11: { consumerKey: 'key', secret: 'secret', launchUrl: tool.url('/launch11') },
    });
    lms.addCourse({ contextId: 'biology', members: 5, coupledLineItem: true });
  }

  const learner = () => lms.course('biology').learner.userId;

  const input = (changes: Partial<LaunchInput> = {}): LaunchInput => ({
    clientId: 'tool-1',
    contextId: 'biology',
    userId: learner(),
    ...changes,
  });

  async function launch(changes: Partial<LaunchInput> = {}): Promise<Record<string, string>> {
    const { body } = await new SimulatedBrowser().launch(lms.startLaunch(input(changes)));
    return Object.fromEntries(new URLSearchParams(body));
  }

  async function claims(changes: Partial<LaunchInput> = {}): Promise<JWTPayload> {
    const { id_token = '' } = await launch(changes);
    const { payload } = await jwtVerify(id_token, createRemoteJWKSet(new URL(lms.jwksUrl)), {
      currentDate: clock.now(),
      issuer: lms.issuer,
      audience: 'tool-1',
    });
    return payload;
  }

  it.each(familyNames)(
    'of the %s family start at the login and end with a token for the tool',
    async (family) => {
      await start(family);
      expect(await claims()).toMatchObject({
        sub: learner(),
        nonce: 'a-nonce',
        [claimNames.version]: '1.3.0',
        [claimNames.messageType]: 'LtiResourceLinkRequest',
        [claimNames.deploymentId]: 'd-1',
        [claimNames.targetLinkUri]: tool.url('/launch'),
        [claimNames.resourceLink]: { id: 'link-biology' },
        [claimNames.context]: { id: 'biology', title: 'Course 1 & Söhne' },
        [claimNames.roles]: expect.arrayContaining([
          'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
        ]),
        [claimNames.grades]: {
          lineitems: lms.course('biology').lineItemsUrl,
          lineitem: lms.course('biology').gradebook.lineItems[0]?.url,
        },
        [claimNames.memberships]: { context_memberships_url: lms.course('biology').membershipsUrl },
      });
      expect(await launch()).toMatchObject({ state: 'a "state" & more' });
      expect(lms.counts).toMatchObject({
        launchesStarted: 2,
        idTokensIssued: 2,
        platformKeyFetches: 1,
        rejected: {},
      });
    },
  );

  it.each([
    ['launch', 'LtiResourceLinkRequest'],
    ['deep-linking-claims', 'LtiDeepLinkingRequest'],
    ['deep-linking-id_token', 'LtiDeepLinkingRequest'],
  ] as const)('have exactly the claims that were recorded of Moodle: %s', async (name, messageType) => {
    const file = JSON.parse(readFileSync(`test/fixtures/moodle-4.5.6-${name}.json`, 'utf8'));
    const recorded: JWTPayload = file.claims ?? file;
    await start('moodle');
    const payload = await claims({ messageType });
    expect(Object.keys(payload).sort()).toEqual(Object.keys(recorded).sort());
    for (const claim of [
      claimNames.context,
      claimNames.lis,
      claimNames.toolPlatform,
      claimNames.deepLinking,
    ]) {
      expect(Object.keys(payload[claim] ?? {}).sort()).toEqual(Object.keys(recorded[claim] ?? {}).sort());
    }
    expect(payload.exp! - payload.iat!).toBe(60);
    expect(payload.aud).toBe('tool-1');
  });

  it('have the custom parameters of Moodle and its claim of LTI 1.1', async () => {
    await start('moodle');
    expect(await claims()).toMatchObject({
      [claimNames.ext]: { user_username: 'user00002', lms: 'moodle-2' },
      [claimNames.basicOutcome]: { lis_outcome_service_url: `${lms.url}/mod/lti/service.php` },
      [claimNames.custom]: {
        rlid: 'link-biology',
        link_setting_url: `${lms.url}/mod/lti/services.php/links/{link_id}/custom`,
      },
    });
  });

  it('have the custom parameters of the registration', async () => {
    await start('canvas');
    const custom = { canvas_user_id: '$Canvas.user.id', color: 'blue' };
    await lms.registrationFor(tool.url(''), { clientId: 'tool-1', custom });
    expect((await claims())[claimNames.custom]).toEqual({
      canvas_user_id: lms.userOAuth.writtenIdOf(learner()),
      color: 'blue',
    });
  });

  it('have the names of each family', async () => {
    await start('canvas');
    const { method, parameters } = lms.startLaunch(input());
    expect([method, parameters]).toEqual([
      'POST',
      {
        iss: 'https://canvas.instructure.com',
        target_link_uri: tool.url('/launch'),
        login_hint: learner(),
        lti_message_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        client_id: 'tool-1',
        deployment_id: 'd-1',
        lti_storage_target: 'post_message_forwarding',
      },
    ]);
    expect(lms.startLaunch(input({ loginParameters: 'moodle' })).parameters).toHaveProperty(
      'lti_deployment_id',
    );
    const bare = { clientId: false, deploymentId: 'none' } as const;
    expect(
      Object.keys(lms.startLaunch(input({ loginParameters: bare, platformStorage: false })).parameters),
    ).toEqual(['iss', 'target_link_uri', 'login_hint', 'lti_message_hint']);
    expect(await claims()).toMatchObject({ azp: 'tool-1' });
    expect(await launch()).toHaveProperty('lti_storage_target', 'post_message_forwarding');
    expect(await launch({ platformStorage: false })).not.toHaveProperty('lti_storage_target');
  });

  it('can be anonymous', async () => {
    await start('generic');
    const payload = await claims({ userId: undefined });
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('name');
    expect(payload[claimNames.roles]).toEqual([]);
  });

  it('ask for deep links, without a resource link', async () => {
    await start('moodle');
    const payload = await claims({
      messageType: 'LtiDeepLinkingRequest',
      userId: lms.course('biology').instructor.userId,
    });
    expect(payload[claimNames.deepLinking]).toMatchObject({
      accept_types: ['ltiResourceLink'],
      deep_link_return_url: expect.stringMatching(
        /\/mod\/lti\/contentitem_return\.php\?course=biology&id=1&sesskey=[\w-]+$/,
      ),
    });
    expect(payload[claimNames.deepLinking]).not.toHaveProperty('data');
    expect(payload).not.toHaveProperty([claimNames.resourceLink]);
    expect(payload).not.toHaveProperty([claimNames.basicOutcome]);
    expect(payload[claimNames.custom]).toMatchObject({ rlid: null });
  });

  it('open a submission for review', async () => {
    await start('generic');
    const payload = await claims({
      messageType: 'LtiSubmissionReviewRequest',
      userId: lms.course('biology').instructor.userId,
    });
    expect(payload[claimNames.forUser]).toMatchObject({ user_id: learner(), roles: [expect.any(String)] });
  });

  it('prove the ids of LTI 1.1', async () => {
    await start('canvas');
    const payload = await claims({ migratesLti11: true });
    expect(payload[claimNames.lti11]).toEqual({
      user_id: `lti11-${learner()}`,
      context_id: 'lti11-biology',
      resource_link_id: 'lti11-link-biology',
      oauth_consumer_key: 'key',
      oauth_consumer_key_sign: expect.stringMatching(/^[\w+/]{43}=$/),
    });
  });

  it.each(['RS256', 'PS256', 'ES384'] as const)(
    'are signed with %s when the keys are rotated to it',
    async (alg) => {
      await start('generic');
      lms.rotateKeys(alg);
      const { id_token = '' } = await launch();
      const keys = createRemoteJWKSet(new URL(lms.jwksUrl));
      const { protectedHeader } = await jwtVerify(id_token, keys, { currentDate: clock.now() });
      expect(protectedHeader).toEqual({ typ: 'JWT', alg, kid: 'platform-key-2' });
    },
  );

  it('are in the course of the resource link, if only the link is named', async () => {
    await start('generic');
    const geology = lms.addCourse({ contextId: 'geology', members: 5 });
    const resourceLinkId = geology.resourceLinkIds[0];
    expect(await claims({ contextId: undefined, resourceLinkId })).toMatchObject({
      [claimNames.context]: { id: 'geology' },
      [claimNames.resourceLink]: { id: resourceLinkId },
    });
    expect(await claims({ contextId: undefined })).toMatchObject({ [claimNames.context]: { id: 'biology' } });
  });

  it.each([
    [{ clientId: 'tool-2' }, 'unknown_simulated_tool'],
    [{ contextId: 'geology' }, 'unknown_simulated_course'],
    [{ userId: 'nobody' }, 'unknown_simulated_member'],
    [{ resourceLinkId: 'none' }, 'unknown_simulated_resource_link'],
    [{ contextId: undefined, resourceLinkId: 'none' }, 'unknown_simulated_resource_link'],
  ])('do not start with %j', async (changes, code) => {
    await start('generic');
    expect(() => lms.startLaunch(input(changes))).toThrow(expect.objectContaining({ code }));
    lms.addTool({ clientId: 'tool-1', jwks: { keys: [] } });
    expect(() => lms.startLaunch(input())).toThrow(
      expect.objectContaining({ code: 'simulated_tool_cannot_launch' }),
    );
  });
});
