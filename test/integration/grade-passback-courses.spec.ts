import { LtiTestApp } from '../support/lti-app.js';
import {
  passHolds,
  passUntilSettled,
  scoresFor,
  tally,
  untilHolds,
  untilIdle,
} from '../support/passback-holds.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => (lti = await LtiTestApp.start()));
beforeEach(async () => (scene = await PassbackScene.start(lti, { family: 'moodle' })));
afterEach(() => scene.stop());
afterAll(() => lti.stop());

/** Courses with one score each, all put into the outbox before any is sent, in this order. */
async function enqueueTogether(count: number, withdrawn: (nth: number) => boolean): Promise<GradedCourse[]> {
  const passback = `/api/registrations/${scene.registrationId}/passback`;
  await lti.api('post', `${passback}/pause`).expect(200);
  const courses: GradedCourse[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const course = await scene.addCourse(3);
    course.lms.toolWithdrawn = withdrawn(nth);
    lti.clock.advance(1);
    await scene.enqueue(course, { userId: 'user-00002', scoreGiven: 1 });
    courses.push(course);
  }
  await lti.api('post', `${passback}/resume`).expect(200);
  return courses;
}

describe('a course that takes our token no more', () => {
  it('is held by itself, asked once a day in the end, and has its scores when it is mended', async () => {
    const gone = await scene.addCourse(7);
    const there = await scene.addCourse(7);
    await scene.enqueue(there, ...scoresFor(1));
    await scene.untilScores(there);
    lti.clock.advance(120_000);
    scene.lms.withdrawTool(gone.lms.contextId);
    await scene.enqueue(gone, ...scoresFor(5));
    await scene.enqueue(there, ...scoresFor(5).slice(1));
    expect(await untilHolds(scene)).toMatchObject([
      {
        subject: 'course',
        courseId: gone.id,
        cause: 'authentication',
        error: { code: 'authentication_failed' },
      },
    ]);
    expect(tally(await scene.untilScores(there))).toEqual({ posted: 5 });
    // To an old token a 401 may be about the token: it was renewed once, for all.
    expect(scene.lms.counts.tokenRequests).toBeLessThanOrEqual(2);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(5 + 2 * 5);

    for (let failures = 2; failures < 12; failures += 1) {
      const { scoreRequests } = scene.lms.counts;
      await scene.pass(DAY_MS);
      await scene.untilState(({ holds }) => holds[0]?.failures === failures);
      expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);
    }
    expect(await scene.state()).toMatchObject({ holds: [{ failures: 11 }], scores: { pending: 5 } });
    gone.lms.toolWithdrawn = false;
    await passHolds(scene);
    expect(tally(await scene.untilScores(gone))).toEqual({ posted: 5 });
    expect(await scene.state()).toMatchObject({ status: 'running', holds: [] });
  });

  it('can be resumed before its time', async () => {
    const course = await scene.addCourse(7);
    course.lms.toolWithdrawn = true;
    await scene.enqueue(course, ...scoresFor(5));
    await untilHolds(scene);
    course.lms.toolWithdrawn = false;
    await lti.api('post', `/api/courses/${course.id}/passback/resume`).expect(204);
    expect(tally(await scene.untilScores(course))).toEqual({ posted: 5 });
  });
});

describe('many courses that take our token no more', () => {
  it('hold the registration, which then costs three requests each time, until it is mended', async () => {
    const courses = await enqueueTogether(20, () => true);
    const [{ message } = { message: '' }] = (await untilWholeHold(1)).map(({ error }) => error);
    expect(message).toContain('refuses our access token');
    // As many as went out side by side.
    expect(scene.lms.counts.scoreRequests).toBeGreaterThanOrEqual(3);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(8);
    for (let failures = 2; failures < 6; failures += 1) {
      const { scoreRequests, tokenRequests } = scene.lms.counts;
      await scene.pass(DAY_MS);
      await untilWholeHold(failures);
      expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 3);
      expect(scene.lms.counts.tokenRequests).toBe(tokenRequests + 1);
    }
    const { scoreRequests } = scene.lms.counts;
    for (const { lms } of courses) lms.toolWithdrawn = false;
    await passHolds(scene);
    await until('all of them posted', async () => ((await posted(courses)) === 20 ? true : undefined));
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 20);
    await scene.untilState(({ holds }) => holds.length === 0);
  });

  it('do not keep those back that do', async () => {
    const courses = await enqueueTogether(12, (nth) => nth < 5);
    const [gone, there] = [courses.slice(0, 5), courses.slice(5)];
    await untilHolds(scene, 3);
    // All of it may have been held once, as the first answers were refusals.
    await passHolds(scene);
    await until('the others posted', async () => ((await posted(there)) === there.length ? true : undefined));
    expect(await posted(gone)).toBe(0);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(there.length + 2 * gone.length);
    for (const { lms } of gone) lms.toolWithdrawn = false;
    for (const course of gone) expect(tally(await passUntilSettled(scene, course))).toEqual({ posted: 1 });
  });
});

async function untilWholeHold(failures: number) {
  const { holds } = await scene.untilState(
    (state) => state.holds.find(({ subject }) => subject === 'registration')?.failures === failures,
  );
  await untilIdle(scene);
  return holds.filter(({ subject }) => subject === 'registration');
}

async function posted(courses: readonly GradedCourse[]): Promise<number> {
  const scores = await Promise.all(courses.map((course) => scene.scores(course)));
  return tally(scores.flat()).posted ?? 0;
}
