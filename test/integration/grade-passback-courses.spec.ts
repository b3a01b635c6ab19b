import { type SuspensionView } from '../../src/grade-passback/suspension.view.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import {
  passSuspensions,
  passUntilSettled,
  scoresFor,
  tally,
  untilSuspended,
  untilIdle,
} from '../support/passback-suspensions.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

// The time-out for many courses, one after the other.
jest.setTimeout(60_000);

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => (lti = await LtiTestApp.start({ tokenStore: 'memory' })));
beforeEach(async () => (scene = await PassbackScene.start(lti, { family: 'moodle' })));
afterEach(() => scene.stop());
afterAll(() => lti.stop());

/** Courses with one score in each of two line items, all put into the outbox before any is sent, in this order. */
async function enqueueTogether(count: number, withdrawn: (nth: number) => boolean): Promise<GradedCourse[]> {
  const passback = `/api/v1/registrations/${scene.registrationId}/delivery`;
  await lti.api('post', `${passback}/pause`).expect(200);
  const courses: GradedCourse[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const course = await scene.addCourse(3);
    course.lms.toolWithdrawn = withdrawn(nth);
    for (const each of [course, another(course, 'Essay')]) {
      lti.clock.advance(1);
      await scene.enqueue(each, { userId: '2', scoreGiven: 1 });
    }
    courses.push(course);
  }
  await lti.api('post', `${passback}/resume`).expect(200);
  return courses;
}

/** Another line item of the same course. */
function another({ id, lms }: GradedCourse, label: string, ofAnotherTool = false): GradedCourse {
  return { id, lms, item: lms.gradebook.addLineItem({ label, scoreMaximum: 20, ofAnotherTool }) };
}

describe("a score for another tool's line item", () => {
  it('suspends that line item alone: the others of the course go out at once, and the next ones too', async () => {
    const course = await scene.addCourse(7);
    const wrong = another(course, 'Of another tool', true);
    await scene.enqueue(wrong, ...scoresFor(3));
    await scene.enqueue(course, ...scoresFor(2));
    await untilSuspended(scene);
    await scene.enqueue(course, ...scoresFor(5).slice(2));
    const isOfOthers = ({ lineItemId }: { lineItemId: string }) => lineItemId === course.item.url;
    const scores = await scene.untilScores(course, (all) => tally(all.filter(isOfOthers)).posted === 5);
    expect(tally(scores)).toEqual({ posted: 5, pending: 3 });
    expect((await scene.state()).suspensions).toMatchObject([
      { subject: 'line_item', courseId: course.id, lineItemId: wrong.item.url, cause: 'authentication' },
    ]);
    expect(scores.filter((score) => !isOfOthers(score))).toMatchObject(
      [1, 2, 3].map(() => ({
        status: 'pending',
        error: { code: 'authentication_failed' },
        retryAt: expect.any(String) as string,
      })),
    );
  });

  it('suspends the course with the second of its line items, and three such courses do not suspend others that get through', async () => {
    const courses: GradedCourse[] = [];
    const there = await scene.addCourse(7);
    for (const label of ['A', 'B', 'C']) {
      const course = await scene.addCourse(4);
      courses.push(course);
      for (const nth of [1, 2]) await scene.enqueue(another(course, `${label}${nth}`, true), ...scoresFor(1));
      await passUntilSuspended(3 * courses.length);
      await scene.enqueue(there, ...scoresFor(courses.length).slice(-1));
      await scene.untilScores(there, (scores) => tally(scores).posted === courses.length);
    }
    const suspensions = (await scene.state()).suspensions.map(
      ({ subject, courseId }) => `${subject} ${courseId ?? ''}`,
    );
    expect(suspensions.filter((suspension) => suspension.startsWith('course')).sort()).toEqual(
      courses.map(({ id }) => `course ${id}`).sort(),
    );
    expect(suspensions.filter((suspension) => suspension.startsWith('registration'))).toEqual([]);
    await expectPagesOfSuspensions();
    await scene.enqueue(there, ...scoresFor(5).slice(3));
    expect(tally(await scene.untilScores(there))).toEqual({ posted: 5 });
  });
});

describe('a line item that refuses one user', () => {
  it('is probed with the next score and not the same one, and rejects it after three refusals that others overtook', async () => {
    const server = await LoopbackServer.start((response, { body }) => {
      response.writeHead(body.includes('"2"') ? 401 : 200).end();
    });
    const course = await elsewhere(server);
    const sentFor = (userId: string) =>
      server.requests.filter(({ body }) => body.includes(`"${userId}"`)).length;
    await scene.enqueue(course, ...scoresFor(1));
    await untilSuspended(scene);
    const refused = server.requests.length;
    const first = async () => (await scene.scores(course, '&userId=2'))[0];
    for (const nth of [2, 3, 4]) {
      const attempts = (await first())?.attempts ?? 0;
      await scene.enqueue(course, ...scoresFor(nth).slice(-1));
      await until('the next score posted, and the refused one tried again or rejected', async () => {
        await scene.pass(60_000);
        await untilIdle(scene);
        const isPosted = tally(await scene.scores(course)).posted === nth - 1;
        const score = await first();
        return (isPosted && (score?.status === 'rejected' || (score?.attempts ?? 0) > attempts)) || undefined;
      });
      if (nth === 2) expect(server.requests[refused]?.body).toContain('"3"');
      if (nth < 4) expect(await first()).toMatchObject({ status: 'pending' });
    }
    expect(await first()).toMatchObject({ status: 'rejected', error: { code: 'authentication_failed' } });
    expect(sentFor('2')).toBeGreaterThanOrEqual(3);
    for (const userId of ['3', '4', '5']) expect(sentFor(userId)).toBe(1);
    await server.stop();
  });

  it('keeps waiting, with its reason, where no other score gets through', async () => {
    const course = another(await scene.addCourse(4), 'Of another tool', true);
    await scene.enqueue(course, ...scoresFor(1));
    await untilSuspended(scene);
    for (let nth = 0; nth < 5; nth += 1) {
      await passSuspensions(scene);
      await untilSuspended(scene);
    }
    expect(await scene.scores(course)).toMatchObject([
      { status: 'pending', error: { code: 'authentication_failed' } },
    ]);
  });
});

/** Page by page, the newest first and the oldest first, each suspension once. */
async function expectPagesOfSuspensions(): Promise<void> {
  const path = `/api/v1/registrations/${scene.registrationId}/suspensions`;
  const read = async (query: string, from = path, filter = ''): Promise<SuspensionView[]> => {
    const found: SuspensionView[] = [];
    for (let next = query; ;) {
      const { body } = await lti.api('get', `${from}?limit=2${filter}${next}`).expect(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      found.push(...(body.items as SuspensionView[]));
      if (body.nextCursor === undefined) return found;
      next = `&cursor=${encodeURIComponent(body.nextCursor as string)}`;
    }
  };
  const { suspensions } = await scene.state();
  expect(suspensions.length).toBeGreaterThan(4);
  expect(await read('&order=asc')).toEqual(suspensions);
  expect(await read('')).toEqual(suspensions.toReversed());
  const all = await read('', '/api/v1/suspensions');
  expect(all.filter((one) => one.registrationId === scene.registrationId)).toEqual(suspensions.toReversed());
  const courseId = suspensions.find((one) => one.courseId !== null)?.courseId;
  expect(await read('&order=asc', path, `&courseId=${courseId}`)).toEqual(
    suspensions.filter((one) => one.courseId === courseId),
  );
  for (const query of ['cursor=desc.1', 'cursor=1:0:authentication:', 'order=newest', 'limit=0'])
    await lti.api('get', `${path}?${query}`).expect(400);
}

/**
 * Waits until there are `count` suspensions: a second 401 within a minute of a forced renewal is conclusive only at its
 * next try.
 */
async function passUntilSuspended(count: number): Promise<void> {
  await until('as many suspensions', async () => {
    await untilIdle(scene);
    if ((await scene.state()).suspensions.length >= count) return true;
    await scene.pass(MINUTE_MS);
    return undefined;
  });
}

/** A course whose line items are at a server with the handler of the test. */
async function elsewhere(server: LoopbackServer): Promise<GradedCourse> {
  const course = await scene.addCourse(7);
  const lineItemsUrl = server.url('/items');
  const { contextId } = scene.lms.addCourse({ members: 7 });
  const { membershipsUrl } = course.lms;
  const place = {
    registrationId: scene.registrationId,
    deploymentId: '1',
    contextId,
    membershipsUrl,
    lineItemsUrl,
  };
  const { body } = await lti.api('post', '/api/v1/courses', place).expect(201);
  const item = Object.assign(Object.create(course.item) as typeof course.item, {
    url: server.url('/items/1'),
  });
  return { id: body.id as string, lms: course.lms, item };
}

describe('a course that takes our token no more', () => {
  it('is suspended alone, is tried once a day in the end, and gets its scores when it is fixed', async () => {
    const gone = await scene.addCourse(7);
    const there = await scene.addCourse(7);
    await scene.enqueue(there, ...scoresFor(1));
    await scene.untilScores(there);
    lti.clock.advance(120_000);
    scene.lms.withdrawTool(gone.lms.contextId);
    await scene.enqueue(gone, ...scoresFor(5));
    await scene.enqueue(there, ...scoresFor(5).slice(1));
    expect(await untilSuspended(scene)).toMatchObject([
      {
        subject: 'line_item',
        courseId: gone.id,
        lineItemId: gone.item.url,
        cause: 'authentication',
        error: { code: 'authentication_failed' },
      },
    ]);
    expect(tally(await scene.untilScores(there))).toEqual({ posted: 5 });
    // A 401 to an old token may be about the token, so it was renewed once for all.
    expect(scene.lms.counts.tokenRequests).toBeLessThanOrEqual(2);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(5 + 2 * 5);

    for (let failures = 2; failures < 12; failures += 1) {
      const { scoreRequests } = scene.lms.counts;
      await scene.pass(DAY_MS);
      await scene.untilState(({ suspensions }) => suspensions[0]?.failures === failures);
      // One score, with the day's token and with a forced one: only the second refusal says that the token is not at fault.
      expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 2);
    }
    expect(await scene.state()).toMatchObject({ suspensions: [{ failures: 11 }], scores: { pending: 5 } });
    gone.lms.toolWithdrawn = false;
    await passSuspensions(scene);
    expect(tally(await scene.untilScores(gone))).toEqual({ posted: 5 });
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
  });

  it('can be resumed before its time', async () => {
    const course = await scene.addCourse(7);
    course.lms.toolWithdrawn = true;
    await scene.enqueue(course, ...scoresFor(5));
    await untilSuspended(scene);
    course.lms.toolWithdrawn = false;
    await lti.api('post', `/api/v1/courses/${course.id}/delivery/resume`).expect(204);
    expect(tally(await scene.untilScores(course))).toEqual({ posted: 5 });
  });
});

describe('many courses that take our token no more', () => {
  it('suspend the registration, which then costs one score each time, until it is mended', async () => {
    const courses = await enqueueTogether(20, () => true);
    // As many suspensions: three courses, two line items of each, and the registration.
    await passUntilSuspended(10);
    const [{ message } = { message: '' }] = (await untilRegistrationSuspended(1)).map(({ error }) => error);
    expect(message).toContain('refuses our access token');
    // Each line item once, as no healthy one waits, and eight of them once more, which decides. Each of the first eight and of
    // the last eight may have been sent with the token of before, and repeated with a forced one.
    const attempts = await attemptsOf(courses);
    expect(Math.max(...attempts)).toBeLessThanOrEqual(2);
    expect(sum(attempts)).toBeLessThanOrEqual(40 + 8);
    expect(scene.lms.counts.scoreRequests).toBeGreaterThanOrEqual(6);
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(sum(attempts) + 8 + 8);
    for (let failures = 2; failures < 6; failures += 1) {
      const { scoreRequests, tokenRequests } = scene.lms.counts;
      await scene.pass(DAY_MS);
      await untilRegistrationSuspended(failures);
      // The same score with a forced token: only its refusal says that the token is not at fault.
      expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 2);
      // The one of the day before has expired; the new one may be renewed once, to see whether it is dead.
      expect(scene.lms.counts.tokenRequests).toBeLessThanOrEqual(tokenRequests + 2);
    }
    const { scoreRequests } = scene.lms.counts;
    for (const { lms } of courses) lms.toolWithdrawn = false;
    await passSuspensions(scene);
    await until('all of them posted', async () => ((await posted(courses)) === 40 ? true : undefined));
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 40);
    await scene.untilState(({ suspensions }) => suspensions.length === 0);
  });

  it('do not keep those back that do', async () => {
    const courses = await enqueueTogether(12, (nth) => nth < 5);
    const [gone, there] = [courses.slice(0, 5), courses.slice(5)];
    await passUntilSuspended(3);
    // The registration is suspended, as all first answers were refusals, until a probe is of a course that is there.
    let passes = 0;
    await until('the others posted', async () => {
      passes += 1;
      await passSuspensions(scene);
      await untilIdle(scene);
      return (await posted(there)) === 2 * there.length || undefined;
    });
    expect(await posted(gone)).toBe(0);
    expect(await attemptsOf(there)).toEqual(there.flatMap(() => [1, 1]));
    // The first try may leave open whether the token is at fault; the next one decides. After that there are only probes.
    expect(Math.max(...(await attemptsOf(gone)))).toBeLessThanOrEqual(2 + passes);
    expect(passes).toBeLessThanOrEqual(5);
    for (const { lms } of gone) lms.toolWithdrawn = false;
    for (const course of gone)
      expect(tally(await passUntilSettled(scene, course, 600_000))).toEqual({ posted: 2 });
  });
});

async function untilRegistrationSuspended(failures: number) {
  const { suspensions } = await scene.untilState(
    (state) => state.suspensions.find(({ subject }) => subject === 'registration')?.failures === failures,
  );
  await untilIdle(scene);
  return suspensions.filter(({ subject }) => subject === 'registration');
}

/** The number of attempts of each score. */
async function attemptsOf(courses: readonly GradedCourse[]): Promise<number[]> {
  const scores = await Promise.all(courses.map((course) => scene.scores(course)));
  return scores.flat().map(({ attempts }) => attempts);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function posted(courses: readonly GradedCourse[]): Promise<number> {
  const scores = await Promise.all(courses.map((course) => scene.scores(course)));
  return tally(scores.flat()).posted ?? 0;
}
