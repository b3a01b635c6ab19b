import { Logger } from '@nestjs/common';
import { Scope } from '../../src/common/scopes.js';
import { type FamilyName, type FaultInput } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import {
  passSuspensions,
  scoresFor,
  tally,
  untilSuspended,
  untilIdle,
} from '../support/passback-suspensions.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
const SCORES = 5;

let lti: LtiTestApp;
let scene: PassbackScene;
beforeAll(async () => (lti = await LtiTestApp.start()));
afterEach(() => scene.stop());
afterAll(() => lti.stop());

/** Advances the clock, and waits until the next attempt has failed. */
async function passAndFail(ms: number): Promise<void> {
  const failures = await totalFailures();
  await scene.pass(ms);
  await until('another failure', async () => ((await totalFailures()) > failures ? true : undefined));
  await untilIdle(scene);
}

async function totalFailures(): Promise<number> {
  return (await scene.state()).suspensions.reduce((sum, { failures }) => sum + failures, 0);
}

/** An edit of the name only. */
async function edit(): Promise<void> {
  const path = `/api/v1/registrations/${scene.registrationId}`;
  await lti.api('patch', path, { name: 'The same platform' }).expect(200);
}

async function check(): Promise<void> {
  await lti.api('post', `/api/v1/registrations/${scene.registrationId}/check`).expect(200);
}

async function expectPosted(course: GradedCourse): Promise<void> {
  expect(tally(await scene.untilScores(course))).toEqual({ posted: SCORES });
}

it('logs which scores are suspended, and why', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn');
  scene = await PassbackScene.start(lti, { family: 'generic' });
  const course = await scene.addCourse(SCORES + 2);
  scene.lms.faults.add({ kind: 'cut', when: 'before-processing', on: 'scores' });
  await scene.enqueue(course, ...scoresFor(1));
  await untilSuspended(scene);
  const { origin } = new URL(course.item.url);
  const logged = `Scores of registration ${scene.registrationId} for ${origin} are suspended: `;
  expect(warn.mock.calls.map(([line]) => String(line))).toContainEqual(expect.stringContaining(logged));
  warn.mockRestore();
});

describe('a platform that is down for four days', () => {
  it.each<[FamilyName, FaultInput]>([
    ['moodle', { kind: 'cut', when: 'before-processing', on: 'scores' }],
    ['moodle', { kind: 'cut', when: 'before-processing', on: 'any' }],
    ['canvas', { kind: 'unavailable', on: 'scores' }],
    ['generic', { kind: 'unavailable', on: 'any' }],
    ['canvas', { kind: 'throttle', on: 'scores' }],
    ['moodle', { kind: 'server-error', status: 502, on: 'token' }],
  ])('%s, by %j: gets one request each time, and all scores in the end', async (family, fault) => {
    scene = await PassbackScene.start(lti, { family });
    const course = await scene.addCourse(SCORES + 2);
    scene.lms.faults.add({ ...fault, times: 'always' });
    await scene.enqueue(course, ...scoresFor(SCORES));
    await untilSuspended(scene);
    expect(tally(await scene.scores(course))).toEqual({ pending: SCORES });
    for (let nth = 0; nth < 4; nth += 1) {
      const { scoreRequests, tokenRequests } = scene.lms.counts;
      await passAndFail(DAY_MS);
      const { counts } = scene.lms;
      const isAtToken = fault.on !== 'scores';
      expect(counts.scoreRequests - scoreRequests).toBe(isAtToken ? 0 : 1);
      // Each token has ended meanwhile.
      expect(counts.tokenRequests - tokenRequests).toBe(1);
    }
    expect(tally(await scene.scores(course))).toEqual({ pending: SCORES });
    const { scoreRequests } = scene.lms.counts;
    scene.lms.faults.clear();
    await passSuspensions(scene);
    await expectPosted(course);
    expect(scene.lms.counts).toMatchObject({
      scoreRequests: scoreRequests + SCORES,
      scoresAccepted: SCORES,
    });
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
  });
});

describe('a fault of the whole registration suspends all its scores, at few requests, until it is fixed', () => {
  const refuse = () => void scene.lms.faults.add({ kind: 'unauthorized', on: 'token', times: 'always' });
  const withdrawScope = () => {
    const { clientId } = scene.synced;
    scene.lms.addTool({ clientId, jwksUrl: lti.jwksUrl, scopes: [Scope.lineItem] });
  };
  const mend = () => {
    scene.lms.faults.clear();
    scene.lms.addTool({ clientId: scene.synced.clientId, jwksUrl: lti.jwksUrl });
  };

  it.each<[string, FamilyName, () => void, object]>([
    ['invalid_client', 'moodle', refuse, { cause: 'client', error: { code: 'token_request_refused' } }],
    ['a scope withdrawn', 'moodle', withdrawScope, { cause: 'scope', error: { code: 'scope_mismatch' } }],
    ['a scope withdrawn', 'canvas', withdrawScope, { cause: 'scope', error: { code: 'scope_mismatch' } }],
  ])('%s at %s', async (_, family, spoil, suspension) => {
    scene = await PassbackScene.start(lti, { family });
    const courses = [await scene.addCourse(), await scene.addCourse()];
    spoil();
    for (const course of courses) await scene.enqueue(course, { userId: '2', scoreGiven: 1 });
    expect(await untilSuspended(scene)).toMatchObject([
      { subject: 'registration', failures: 1, ...suspension },
    ]);
    for (let nth = 0; nth < 3; nth += 1) {
      const { tokenRequests } = scene.lms.counts;
      await passAndFail(2 * DAY_MS);
      // Canvas refuses the whole request for one scope, so a request for only the needed scope follows.
      const requests = scene.lms.counts.tokenRequests - tokenRequests;
      expect(requests).toBeLessThanOrEqual(family === 'canvas' ? 2 : 1);
    }
    expect(scene.lms.counts.scoreRequests).toBe(0);
    expect(await scene.state()).toMatchObject({ status: 'suspended', scores: { pending: 2, rejected: 0 } });
    mend();
    await edit();
    for (const course of courses) {
      expect(tally(await scene.untilScores(course))).toEqual({ posted: 1 });
    }
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 2, scoresAccepted: 2 });
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
  });

  it('a scope withdrawn while its token is good for the rest', async () => {
    scene = await PassbackScene.start(lti, { family: 'moodle' });
    const course = await scene.addCourse(SCORES + 2);
    await scene.enqueue(course, ...scoresFor(1));
    await scene.untilScores(course);
    lti.clock.advance(120_000);
    withdrawScope();
    scene.lms.expireTokens();
    await scene.enqueue(course, ...scoresFor(SCORES).slice(1));
    expect(await untilSuspended(scene)).toMatchObject([{ subject: 'registration', cause: 'scope' }]);
    expect(tally(await scene.scores(course))).toEqual({ posted: 1, pending: SCORES - 1 });
    expect(scene.lms.counts.tokenRequests).toBe(2);
    mend();
    await passSuspensions(scene);
    await expectPosted(course);
  });
});

describe('an operator', () => {
  const pause = () =>
    lti.api('post', `/api/v1/registrations/${scene.registrationId}/delivery/pause`).expect(200);
  const resume = () =>
    lti.api('post', `/api/v1/registrations/${scene.registrationId}/delivery/resume`).expect(200);

  it('has nothing sent until he resumes: no time and no edit lifts his pause', async () => {
    scene = await PassbackScene.start(lti);
    const course = await scene.addCourse(SCORES + 2);
    const other = await PassbackScene.start(lti);
    await pause();
    await scene.enqueue(course, ...scoresFor(SCORES));
    await edit();
    await scene.pass(30 * DAY_MS);
    // Its job comes after that of the first registration.
    const elsewhere = await other.addCourse();
    await other.enqueue(elsewhere, { userId: '2', scoreGiven: 1 });
    await other.untilScores(elsewhere);
    expect(await scene.state()).toMatchObject({
      status: 'paused',
      suspensions: [{ subject: 'registration', cause: 'operator', retryAt: null }],
      scores: { pending: SCORES },
    });
    expect(scene.lms.counts).toMatchObject({ scoreRequests: 0, tokenRequests: 0 });
    await resume();
    await expectPosted(course);
    await other.stop();
  });

  it('stops what is going out at the end of its batch', async () => {
    scene = await PassbackScene.start(lti);
    const course = await scene.addCourse(72);
    scene.lms.faults.add({ kind: 'latency', ms: 1000, on: 'scores', times: 8 });
    await scene.enqueue(course, ...scoresFor(70));
    await lti.clock.untilSleeping(8);
    await pause();
    lti.clock.advance(1000);
    await scene.untilScores(course, (scores) => tally(scores).posted === 50);
    await untilIdle(scene);
    expect(tally(await scene.scores(course))).toEqual({ posted: 50, pending: 20 });
    await resume();
    expect(tally(await scene.untilScores(course))).toEqual({ posted: 70 });
    expect(scene.lms.counts.scoreRequests).toBe(70);
  });

  it('lifts faults before their time by an edit', async () => {
    scene = await PassbackScene.start(lti);
    const course = await scene.addCourse(SCORES + 2);
    course.lms.toolWithdrawn = true;
    await scene.enqueue(course, ...scoresFor(SCORES));
    await untilSuspended(scene);
    course.lms.toolWithdrawn = false;
    await edit();
    await expectPosted(course);
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
  });

  it('has faults tried at once by a check that the platform passes, and not by one that it fails', async () => {
    scene = await PassbackScene.start(lti);
    const course = await scene.addCourse(SCORES + 2);
    course.lms.toolWithdrawn = true;
    await scene.enqueue(course, ...scoresFor(SCORES));
    await untilSuspended(scene);
    const before = (await scene.state()).suspensions;
    await check();
    expect((await scene.state()).suspensions).toEqual(before);
    course.lms.toolWithdrawn = false;
    await check();
    await expectPosted(course);
  });
});
