import { type OutboxScoreView } from '../../src/grade-passback/outbox.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { until } from '../support/until.js';

const NOBODY = '019b8c00-0000-7000-8000-000000000001';

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => {
  lti = await LtiTestApp.start();
  scene = await PassbackScene.start(lti);
});
afterAll(async () => {
  await scene.stop();
  await lti.stop();
});

const state = async (action?: 'pause' | 'resume'): Promise<unknown> => {
  const path = `/api/v1/registrations/${scene.registrationId}/delivery`;
  if (action === undefined) return scene.state();
  return (await lti.api('post', `${path}/${action}`).expect(200)).body;
};

/** Posts scores to the outbox, and returns them when none is pending. */
async function sent(course: GradedCourse, ...scores: Parameters<PassbackScene['enqueue']>[1][]) {
  await scene.enqueue(course, ...scores);
  return scene.untilScores(course);
}

/** The actions of an operator on a score. */
const change = (what: 'retry' | 'cancel', { id }: { id: string }) =>
  lti.api('post', `/api/v1/scores/${id}/${what}`);

/** The platform refuses this score, because it does not know the user. */
const STRANGER = { userId: 'nobody', scoreGiven: 1 };
const STUDENT = { userId: '2', scoreGiven: 2 };

describe('what becomes of a score', () => {
  it('is shown', async () => {
    const course = await scene.addCourse();
    const [view] = await sent(course, { ...STUDENT, idempotencyKey: 'a', timestamp: '2026-01-05T07:00:00Z' });
    expect(view).toEqual({
      id: expect.any(String),
      registrationId: scene.registrationId,
      courseId: course.id,
      lineItemId: course.item.url,
      lineItemLabel: null,
      userId: '2',
      userName: null,
      idempotencyKey: 'a',
      status: 'posted',
      scoreGiven: 2,
      scoreMaximum: 20,
      timestamp: '2026-01-05T07:00:00.000Z',
      attempts: 1,
      error: null,
      dueAt: null,
      retryAt: null,
      createdAt: '2026-01-05T08:00:00.000Z',
      settledAt: '2026-01-05T08:00:00.000Z',
    });
    const { body } = await lti.api('get', `/api/v1/scores/${view?.id ?? ''}`).expect(200);
    expect(body).toEqual(view);
    await lti.api('get', `/api/v1/scores/${NOBODY}`).expect(404, /score_not_found/);
    await lti.api('get', '/api/v1/scores/a').expect(400);
  });
});

describe('the user and the line item of a score', () => {
  it('have the names that the last sync has read, and none when the member is gone', async () => {
    const course = await scene.addCourse();
    const { userId } = course.lms.addMember({ name: 'Lisa Simpson' });
    const { body: run } = await lti.api('post', `/api/v1/courses/${course.id}/sync`).expect(202);
    await until('the end of the sync', async () => {
      const { body } = await lti.api('get', `/api/v1/sync-runs/${run.id}`).expect(200);
      return body.finishedAt === null ? undefined : true;
    });
    const names = { userName: 'Lisa Simpson', lineItemLabel: 'Quiz' };
    const [view] = await sent(course, { userId, scoreGiven: 2 });
    expect(view).toMatchObject(names);
    const { body } = await lti.api('get', `/api/v1/scores/${view?.id ?? ''}`).expect(200);
    expect(body).toEqual(view);
    await dataSourceOf(lti).query('DELETE FROM nest_lti.membership WHERE course_id = $1', [course.id]);
    expect(await scene.scores(course)).toMatchObject([{ ...names, userName: null }]);
  });
});

describe('scores are listed', () => {
  let course: GradedCourse;
  let all: OutboxScoreView[];
  beforeAll(async () => {
    course = await scene.addCourse();
    all = await sent(
      course,
      STRANGER,
      STUDENT,
      { ...STUDENT, scoreGiven: 3 },
      { userId: '3', scoreGiven: 4 },
    );
  });

  const listed = async (path: string): Promise<string[]> =>
    ((await lti.api('get', path).expect(200)).body.items as OutboxScoreView[]).map(({ id }) => id);
  const those = (...places: number[]): (string | undefined)[] => places.map((place) => all[place]?.id);

  it('by course, registration, status, line item and user, the newest first or the oldest first', async () => {
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'superseded', 'posted', 'posted']);
    const ofCourse = `/api/v1/courses/${course.id}/scores`;
    const other = await scene.addCourse();
    const item = encodeURIComponent(course.item.url);
    for (const [path, ids] of [
      [ofCourse, those(3, 2, 1, 0)],
      [`${ofCourse}?order=asc`, those(0, 1, 2, 3)],
      [`/api/v1/scores?courseId=${course.id}`, those(3, 2, 1, 0)],
      [`${ofCourse}?status=posted`, those(3, 2)],
      [`${ofCourse}?status=rejected`, those(0)],
      [`${ofCourse}?status=pending`, []],
      [`${ofCourse}?userId=2`, those(2, 1)],
      [`${ofCourse}?userId=2&status=superseded`, those(1)],
      [`${ofCourse}?lineItemId=${item}`, those(3, 2, 1, 0)],
      [`${ofCourse}?lineItemId=${item}x`, []],
      [`/api/v1/scores?registrationId=${scene.registrationId}&status=rejected`, those(0)],
      [`/api/v1/scores?registrationId=${NOBODY}`, []],
      [`/api/v1/courses/${other.id}/scores`, []],
    ] as const) {
      expect([path, await listed(path)]).toEqual([path, ids]);
    }
  });

  it('in pages', async () => {
    const path = `/api/v1/courses/${course.id}/scores?limit=3`;
    const { body: first } = await lti.api('get', path).expect(200);
    expect((first.items as OutboxScoreView[]).map(({ id }) => id)).toEqual(those(3, 2, 1));
    const { body: second } = await lti.api('get', `${path}&cursor=${first.nextCursor as string}`).expect(200);
    expect(second).toEqual({ items: [all[0]] });
  });

  it.each([
    'status=done',
    'limit=0',
    'limit=501',
    'order=newest',
    'cursor=a',
    'lineItemId=a',
    'userId=',
    'user=a',
    'userId=%00',
  ])('not by %s', async (query) => {
    for (const path of ['/api/v1/scores', `/api/v1/courses/${course.id}/scores`]) {
      const { body } = await lti.api('get', `${path}?${query}`).expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field: expect.any(String) }] });
    }
  });

  it('of no course that is unknown', async () => {
    await lti.api('get', `/api/v1/courses/${NOBODY}/scores`).expect(404, /course_not_found/);
  });
});

describe('a rejected score', () => {
  it('is sent again once what was wrong is mended', async () => {
    const course = await scene.addCourse();
    const [rejected] = await sent(course, STRANGER);
    expect(rejected).toMatchObject({ status: 'rejected', attempts: 1, error: { code: 'grades_refused' } });
    course.lms.addMember({ userId: 'nobody' });
    const { body } = await change('retry', rejected!).expect(202);
    expect(body).toMatchObject({ id: rejected!.id, status: 'pending', settledAt: null });
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted', attempts: 2, error: null }]);
  });

  it('is given up by cancelling it, once', async () => {
    const course = await scene.addCourse();
    const [rejected] = await sent(course, STRANGER);
    const { body } = await change('cancel', rejected!).expect(200);
    expect(body).toMatchObject({ status: 'cancelled', error: { code: 'grades_refused' } });
    for (const what of ['retry', 'cancel'] as const)
      await change(what, rejected!).expect(409, /is cancelled/);
  });

  it('is one of all that a course has, when all are retried or cancelled', async () => {
    const [course, other] = [await scene.addCourse(), await scene.addCourse()];
    const strangers = ['a', 'b', 'c'].map((userId) => ({ userId, scoreGiven: 1 }));
    await sent(course, ...strangers, STUDENT);
    await sent(other, ...strangers);
    const all = async (what: string) =>
      (await lti.api('post', `/api/v1/courses/${course.id}/scores/${what}`).expect(200)).body;
    course.lms.addMember({ userId: 'a' });
    expect(await all('retry')).toEqual({ scores: 3 });
    const settled = await scene.untilScores(course);
    expect(settled.map(({ status }) => status)).toEqual(['posted', 'rejected', 'rejected', 'posted']);
    expect(await all('cancel')).toEqual({ scores: 2 });
    expect(await all('cancel')).toEqual({ scores: 0 });
    expect((await scene.scores(other)).every(({ status }) => status === 'rejected')).toBe(true);
    for (const what of ['retry', 'cancel']) {
      await lti.api('post', `/api/v1/courses/${NOBODY}/scores/${what}`).expect(404, /course_not_found/);
    }
  });

  it('of a course that was deleted is not sent again', async () => {
    const course = await scene.addCourse();
    const [rejected] = await sent(course, STRANGER);
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    await change('retry', rejected!).expect(404, /course_not_found/);
    await change('cancel', rejected!).expect(200);
  });
});

describe('scores that are not rejected', () => {
  it.each(['posted', 'superseded'])('cannot be retried nor cancelled: %s', async (status) => {
    const course = await scene.addCourse();
    const scores = await sent(course, STUDENT, { ...STUDENT, scoreGiven: 3 });
    const score = scores.find((one) => one.status === status);
    for (const what of ['retry', 'cancel'] as const) {
      const { body } = await change(what, score!).expect(409);
      expect(body).toMatchObject({ code: 'score_settled', detail: expect.stringContaining(`is ${status}`) });
    }
    for (const what of ['retry', 'cancel'] as const)
      await change(what, { id: NOBODY }).expect(404, /score_not_found/);
  });

  it('and wait for their next try are returned as they are by a retry, and are sent once', async () => {
    const course = await scene.addCourse();
    const { scoreRequests } = scene.lms.counts;
    scene.lms.faults.add({ kind: 'server-error', on: 'scores' });
    await scene.enqueue(course, STUDENT);
    const [score] = await scene.untilScores(course, ([one]) => one?.attempts === 1 && one.error !== null);
    expect(score?.dueAt).not.toBeNull();
    for (const _ of [1, 2]) expect((await change('retry', score!).expect(202)).body).toEqual(score);
    lti.clock.advance(3_600_000);
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted', attempts: 2 }]);
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 2);
  });

  it('can be cancelled when they were sent before and no request is in flight, and are not sent again', async () => {
    const course = await scene.addCourse();
    const { scoreRequests } = scene.lms.counts;
    scene.lms.faults.add({ kind: 'server-error', on: 'scores' });
    await scene.enqueue(course, STUDENT);
    const [score] = await scene.untilScores(course, ([one]) => one?.attempts === 1 && one.error !== null);
    expect(score).toMatchObject({ status: 'pending', error: { code: 'grades_unavailable' } });
    expect((await change('cancel', score!).expect(200)).body).toMatchObject({
      status: 'cancelled',
      attempts: 1,
    });
    await change('cancel', score!).expect(409, /is cancelled/);
    // A later score that was sent shows that the queue has passed this one.
    lti.clock.advance(3_600_000);
    await sent(course, { userId: '3', scoreGiven: 3 });
    expect((await scene.scores(course)).map(({ status }) => status)).toEqual(['cancelled', 'posted']);
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 2);
    expect(course.item.entry('2')).toBeUndefined();
  });

  it('cannot be cancelled while they are on their way', async () => {
    const course = await scene.addCourse();
    scene.lms.faults.add({ kind: 'latency', ms: 1000, on: 'scores' });
    await scene.enqueue(course, STUDENT);
    await lti.clock.untilSleeping();
    const [score] = await scene.scores(course);
    const { body } = await change('cancel', score!).expect(409);
    expect(body).toMatchObject({ code: 'score_settled', detail: expect.stringContaining('in flight') });
    lti.clock.advance(1000);
    expect(await scene.untilScores(course)).toMatchObject([{ status: 'posted' }]);
  });
});

describe('a registration whose deliveries are paused', () => {
  it('keeps its scores, of which some can be cancelled, until it is resumed', async () => {
    const course = await scene.addCourse();
    const before = (await scene.state()).scores;
    expect(await state()).toEqual({ status: 'running', suspensions: [], scores: before });
    const paused = await state('pause');
    expect(paused).toEqual({ status: 'paused', suspensions: 1, scores: before });
    expect(await state('pause')).toEqual(paused);
    expect((await scene.state()).suspensions).toMatchObject([
      { subject: 'registration', cause: 'operator', error: { code: 'paused' }, retryAt: null },
    ]);

    const { scoreRequests } = scene.lms.counts;
    await scene.enqueue(course, STUDENT, { userId: '3', scoreGiven: 3 });
    const [cancelled, kept] = await scene.scores(course);
    expect(cancelled).toMatchObject({ status: 'pending', attempts: 0, dueAt: expect.any(String) });
    expect((await change('retry', kept!).expect(202)).body).toEqual(kept);
    await change('cancel', cancelled!).expect(200);
    expect(await state()).toMatchObject({ status: 'paused', scores: { pending: before.pending + 1 } });
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests);

    expect(await state('resume')).toMatchObject({ status: 'running', suspensions: 0 });
    const settled = await scene.untilScores(course);
    expect(settled.map(({ status }) => status)).toEqual(['cancelled', 'posted']);
    expect(course.item.entry('2')).toBeUndefined();
  });

  it.each([
    ['get', `registrations/${NOBODY}/delivery`, 'registration_not_found'],
    ['get', `registrations/${NOBODY}/suspensions`, 'registration_not_found'],
    ['post', `registrations/${NOBODY}/delivery/pause`, 'registration_not_found'],
    ['post', `registrations/${NOBODY}/delivery/resume`, 'registration_not_found'],
    ['post', `courses/${NOBODY}/delivery/resume`, 'course_not_found'],
  ] as const)('has to be there: %s %s', async (method, path, code) => {
    const { body } = await lti.api(method, `/api/v1/${path}`).expect(404);
    expect(body).toMatchObject({ code });
  });
});
