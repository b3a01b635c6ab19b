import { Injectable } from '@nestjs/common';
import {
  type LaunchHandler,
  type LaunchReply,
  OAuthService,
  type ReceivedLaunch,
  RegistrationService,
} from '../../src/index.js';
import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { LoopbackServer } from '../support/loopback-server.js';

/** A vendor's message and service, which nest-lti does not know. */
const MESSAGE = 'VendorAttendanceRequest';
const CLAIM = 'https://lms.example.edu/claim/attendanceservice';
const SCOPE = 'https://lms.example.edu/scope/attendance';
const MEDIA_TYPE = 'application/vnd.example.attendance+json';
const LTI = 'https://purl.imsglobal.org/spec/lti/claim';

const privacy: ReceivedLaunch[] = [];
const others: ReceivedLaunch[] = [];

@Injectable()
class Activities implements LaunchHandler {
  handle(): LaunchReply {
    return { html: '<p>activity</p>' };
  }
}

/** What an embedder writes for a message and a service of their own: the hooks, and nothing else of nest-lti. */
@Injectable()
class Attendance implements LaunchHandler {
  constructor(
    private readonly oauth: OAuthService,
    private readonly registrations: RegistrationService,
  ) {}

  async handle({ context }: ReceivedLaunch): Promise<LaunchReply> {
    if (context.version !== '1.3.0') return { html: '<p>LTI 1.3 only</p>', status: 400 };
    const service = context.payload[CLAIM] as { url: string };
    const registration = await this.registrations.get(context.registrationId);
    const client = await this.oauth.authenticate(registration, { services: [service.url] });
    const stored = await client.request({
      method: 'PUT',
      url: `${service.url}/${context.user?.id ?? ''}`,
      scope: SCOPE,
      accept: MEDIA_TYPE,
      contentType: MEDIA_TYPE,
      body: { present: true },
    });
    const list = await client.request({ url: service.url, scope: SCOPE, accept: MEDIA_TYPE });
    const { present } = JSON.parse(list.body) as { present: string[] };
    return { html: `<p>${stored.status}: ${present.length} present</p>` };
  }
}

@Injectable()
class Privacy implements LaunchHandler {
  handle(launch: ReceivedLaunch): LaunchReply {
    privacy.push(launch);
    return { html: `<p>the data of ${launch.context.forUser?.id ?? 'nobody'}</p>` };
  }
}

@Injectable()
class Others implements LaunchHandler {
  handle(launch: ReceivedLaunch): LaunchReply {
    others.push(launch);
    return { html: `<p>a message of the type ${launch.context.messageType}</p>` };
  }
}

/** The vendor's service at the platform: strict about token, scope, media types and body. */
function attendanceService(platform: SimulatedPlatform, nowMs: () => number): Promise<LoopbackServer> {
  const present = new Set<string>();
  return LoopbackServer.start((response, { method, url, headers, body }) => {
    const refuse = (status: number) => response.writeHead(status).end();
    const token = platform.issuedTokens.find(
      ({ accessToken }) => headers.authorization === `Bearer ${accessToken}`,
    );
    if (token === undefined || token.expiresAt.getTime() <= nowMs()) return refuse(401);
    if (!token.scopes.includes(SCOPE)) return refuse(403);
    if (headers.accept !== MEDIA_TYPE) return refuse(406);
    if (method === 'GET' && url === '/attendance')
      return response.end(JSON.stringify({ present: [...present] }));
    if (method !== 'PUT' || !url.startsWith('/attendance/')) return refuse(404);
    if (headers['content-type'] !== MEDIA_TYPE) return refuse(415);
    if (body !== '{"present":true}') return refuse(422);
    present.add(url.slice('/attendance/'.length));
    return response.writeHead(201).end();
  });
}

describe("a message and a service of the embedder's own", () => {
  let scene: LaunchScene;
  let lms: SimulatedPlatform;
  let tool: LaunchedTool;
  let service: LoopbackServer;

  beforeAll(async () => {
    scene = await LaunchScene.start({
      launches: {
        handler: Activities,
        messages: [
          { type: MESSAGE, requiredClaims: [CLAIM, `${LTI}/context`], handler: Attendance },
          { type: 'LtiDataPrivacyLaunchRequest', handler: Privacy },
        ],
        otherMessagesHandler: Others,
      },
    });
    lms = await scene.platform();
    service = await attendanceService(lms, () => scene.lti.clock.nowMs());
    const scopes = [...defaultScopes, SCOPE];
    tool = await scene.register(lms, { scopes }, { scopes });
  });
  afterAll(async () => {
    await scene.stop();
    await service.stop();
  });

  const launched = async (
    messageType: string,
    claims: Record<string, unknown> = {},
    of: LaunchedTool = tool,
  ) => scene.browser().launch(scene.begin(lms, of, { messageType, claims }));
  const attendance = () => ({ [CLAIM]: { url: service.url('/attendance') } });

  it('works on the hooks alone: the message reaches its handler, which calls the service with the token', async () => {
    const { status, body } = await launched(MESSAGE, attendance());
    expect([status, body]).toEqual([200, expect.stringContaining('201: 1 present')]);
    expect(service.requests.map(({ method, url }) => [method, url.split('/').length])).toEqual([
      ['PUT', 3],
      ['GET', 2],
    ]);
  });

  it('has its token renewed once when the platform has forgotten it', async () => {
    const before = lms.counts.tokenRequests;
    lms.expireTokens();
    const { status, body } = await launched(MESSAGE, attendance());
    expect([status, body]).toEqual([200, expect.stringContaining('201: 1 present')]);
    expect(lms.counts.tokenRequests).toBe(before + 1);
  });

  it.each([CLAIM, `${LTI}/context`])('is refused without the claim %s that it requires', async (claim) => {
    const { status, body } = await launched(MESSAGE, { ...attendance(), [claim]: null });
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 400, code: 'claim_missing', claim });
  });

  it('calls nothing for a registration that does not request the scope', async () => {
    const without = await scene.register(lms);
    const before = service.requests.length;
    const { status, body } = await launched(MESSAGE, attendance(), without);
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 409, code: 'scope_not_registered' });
    expect(service.requests).toHaveLength(before);
  });

  it('leaves the launches of other types with the LaunchHandler', async () => {
    expect((await launched('LtiResourceLinkRequest')).body).toContain('activity');
    expect((await launched('LtiSubmissionReviewRequest')).body).toContain('activity');
  });

  it('takes any other message with the handler for other messages, and its session', async () => {
    const { status, body } = await launched('LtiUnheardOfRequest', { [`${LTI}/resource_link`]: null });
    expect([status, body]).toEqual([200, expect.stringContaining('the type LtiUnheardOfRequest')]);
    const { session } = others.at(-1)!;
    const { body: stored } = await scene.lti.api('get', `/api/v1/launch-sessions/${session.id}`).expect(200);
    expect(stored.launch).toMatchObject({ messageType: 'LtiUnheardOfRequest' });
  });

  it.each([
    ['of a property of all objects', 'constructor'],
    ['of the prototype', '__proto__'],
    ['with characters that cannot be stored', 'a\0b\ud800'],
    ['with 5000 characters', 'x'.repeat(5000)],
  ])(
    'gives a type with a name %s to the handler for other messages, and stores its session',
    async (_, messageType) => {
      const { status } = await launched(messageType);
      expect(status).toBe(200);
      const { session, context } = others.at(-1)!;
      expect(context.messageType).toBe(messageType);
      const { body } = await scene.lti.api('get', `/api/v1/launch-sessions/${session.id}`).expect(200);
      expect(body.launch.messageType).toBe(messageType);
    },
  );

  it('stores the URLs of the groups service that a launch names', async () => {
    const scopes = [...defaultScopes, Scope.contextGroupReadonly];
    const { registrationId, clientId } = await scene.register(lms, { scopes }, { scopes });
    await scene.browser().launch(scene.begin(lms, { clientId }));
    const { body } = await scene.lti
      .api('get', `/api/v1/courses?registrationId=${registrationId}`)
      .expect(200);
    const { groupsUrl, groupSetsUrl } = lms.course('course-1');
    expect(body.items).toMatchObject([{ groupsUrl, groupSetsUrl }]);
    expect(groupsUrl).toBeDefined();
  });

  it('shows an administrator the data of a user in a data privacy launch, which has no course', async () => {
    const claims = {
      [`${LTI}/for_user`]: { user_id: 'user-9', name: 'Jude Wilbert' },
      [`${LTI}/context`]: null,
      [`${LTI}/resource_link`]: null,
    };
    expect((await launched('LtiDataPrivacyLaunchRequest', claims)).body).toContain('the data of user-9');
    expect(privacy.at(-1)!.context).toMatchObject({ forUser: { id: 'user-9', name: 'Jude Wilbert' } });
    expect(privacy.at(-1)!.context.courseId).toBeUndefined();
    const { status, body } = await launched('LtiDataPrivacyLaunchRequest', { [`${LTI}/for_user`]: null });
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 400,
      code: 'claim_missing',
      claim: `${LTI}/for_user`,
    });
  });
});
