import { LtiTestApp } from '../support/lti-app.js';
import { PassbackScene } from '../support/passback-scene.js';

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => {
  lti = await LtiTestApp.start();
  scene = await PassbackScene.start(lti, { family: 'moodle' });
});
afterAll(async () => {
  await scene.stop();
  await lti.stop();
});

it('posts what is in the outbox', async () => {
  const course = await scene.addCourse();
  const { accepted, scores } = await scene.enqueue(
    course,
    { userId: '2', scoreGiven: 12.5, comment: 'Good.' },
    { userId: '3', scoreGiven: 7 },
  );
  expect(accepted).toBe(2);
  const settled = await scene.untilScores(course);
  expect(settled.map(({ id, status, attempts }) => ({ id, status, attempts }))).toEqual(
    scores.map((verdict) => ({ id: 'id' in verdict ? verdict.id : '', status: 'posted', attempts: 1 })),
  );
  expect(course.item.entry('2')).toMatchObject({ scoreGiven: 12.5, comment: 'Good.' });
  expect(course.item.entry('3')).toMatchObject({ scoreGiven: 7 });
});

it('refuses a score for Moodle at intake whose user id is not a number, and takes the others', async () => {
  const course = await scene.addCourse();
  const { scoreRequests } = scene.lms.counts;
  const { accepted, scores } = await scene.enqueue(
    course,
    { userId: 'user-00002', scoreGiven: 1 },
    { userId: '3', scoreGiven: 7 },
  );
  expect([accepted, scores[0]]).toEqual([
    1,
    {
      index: 0,
      status: 'refused',
      errors: [{ field: 'userId', message: expect.stringContaining('must be a number') }],
    },
  ]);
  await scene.untilScores(course);
  expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);
});
