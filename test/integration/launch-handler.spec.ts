import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { type INestApplication } from '@nestjs/common';
import {
  CourseService,
  CurrentLaunchSession,
  GradeService,
  Launch,
  type LaunchContext,
  type LaunchHandler,
  type LaunchReply,
  LaunchRoles,
  type LaunchSession,
  LtiLaunchGuard,
  type ReceivedLaunch,
  UserGrantService,
} from '../../src/index.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';

@Injectable()
class Visits {
  readonly all: ReceivedLaunch[] = [];
}

/** An embedder's module: what the handler needs, and what its pages call. */
@Module({ providers: [Visits], exports: [Visits] })
class VisitsModule {}

@Injectable()
class QuizLaunches implements LaunchHandler {
  constructor(
    private readonly visits: Visits,
    private readonly grades: GradeService,
    private readonly grants: UserGrantService,
  ) {}

  async handle(launch: ReceivedLaunch): Promise<LaunchReply> {
    if (launch.context.custom.fail === 'true') throw new Error('a secret of the tool');
    expect(this.grades).toBeInstanceOf(GradeService);
    expect(this.grants).toBeInstanceOf(UserGrantService);
    this.visits.all.push(launch);
    return { html: `<p>${await launch.session.createToken()}</p>` };
  }
}

@Controller('quiz')
@UseGuards(LtiLaunchGuard)
class QuizController {
  // From any module of the host, without an import.
  constructor(private readonly courses: CourseService) {}

  @Get('me')
  me(@Launch() launch: LaunchContext, @CurrentLaunchSession() session: LaunchSession) {
    return { user: launch.user?.id, session: session.id, isInjected: this.courses instanceof CourseService };
  }

  @Get('results')
  @LaunchRoles(['Instructor'])
  results() {
    return [];
  }
}

@Module({ controllers: [QuizController] })
class QuizModule {}

describe("an embedder's own tool", () => {
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;

  beforeAll(async () => {
    scene = await LaunchScene.start({
      launches: { handler: QuizLaunches, imports: [VisitsModule] },
      host: [QuizModule],
    });
    platform = await scene.platform();
    tool = await scene.register(platform);
  });
  afterAll(() => scene.stop());

  const app = (): INestApplication => scene.lti.app;
  const memberWith = (role: string) =>
    platform.course('course-1').members.find(({ roles }) => roles.some((uri) => uri.endsWith(role)))!.userId;
  const visit = async (role: string) => {
    const { body } = await scene.browser().launch(scene.begin(platform, tool, { userId: memberWith(role) }));
    return /<p>(.*)<\/p>/.exec(body)![1]!;
  };
  const call = async (path: string, authorization?: string) => {
    const response = await fetch(`${scene.lti.url}${path}`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      body: await response.json(),
    };
  };

  it('gets each launch with its session, and what it answers goes to the browser', async () => {
    const token = await visit('#Learner');
    const [launch] = app().get(Visits, { strict: false }).all;
    expect(launch).toMatchObject({ context: { courseId: expect.any(String) } });
    expect(await call('/quiz/me', `Bearer ${token}`)).toMatchObject({
      status: 200,
      body: { user: memberWith('#Learner'), session: launch!.session.id, isInjected: true },
    });
  });

  it('sees an error page without the message of a handler that throws', async () => {
    platform.tamperNextLaunch({
      claims: (claims) => ({
        ...claims,
        'https://purl.imsglobal.org/spec/lti/claim/custom': { fail: 'true' },
      }),
    });
    const { status, body } = await scene.browser().launch(scene.begin(platform, tool));
    expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 500, code: 'internal_error' });
    expect(body).not.toContain('secret');
  });

  it('refuses a request without a session', async () => {
    expect(await call('/quiz/me')).toMatchObject({ status: 401 });
    expect(await call('/quiz/me', 'Bearer nonsense')).toMatchObject({ status: 401 });
    const token = await visit('#Learner');
    expect(await call('/quiz/me', `Bearer ${token.slice(0, -3)}abc`)).toMatchObject({ status: 401 });
    const [header = '', , signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'x', exp: 9_999_999_999 })).toString('base64url');
    expect(await call('/quiz/me', `Bearer ${header}.${forged}.${signature}`)).toMatchObject({ status: 401 });
  });

  it('tells roles apart', async () => {
    expect(await call('/quiz/results', `Bearer ${await visit('#Learner')}`)).toMatchObject({ status: 403 });
    expect(await call('/quiz/results', `Bearer ${await visit('#Instructor')}`)).toMatchObject({
      status: 200,
    });
  });

  it('refuses a session that was revoked or has expired', async () => {
    const revoked = await visit('#Learner');
    const launch = app().get(Visits, { strict: false }).all.at(-1)!;
    await scene.lti.api('delete', `/api/v1/launch-sessions/${launch.session.id}`).expect(204);
    expect(await call('/quiz/me', `Bearer ${revoked}`)).toMatchObject({ status: 401 });
    const token = await visit('#Learner');
    scene.lti.clock.advance(4 * 3_600_000 + 1000);
    expect(await call('/quiz/me', `Bearer ${token}`)).toMatchObject({ status: 401 });
  });
});
