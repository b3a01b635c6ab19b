import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { type FamilyName, type FaultInput } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import {
  passSuspensions,
  scoresFor,
  tally,
  untilSuspended,
  untilOneWaits,
} from '../support/passback-suspensions.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { until } from '../support/until.js';

/** More scores than one batch has. */
const STUDENTS = 60;
const IN_FLIGHT = 8;
const AFTER = 20;

let lti: LtiTestApp;
const scenes: PassbackScene[] = [];
beforeAll(async () => (lti = await LtiTestApp.start()));
afterEach(() => Promise.all(scenes.splice(0).map((scene) => scene.stop())));
afterAll(() => lti.stop());

async function start(family: FamilyName): Promise<{ scene: PassbackScene; course: GradedCourse }> {
  const scene = await PassbackScene.start(lti, { family });
  scenes.push(scene);
  return { scene, course: await scene.addCourse(STUDENTS + 2) };
}

/** Checks that every student has the one grade, and that no two scores of a student were in flight at once. */
function expectAllThere({ lms }: PassbackScene, { item }: GradedCourse): void {
  const wanted = scoresFor(STUDENTS).map((score) => ({ ...score, accepted: 1 }));
  expect(wanted.map(({ userId }) => item.entry(userId))).toMatchObject(wanted);
  expect(lms.scoreTraffic).toMatchObject({ mostInFlightForOne: 1, overlapping: [] });
}

describe('posted scores', () => {
  it('wake an archived course, by one statement for all of them', async () => {
    const { scene, course } = await start('generic');
    await dataSourceOf(lti).query('UPDATE nest_lti.course SET next_sync_at = NULL WHERE id = $1', [
      course.id,
    ]);
    const query = jest.spyOn(PostgresQueryRunner.prototype, 'query');
    await scene.enqueue(course, ...scoresFor(STUDENTS));
    await scene.untilScores(course, (all) => tally(all).posted === STUDENTS);
    await scene.enqueue(course, ...scoresFor(STUDENTS));
    await scene.untilScores(course, (all) => tally(all).posted === 2 * STUDENTS);
    const uses = query.mock.calls.filter(([sql]) => /UPDATE nest_lti.course SET used_at/.test(sql));
    query.mockRestore();
    expect(uses).toHaveLength(1);
    const { body } = await lti.api('get', `/api/v1/courses/${course.id}`).expect(200);
    const now = lti.clock.now().toISOString();
    expect(body).toMatchObject({ usedAt: now, nextSyncAt: now, nextSyncReason: 'score_posted' });
  });

  it('keep a course in use that nobody launches', async () => {
    const { scene, course } = await start('generic');
    lti.clock.advance(11 * 60_000);
    await scene.enqueue(course, ...scoresFor(1));
    await scene.untilScores(course, (all) => tally(all).posted === 1);
    const { body } = await lti.api('get', `/api/v1/courses/${course.id}`).expect(200);
    expect(body).toMatchObject({ usedAt: lti.clock.now().toISOString(), nextSyncReason: 'new_course' });
  });
});

describe('a fault in mid-batch stops the batch, and nothing is lost', () => {
  it.each<[FamilyName, FaultInput, object, number]>([
    ['generic', { kind: 'throttle', retryAfter: 120 }, { cause: 'throttled' }, 120_000],
    ['generic', { kind: 'throttle' }, { cause: 'throttled' }, 1000],
    ['canvas', { kind: 'throttle', as: '403-text' }, { cause: 'throttled' }, 1000],
    ['moodle', { kind: 'unavailable', retryAfter: 600 }, { cause: 'throttled' }, 600_000],
    ['moodle', { kind: 'unavailable' }, { cause: 'throttled' }, 1000],
    ['moodle', { kind: 'cut', when: 'before-processing' }, { cause: 'unreachable' }, 1000],
    ['openedx', { kind: 'cut', when: 'before-headers' }, { cause: 'unreachable' }, 1000],
  ])('%s: %j', async (family, fault, suspension, waitMs) => {
    const { scene, course } = await start(family);
    // The fault lasts, so a score that is sent too early is counted.
    scene.lms.faults.add({ ...fault, on: 'scores', after: AFTER, times: 'always' } as FaultInput);
    await scene.enqueue(course, ...scoresFor(STUDENTS));
    const [suspended] = await untilSuspended(scene);
    expect(suspended).toMatchObject({ subject: 'origin', origin: scene.lms.url, failures: 1, ...suspension });
    const suspendedForMs = Date.parse(suspended?.retryAt ?? '') - lti.clock.nowMs();
    expect(suspendedForMs).toBeLessThanOrEqual(waitMs);
    expect(suspendedForMs).toBeGreaterThan(waitMs === 1000 ? 0 : waitMs - 1);

    const waiting = await untilOneWaits(scene, course);
    const { scoreRequests } = scene.lms.counts;
    expect(scoreRequests).toBeGreaterThan(AFTER);
    expect(scoreRequests).toBeLessThanOrEqual(AFTER + IN_FLIGHT);
    expect(tally(waiting)).toEqual({ posted: AFTER, pending: STUDENTS - AFTER });
    expect((await scene.state()).status).toBe('suspended');

    // When the suspension has expired, only one score is sent.
    await passSuspensions(scene);
    await scene.untilState(
      ({ suspensions }) => suspensions[0]?.since !== undefined && isAhead(suspensions[0].retryAt),
    );
    expect(scene.lms.counts.scoreRequests).toBe(scoreRequests + 1);

    scene.lms.faults.clear();
    await passSuspensions(scene);
    expect(tally(await scene.untilScores(course))).toEqual({ posted: STUDENTS });
    expectAllThere(scene, course);
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
    // The scores that met the fault, and each of the others once.
    const refused = scoreRequests + 1 - AFTER;
    expect(scene.lms.counts).toMatchObject({
      scoreRequests: AFTER + refused + (STUDENTS - AFTER),
      tokenRequests: 1,
    });
  });
});

function isAhead(retryAt: string | null): boolean {
  return retryAt !== null && retryAt > lti.clock.now().toISOString();
}

it('a token that dies in mid-batch costs one more token request, and no score', async () => {
  const { scene, course } = await start('moodle');
  await scene.enqueue(course, ...scoresFor(STUDENTS).slice(-1));
  await scene.untilScores(course);
  // A 401 to a younger token would be about a permission.
  lti.clock.advance(120_000);
  scene.lms.faults.add({ kind: 'unauthorized', on: 'scores', after: AFTER, expireToken: true });
  await scene.enqueue(course, ...scoresFor(STUDENTS - 1));
  const scores = await scene.untilScores(course);
  expect(tally(scores)).toEqual({ posted: STUDENTS });
  expect(new Set(scores.map(({ attempts }) => attempts))).toEqual(new Set([1]));
  const { scoreRequests, scoresAccepted, tokenRequests } = scene.lms.counts;
  expect({ scoresAccepted, tokenRequests }).toEqual({ scoresAccepted: STUDENTS, tokenRequests: 2 });
  // The scores that were in flight with the dead token were sent twice.
  expect(scoreRequests).toBeGreaterThan(STUDENTS);
  expect(scoreRequests).toBeLessThanOrEqual(STUDENTS + IN_FLIGHT);
  expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [] });
});

it('a token that ends between batches is renewed before the next one', async () => {
  const { scene, course } = await start('generic');
  await scene.enqueue(course, ...scoresFor(30));
  await scene.untilScores(course);
  lti.clock.advance(3_600_000);
  await scene.enqueue(course, ...scoresFor(STUDENTS).slice(30));
  expect(tally(await scene.untilScores(course))).toEqual({ posted: STUDENTS });
  expectAllThere(scene, course);
  expect(scene.lms.counts).toMatchObject({ scoreRequests: STUDENTS, tokenRequests: 2, rejected: {} });
});

it('a slow platform does not slow another', async () => {
  const slow = await start('generic');
  const quick = await start('generic');
  slow.scene.lms.faults.add({ kind: 'latency', ms: 20_000, on: 'scores', times: 'always' });
  await slow.scene.enqueue(slow.course, ...scoresFor(STUDENTS));
  await lti.clock.untilSleeping(IN_FLIGHT);

  await quick.scene.enqueue(quick.course, ...scoresFor(STUDENTS));
  expect(tally(await quick.scene.untilScores(quick.course))).toEqual({ posted: STUDENTS });
  expectAllThere(quick.scene, quick.course);
  expect(slow.scene.lms.counts).toMatchObject({ scoreRequests: IN_FLIGHT, scoresAccepted: 0 });

  slow.scene.lms.faults.clear();
  lti.clock.advance(20_000);
  expect(tally(await slow.scene.untilScores(slow.course))).toEqual({ posted: STUDENTS });
  expectAllThere(slow.scene, slow.course);
  expect(slow.scene.lms.counts).toMatchObject({ scoreRequests: STUDENTS, tokenRequests: 1 });
});

it('a platform that refuses every score slows none but itself', async () => {
  const busy = await start('canvas');
  const other = await start('canvas');
  busy.scene.lms.faults.add({ kind: 'throttle', as: '403-text', on: 'any', times: 'always' });
  await busy.scene.enqueue(busy.course, ...scoresFor(STUDENTS));
  await untilSuspended(busy.scene);
  await other.scene.enqueue(other.course, ...scoresFor(STUDENTS));
  expect(tally(await other.scene.untilScores(other.course))).toEqual({ posted: STUDENTS });
  expect(busy.scene.lms.counts.scoreRequests).toBe(0);

  busy.scene.lms.faults.clear();
  const settled = await until('all of them there', async () => {
    await passSuspensions(busy.scene);
    const scores = await busy.scene.scores(busy.course);
    return scores.every(({ status }) => status === 'posted') ? scores : undefined;
  });
  expect(tally(settled)).toEqual({ posted: STUDENTS });
  expect(busy.scene.lms.counts.scoreRequests).toBe(STUDENTS);
});
