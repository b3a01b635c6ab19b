import { type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { type FaultInput, type FamilyName } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { LoopbackServer } from '../support/loopback-server.js';
import {
  passSuspensions,
  scoresFor,
  tally,
  untilSuspended,
  untilIdle,
} from '../support/passback-suspensions.js';
import { type GradedCourse, PassbackScene, type ScoreBody } from '../support/passback-scene.js';

const DAY_MS = 86_400_000;
const STUDENT = '2';
const TEACHER = '1';

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => (lti = await LtiTestApp.start()));
afterEach(() => scene.stop());
afterAll(() => lti.stop());

async function start(family: FamilyName): Promise<GradedCourse> {
  scene = await PassbackScene.start(lti, { family });
  return scene.addCourse();
}

function ours(score: Partial<ScoreBody> = {}): ScoreBody {
  return { userId: STUDENT, scoreGiven: 12, ...score };
}

/** A score of an earlier system or of a teacher. */
function earlier(course: GradedCourse, timestamp: string): void {
  course.item.setScore({ userId: STUDENT, scoreGiven: 3, scoreMaximum: 20, timestamp });
}

/** Another line item of the same course. */
function besides({ id, lms }: GradedCourse): GradedCourse {
  return { id, lms, item: lms.gradebook.addLineItem({ label: 'Essay', scoreMaximum: 20 }) };
}

describe('what the platform will not have is rejected in its words, after one request', () => {
  it.each<[FamilyName, string, ScoreBody, (course: GradedCourse) => void, string, RegExp]>([
    ['moodle', 'an unknown user', ours({ userId: '999' }), () => undefined, 'grades_refused', /400/],
    [
      'generic',
      'an unknown user',
      ours({ userId: 'nobody' }),
      () => undefined,
      'grades_refused',
      /not in this/,
    ],
    [
      'canvas',
      'a teacher',
      ours({ userId: TEACHER }),
      () => undefined,
      'grades_refused',
      /422.*not a student/,
    ],
    [
      'brightspace',
      'nobody of its',
      ours({ userId: 'x' }),
      () => undefined,
      'grades_refused',
      /403.*not enrolled/,
    ],
    ['generic', 'a locked item', ours(), ({ item }) => (item.locked = true), 'grades_refused', /403.*locked/],
    ['moodle', 'a deleted item', ours(), (course) => remove(course), 'line_item_gone', /404/],
    [
      'canvas',
      "another tool's item",
      ours(),
      ({ item }) => (item.ofAnotherTool = true),
      'grades_refused',
      /412.*permission/,
    ],
    ['canvas', 'a concluded course', ours(), ({ lms }) => (lms.concluded = true), 'line_item_gone', /404/],
    [
      'canvas',
      'a course past its end',
      ours(),
      ({ lms }) => (lms.isPastItsEnd = true),
      'grades_refused',
      /422.*not a student.*course is concluded/,
    ],
  ])('%s: %s', async (family, _, score, spoil, code, words) => {
    const course = await start(family);
    spoil(course);
    await scene.enqueue(course, score);
    expect(await scene.untilScores(course)).toMatchObject([
      { status: 'rejected', attempts: 1, error: { code, message: expect.stringMatching(words) as string } },
    ]);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 1, scoresAccepted: 0, tokenRequests: 1 });
    expect(await scene.state()).toEqual({
      status: 'running',
      suspensions: [],
      scores: { pending: 0, rejected: 1 },
    });
  });

  it('and keeps nothing else back', async () => {
    const course = await start('moodle');
    const other = besides(course);
    await scene.enqueue(course, ours(), ours({ userId: '999' }), ours({ userId: '3' }));
    await scene.enqueue(other, ours());
    const scores = await scene.untilScores(course);
    expect(scores.map(({ status }) => status)).toEqual(['posted', 'rejected', 'posted', 'posted']);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 4, scoresAccepted: 3 });
  });

  it('until an operator has fixed the fault and retries it', async () => {
    const course = await start('generic');
    course.item.locked = true;
    await scene.enqueue(course, ours());
    const [rejected] = await scene.untilScores(course);
    course.item.locked = false;
    await lti.api('post', `/api/v1/scores/${rejected?.id ?? ''}/retry`).expect(202);
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted', attempts: 2, error: null }]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 12, accepted: 1 });
  });
});

function remove({ lms, item }: GradedCourse): void {
  lms.gradebook.delete(item.id);
}

describe('what does not come from the gradebook rejects no score', () => {
  const SCORES = 40;
  const html = (status: number, title: string): FaultInput => ({
    kind: 'status',
    status,
    body: `<html><head><title>${title}</title></head></html>`,
    contentType: 'text/html',
    on: 'scores',
    times: 'always',
  });
  const suspension = (subject: string, cause: string) => ({ subject, cause });

  it.each<[string, FaultInput]>([
    ["a firewall's page", html(403, 'Attention Required!')],
    ["nginx' 404", html(404, '404 Not Found')],
    ['a gateway', html(502, 'Bad Gateway')],
  ])('%s: the server is suspended, tried with one score, and all arrive in the end', async (_, fault) => {
    scene = await PassbackScene.start(lti, { family: 'generic' });
    const course = await scene.addCourse(SCORES + 2);
    scene.lms.faults.add(fault);
    await scene.enqueue(course, ...scoresFor(SCORES));
    expect(await untilSuspended(scene)).toMatchObject([suspension('origin', 'unreachable')]);
    const { scoreRequests } = scene.lms.counts;
    expect(scoreRequests).toBeLessThanOrEqual(8);
    await passSuspensions(scene);
    await untilSuspended(scene);
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);
    expect(await scene.state()).toMatchObject({ scores: { pending: SCORES, rejected: 0 } });
    const [waiting] = await scene.scores(course);
    expect(waiting).toMatchObject({
      error: { code: 'score_intercepted', message: expect.stringMatching(/firewall/) as string },
      retryAt: (await scene.state()).suspensions[0]?.retryAt,
    });
    scene.lms.faults.clear();
    await passSuspensions(scene);
    expect(tally(await scene.untilScores(course))).toEqual({ posted: SCORES });
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
  });

  it('a scope that the token lacks: the registration is suspended', async () => {
    const course = await start('generic');
    const server = await LoopbackServer.start((response) =>
      response
        .writeHead(403, { 'www-authenticate': 'Bearer error="insufficient_scope"' })
        .end('{"error":"insufficient_scope"}'),
    );
    await scene.enqueue(await elsewhere(course, server), ours(), ours({ userId: '3' }));
    expect(await untilSuspended(scene)).toMatchObject([
      { ...suspension('registration', 'scope'), error: { code: 'scope_mismatch' } },
    ]);
    expect(await scene.state()).toMatchObject({ scores: { pending: 2, rejected: 0 } });
    await server.stop();
  });
});

/** The same course, with its line items at a server with the handler of the test. */
async function elsewhere(course: GradedCourse, server: LoopbackServer): Promise<GradedCourse> {
  const { contextId, membershipsUrl } = scene.lms.addCourse({ members: 5 });
  const lineItemsUrl = server.url('/items');
  const place = { registrationId: scene.registrationId, deploymentId: '1', contextId };
  const { body } = await lti
    .api('post', '/api/v1/courses', { ...place, membershipsUrl, lineItemsUrl })
    .expect(201);
  const item = Object.assign(Object.create(course.item) as typeof course.item, {
    url: server.url('/items/1'),
  });
  return { ...course, id: body.id as string, item };
}

describe('the platform fails over every score', () => {
  it('it gets them one by one, then one at a time after longer and longer, and rejects none in four days', async () => {
    scene = await PassbackScene.start(lti, { family: 'generic' });
    const course = await scene.addCourse(42);
    scene.lms.faults.add({ kind: 'server-error', on: 'scores', times: 'always' });
    await scene.enqueue(course, ...scoresFor(40));
    expect(await untilSuspended(scene)).toMatchObject([{ subject: 'line_item', cause: 'failing' }]);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(8);
    for (let nth = 0; nth < 5; nth += 1) {
      const { scoreRequests } = scene.lms.counts;
      await scene.pass(DAY_MS);
      await untilSuspended(scene);
      expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);
    }
    expect(await scene.state()).toMatchObject({ scores: { pending: 40, rejected: 0 } });
    scene.lms.faults.clear();
    await scene.pass(DAY_MS);
    expect(tally(await scene.untilScores(course))).toEqual({ posted: 40 });
  });

  it('suspends the server with the third line item', async () => {
    const course = await start('generic');
    scene.lms.faults.add({ kind: 'server-error', on: 'scores', times: 'always' });
    for (const label of ['A', 'B', 'C', 'D']) {
      const item = course.lms.gradebook.addLineItem({ label, scoreMaximum: 20 });
      await scene.enqueue({ ...course, item }, ours());
    }
    await scene.untilState(({ suspensions }) => suspensions.some(({ subject }) => subject === 'origin'));
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(4);
  });
});

const TELLING_STALE: FamilyName[] = ['moodle', 'canvas', 'openedx', 'generic'];

describe('a later score of an earlier system', () => {
  it.each(TELLING_STALE)('%s: gives way to ours, sent again with a timestamp after it', async (family) => {
    const course = await start(family);
    const now = lti.clock.now();
    earlier(course, new Date(now.getTime() - 5000).toISOString());
    await scene.enqueue(course, ours({ timestamp: new Date(now.getTime() - 60_000).toISOString() }));
    expect(await scene.untilScores(course)).toMatchObject([
      { status: 'posted', attempts: 2, timestamp: now.toISOString(), error: null },
    ]);
    expect(course.item.entry(STUDENT)).toMatchObject({
      scoreGiven: 12,
      accepted: 1,
      timestamp: now.toISOString(),
    });
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });

  it.each(TELLING_STALE)('%s: from the future stays: ours is rejected after two requests', async (family) => {
    const course = await start(family);
    earlier(course, new Date(lti.clock.nowMs() + 3_600_000).toISOString());
    await scene.enqueue(course, ours());
    expect(await scene.untilScores(course)).toMatchObject([
      { status: 'rejected', attempts: 2, error: { code: 'score_stale' } },
    ]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 3, accepted: 0 });
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });
});

describe('a connection that is cut', () => {
  const cut = (when: 'before-processing' | 'before-headers' | 'mid-body'): FaultInput => ({
    kind: 'cut',
    when,
    on: 'scores',
  });

  /** Sends one score while the fault is set, and starts its retry. */
  async function retried(
    course: GradedCourse,
    fault: FaultInput,
    score: Partial<ScoreBody> = {},
    meanwhile: () => void = () => undefined,
    holds?: (scores: OutboxScoreView[]) => boolean,
  ) {
    scene.lms.faults.add(fault);
    await scene.enqueue(course, ours(score));
    expect(await untilSuspended(scene)).toMatchObject([
      { subject: 'origin', cause: 'unreachable', failures: 1, error: { code: 'platform_unreachable' } },
    ]);
    meanwhile();
    await passSuspensions(scene);
    return scene.untilScores(course, holds);
  }

  it.each<[FamilyName, 'before-headers' | 'mid-body']>([
    ['moodle', 'before-headers'],
    ['moodle', 'mid-body'],
    ['generic', 'before-headers'],
    ['openedx', 'before-headers'],
    ['openedx', 'mid-body'],
  ])('%s, %s: the score was taken, and "stale" says so', async (family, when) => {
    const course = await start(family);
    expect(await retried(course, cut(when))).toMatchObject([{ status: 'posted', attempts: 2, error: null }]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 12, accepted: 1 });
    expect(scene.lms.counts.scoreRequests).toBe(2);
    expect((await scene.state()).status).toBe('running');
  });

  it('canvas: the score was taken, and is taken once more with the same timestamp', async () => {
    const course = await start('canvas');
    const now = lti.clock.now().toISOString();
    expect(await retried(course, cut('before-headers'))).toMatchObject([
      { status: 'posted', timestamp: now },
    ]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 12, accepted: 2, timestamp: now });
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });

  const attempt = { canvasSubmission: { newSubmission: true } };

  it('canvas: a score that begins an attempt makes one of all its tries, whatever was lost', async () => {
    const course = await start('canvas');
    scene.lms.faults.add(cut('before-headers'));
    await scene.enqueue(course, ours(attempt));
    await untilSuspended(scene);
    lti.clock.advance(3_600_000);
    await passSuspensions(scene);
    await scene.tick();
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted', attempts: 2 }]);
    expect(course.item.entry(STUDENT)).toMatchObject({ accepted: 2, attempts: 1 });
  });

  it.each([
    ['that was taken has used up the attempts: the gradebook has it', 'before-headers', 'posted'],
    ['that was not taken is refused, and rejected', 'before-processing', 'rejected'],
  ] as const)('canvas: the retry of a score %s', async (_, when, status) => {
    const course = await start('canvas');
    course.item.attemptLimit = when === 'before-headers' ? 1 : 0;
    expect(await retried(course, cut(when), attempt)).toMatchObject([
      status === 'posted'
        ? { status, error: null }
        : {
            status,
            error: { code: 'grades_refused', message: expect.stringMatching(/attempts has been/) as string },
          },
    ]);
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });

  it('canvas: the retry of a score that keeps the grade is refused: the time of its submission shows that it was taken', async () => {
    const course = await start('canvas');
    course.item.attemptLimit = 1;
    const preserving = { canvasSubmission: { newSubmission: true, preserveScore: true } };
    expect(await retried(course, cut('before-headers'), preserving)).toMatchObject([
      { status: 'posted', error: null },
    ]);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 2, resultRequests: 1 });
  });

  it('canvas: a refused retry waits where the result cannot show whether the score was taken, and keeps no other back', async () => {
    const course = await start('canvas');
    earlier(course, new Date(lti.clock.nowMs() - 60_000).toISOString());
    const unpublish = () => (course.item.isPublished = false);
    const preserving = { canvasSubmission: { preserveScore: true } };
    // Canvas has no time of submission, because the score starts no attempt.
    const inDoubt = (scores: OutboxScoreView[]) => scores[0]?.error?.code === 'score_in_doubt';
    const [score] = await retried(course, cut('before-headers'), preserving, unpublish, inDoubt);
    expect(score).toMatchObject({
      status: 'pending',
      error: { message: expect.stringMatching(/gradebook.*not published/) as string },
      retryAt: expect.any(String) as string,
    });
    for (let nth = 0; nth < 4; nth += 1) {
      const before = scene.lms.counts.scoreRequests;
      await scene.pass(DAY_MS);
      await scene.untilScores(course, (scores) => scene.lms.counts.scoreRequests > before && inDoubt(scores));
      await untilIdle(scene);
    }
    expect(await scene.state()).toMatchObject({ status: 'running', scores: { pending: 1, rejected: 0 } });
    course.item.isPublished = true;
    await scene.pass(DAY_MS);
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted', error: null }]);
  });

  it('canvas: a retry is refused, and so is the token that asks for the result: the score waits, and nothing more is suspended', async () => {
    const course = await start('canvas');
    let posts = 0;
    const server = await LoopbackServer.start((response, { method }) => {
      if (method === 'POST') posts += 1;
      // The first refusal forces a renewal: none can be forced for the next minute.
      if (method === 'GET' || posts === 1) return response.writeHead(401).end();
      if (posts === 2) return response.destroy();
      return response
        .writeHead(422, { 'content-type': 'application/json' })
        .end('{"errors":{"message":"no"}}');
    });
    const place = await elsewhere(course, server);
    await scene.enqueue(place, ours());
    await untilSuspended(scene);
    await passSuspensions(scene);
    const [score] = await scene.untilScores(
      place,
      ([first]) => first?.error?.code === 'authentication_failed',
    );
    expect(score).toMatchObject({ status: 'pending', retryAt: expect.any(String) as string });
    // The score whose answer was lost is due.
    await untilIdle(scene);
    expect((await scene.state()).suspensions).toMatchObject([
      { cause: 'unreachable', failures: 1, error: { code: 'platform_unreachable' } },
    ]);
    await server.stop();
  });

  it.each<[string, (course: GradedCourse) => void, RegExp]>([
    ['an unpublished assignment', ({ item }) => (item.isPublished = false), /422 \(.*not published/],
    ['no attempts left', ({ item }) => (item.attemptLimit = 0), /422 \(.*maximum number of allowed attempts/],
  ])("canvas: %s is reported in the platform's words", async (_, spoil, words) => {
    const course = await start('canvas');
    spoil(course);
    await scene.enqueue(course, ours(attempt));
    const [score] = await scene.untilScores(course);
    expect(score?.error?.message).toMatch(words);
  });

  it('canvas: a teacher has scored since, and that stays', async () => {
    const course = await start('canvas');
    const meanwhile = () => earlier(course, new Date(lti.clock.nowMs() + 1).toISOString());
    expect(await retried(course, cut('before-headers'), {}, meanwhile)).toMatchObject([
      { status: 'posted', attempts: 2 },
    ]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 3, accepted: 1 });
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });

  it.each(TELLING_STALE)('%s: the score was not taken, and is taken now', async (family) => {
    const course = await start(family);
    const now = lti.clock.now().toISOString();
    const scores = await retried(course, cut('before-processing'));
    expect(scores).toMatchObject([{ status: 'posted', attempts: 2, timestamp: now }]);
    expect(course.item.entry(STUDENT)).toMatchObject({ scoreGiven: 12, accepted: 1 });
    expect(scene.lms.counts.scoreRequests).toBe(2);
  });
});
