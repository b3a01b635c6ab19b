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
    { userId: 'user-00002', scoreGiven: 12.5, comment: 'Good.' },
    { userId: 'user-00003', scoreGiven: 7 },
  );
  expect(accepted).toBe(2);
  const settled = await scene.untilScores(course);
  expect(settled.map(({ id, status, attempts }) => ({ id, status, attempts }))).toEqual(
    scores.map((verdict) => ({ id: 'id' in verdict ? verdict.id : '', status: 'posted', attempts: 1 })),
  );
  expect(course.item.entry('user-00002')).toMatchObject({ scoreGiven: 12.5, comment: 'Good.' });
  expect(course.item.entry('user-00003')).toMatchObject({ scoreGiven: 7 });
});
