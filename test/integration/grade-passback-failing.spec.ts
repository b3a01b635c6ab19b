import { type FaultInput } from '../../src/testing/index.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import {
  passSuspensions,
  passUntilSettled,
  scoresFor,
  tally,
  untilSuspended,
  untilOneWaits,
} from '../support/passback-suspensions.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let lti: LtiTestApp;
let scene: PassbackScene;
let course: GradedCourse;
beforeAll(async () => (lti = await LtiTestApp.start({ gradePassback: { concurrency: 1 } })));
beforeEach(async () => {
  scene = await PassbackScene.start(lti, { family: 'moodle' });
  course = await scene.addCourse(7);
});
afterEach(() => scene.stop());
afterAll(() => lti.stop());

async function passAndFail(ms: number): Promise<void> {
  const [{ attempts } = { attempts: 0 }] = await scene.scores(course, '&status=pending');
  await scene.pass(ms);
  await scene.untilScores(course, (scores) =>
    scores.some((score) => score.attempts > attempts && (score.status !== 'pending' || isLater(score.dueAt))),
  );
}

function isLater(dueAt: string | null): boolean {
  return dueAt !== null && dueAt > lti.clock.now().toISOString();
}

describe('a platform that hangs', () => {
  it('takes no slot from the deliveries to other platforms', async () => {
    const other = await PassbackScene.start(lti, { family: 'moodle' });
    const otherCourse = await other.addCourse();
    scene.lms.faults.add({ kind: 'hang', on: 'scores', times: 'always' });
    await scene.enqueue(course, ...scoresFor(1));
    await until('the delivery hangs', () =>
      Promise.resolve(scene.lms.counts.scoreRequests === 1 || undefined),
    );
    await other.enqueue(otherCourse, ...scoresFor(1));
    await other.untilScores(otherCourse, (scores) => tally(scores).posted === 1);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 1, scoresAccepted: 0 });
    await other.stop();
  });
});

describe('a score that the platform fails over', () => {
  it('is tried for three days, and then rejected with the reason, while others are posted', async () => {
    const { item, lms } = course;
    const other = { ...course, item: lms.gradebook.addLineItem({ label: 'Essay', scoreMaximum: 20 }) };
    item.locked = true;
    await scene.enqueue(course, ...scoresFor(1));
    await scene.enqueue(other, ...scoresFor(2));
    await scene.untilScores(course, (scores) => tally(scores).posted === 2);
    expect(await untilOneWaits(scene, course)).toMatchObject([
      { status: 'pending', attempts: 1, error: { code: 'grades_unavailable' } },
      { status: 'posted' },
      { status: 'posted' },
    ]);
    expect(scene.lms.counts.scoreRequests).toBe(3);
    expect((await scene.state()).status).toBe('running');

    for (const ms of [DAY_MS, DAY_MS, DAY_MS - 1]) await passAndFail(ms);
    expect(tally(await scene.scores(course))).toEqual({ posted: 2, pending: 1 });
    await passAndFail(HOUR_MS);
    expect(await scene.scores(course, '&status=rejected')).toMatchObject([
      { error: { code: 'score_gave_up', message: expect.stringMatching(/3 days.*500/) as string } },
    ]);
    expect(scene.lms.counts.scoreRequests).toBe(3 + 4);
    await scene.pass(DAY_MS);
    await scene.enqueue(other, ...scoresFor(3));
    await scene.untilScores(course);
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 3 + 4 + 3, scoresAccepted: 2 + 3 });
  });

  it('is left alone for longer and longer, up to an hour', async () => {
    course.item.locked = true;
    await scene.enqueue(course, ...scoresFor(1));
    await untilOneWaits(scene, course);
    const waits: number[] = [];
    for (let nth = 0; nth < 9; nth += 1) {
      const [score] = await scene.scores(course);
      waits.push(Date.parse(score?.dueAt ?? '') - lti.clock.nowMs());
      await passAndFail(waits[nth] ?? 0);
    }
    // The first pause is the platform's own: a minute without `Retry-After`.
    expect(waits.map((ms) => ms / 60_000)).toEqual([1, 1, 2, 4, 8, 16, 32, 60, 60]);
    expect(scene.lms.counts.scoreRequests).toBe(10);
  });

  it.each<[FaultInput, string]>([
    [{ kind: 'server-error', on: 'scores' }, 'grades_unavailable'],
    [{ kind: 'html', on: 'scores' }, 'score_not_saved'],
    [{ kind: 'redirect', on: 'scores' }, 'platform_redirect_refused'],
    [{ kind: 'huge', mebibytes: 33, on: 'scores' }, 'platform_response_too_large'],
  ])('by %j is sent again, and it alone', async (fault, code) => {
    scene.lms.faults.add(fault);
    await scene.enqueue(course, ...scoresFor(5));
    const waiting = await scene.untilScores(course, (scores) => tally(scores).posted === 4);
    expect(waiting.filter(({ status }) => status === 'pending')).toMatchObject([{ error: { code } }]);
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
    await passAndFail(HOUR_MS);
    expect(tally(await scene.scores(course))).toEqual({ posted: 5 });
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 6, scoresAccepted: 5 });
  });
});

describe('a server that answers in a way that the simulated platform does not', () => {
  /** Moves the course's line items to a server with the handler of the test. */
  async function at(server: LoopbackServer): Promise<GradedCourse> {
    const lms = scene.lms.addCourse({ members: 7 });
    const { body } = await lti
      .api('post', '/api/v1/courses', {
        registrationId: scene.registrationId,
        deploymentId: '1',
        contextId: lms.contextId,
        membershipsUrl: lms.membershipsUrl,
        lineItemsUrl: server.url('/items'),
      })
      .expect(201);
    const { item } = course;
    return {
      id: body.id as string,
      lms,
      item: Object.assign(Object.create(item) as typeof item, { url: server.url('/items/1') }),
    };
  }

  it('Moodle saves nothing where it says 200 with a body: that is a failure, and ends after three days', async () => {
    const server = await LoopbackServer.start((response) => response.end('[]'));
    course = await at(server);
    await scene.enqueue(course, ...scoresFor(1));
    expect(await untilOneWaits(scene, course)).toMatchObject([{ error: { code: 'score_not_saved' } }]);
    for (const ms of [DAY_MS, DAY_MS, DAY_MS]) await passAndFail(ms);
    expect(await scene.scores(course)).toMatchObject([
      { status: 'rejected', error: { code: 'score_gave_up' } },
    ]);
    expect(server.requests).toHaveLength(4);
    expect(server.requests.every(({ body }) => !body.includes('\n'))).toBe(true);
    await server.stop();
  });

  it('a score over which every connection is cut keeps no other back', async () => {
    const server = await LoopbackServer.start((response, { body }) =>
      body.includes('"2"') ? response.destroy() : response.end(),
    );
    course = await at(server);
    const scores = scoresFor(20);
    await scene.enqueue(course, ...scores);
    await untilSuspended(scene);
    await until('the others posted', async () => {
      await passSuspensions(scene);
      return tally(await scene.scores(course)).posted === 19 ? true : undefined;
    });
    const sentFor = (userId: string) =>
      server.requests.filter(({ body }) => body.includes(`"${userId}"`)).length;
    for (const { userId } of scores.slice(1)) expect(sentFor(userId)).toBe(1);
    expect(sentFor('2')).toBeLessThanOrEqual(6);
    await server.stop();
    course = await scene.addCourse();
    await scene.enqueue(course, ...scoresFor(2));
    expect(tally(await passUntilSettled(scene, course))).toEqual({ posted: 2 });
  });
});
