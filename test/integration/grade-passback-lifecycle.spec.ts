import { getDataSourceToken } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { GradePassbackService } from '../../src/grade-passback/grade-passback.service.js';
import { DeliveryService } from '../../src/grade-passback/delivery.service.js';
import { LtiTestApp } from '../support/lti-app.js';
import { scoresFor, tally, untilSuspended, untilIdle } from '../support/passback-suspensions.js';
import { type GradedCourse, PassbackScene } from '../support/passback-scene.js';
import { sql } from '../support/sql.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const STUDENTS = 60;
const IN_FLIGHT = 8;
const encryptionKeys = `test:${randomBytes(32).toString('base64')}`;

let database: TestDatabase;
let lti: LtiTestApp;
let scene: PassbackScene;
let course: GradedCourse;

const startApp = (clock?: LtiTestApp['clock']) =>
  LtiTestApp.start({ database: { url: database.url }, encryptionKeys }, clock);

async function startScene(): Promise<void> {
  scene = await PassbackScene.start(lti, { family: 'moodle' });
  course = await scene.addCourse(STUDENTS + 2);
}

beforeAll(async () => {
  database = await createMigratedDatabase();
  lti = await startApp();
});
beforeEach(startScene);
afterEach(() => scene.stop());
afterAll(async () => {
  await lti.stop();
  await database.drop();
});

async function statuses(): Promise<Record<string, string>> {
  const rows = await sql<{ status: string; count: string }>(
    database.url,
    `SELECT status, count(*) FROM nest_lti.outbox_score WHERE course_id = '${course.id}' GROUP BY status`,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

it('a shutdown in mid-batch waits for the scores in flight, sends no more, and the next process has the rest', async () => {
  scene.lms.faults.add({ kind: 'latency', ms: 1000, on: 'scores', times: IN_FLIGHT });
  await scene.enqueue(course, ...scoresFor(STUDENTS));
  await lti.clock.untilSleeping(IN_FLIGHT);
  const isTold = jest.spyOn(lti.app.get(DeliveryService, { strict: false }), 'onModuleDestroy');
  const stopped = lti.stop();
  await until('the stop', () => Promise.resolve(isTold.mock.calls.length > 0 || undefined));
  lti.clock.advance(1000);
  await stopped;
  expect(scene.lms.counts).toMatchObject({ scoreRequests: IN_FLIGHT, scoresAccepted: IN_FLIGHT });
  expect(await statuses()).toEqual({ posted: String(IN_FLIGHT), pending: String(STUDENTS - IN_FLIGHT) });

  // Another process on the same database takes the job over.
  lti = await startApp(lti.clock);
  scene.synced.moveTo(lti);
  await untilAll('posted', STUDENTS);
  // Each score was sent once.
  expect(scene.lms.counts).toMatchObject({ scoreRequests: STUDENTS, scoresAccepted: STUDENTS });
  expect(scene.lms.scoreTraffic.mostInFlightForOne).toBe(1);
});

it('a job that was lost is made up for by the next tick', async () => {
  const passback = `/api/v1/registrations/${scene.registrationId}/delivery`;
  await lti.api('post', `${passback}/pause`).expect(200);
  await scene.enqueue(course, ...scoresFor(5));
  await untilNoJob();
  // As if the process that resumed it had died before it queued the job.
  await sql(
    database.url,
    `DELETE FROM nest_lti.passback_suspension WHERE registration_id = '${scene.registrationId}'`,
  );
  await untilNoJob();
  await scene.tick();
  expect(tally(await scene.untilScores(course))).toEqual({ posted: 5 });
});

it('a job that is gone while the engine takes it for there is made up for as well', async () => {
  scene.lms.faults.add({ kind: 'throttle', retryAfter: 600, on: 'scores' });
  await scene.enqueue(course, ...scoresFor(1));
  await untilSuspended(scene);
  await sql(database.url, `DELETE ${jobs()}`);
  await scene.pass(600_000);
  expect(tally(await scene.untilScores(course))).toEqual({ posted: 1 });
});

/** BullMQ's rows for this registration. */
function jobs(): string {
  return `FROM nest_lti_jobs.job WHERE data->>'registrationId' = '${scene.registrationId}'`;
}

async function untilNoJob(): Promise<void> {
  await until('no job', async () =>
    (await sql(database.url, `SELECT ${jobs()}`)).length === 0 ? true : undefined,
  );
}

async function untilAll(status: string, count: number): Promise<void> {
  await until(`${count} ${status}`, async () =>
    (await statuses())[status] === String(count) ? true : undefined,
  );
}

describe('scores whose course or registration is deleted', () => {
  const registrationPath = () => `/api/v1/registrations/${scene.registrationId}`;
  const coursePath = () => `/api/v1/courses/${course.id}`;

  it.each([
    ['course', coursePath],
    ['registration', registrationPath],
  ])('are cancelled with the %s, and those in flight go out and are forgotten', async (_, path) => {
    scene.lms.faults.add({ kind: 'latency', ms: 1000, on: 'scores', times: IN_FLIGHT });
    await scene.enqueue(course, ...scoresFor(STUDENTS));
    await lti.clock.untilSleeping(IN_FLIGHT);
    await lti.api('delete', path()).expect(204);
    expect(await statuses()).toEqual({ cancelled: String(STUDENTS) });
    lti.clock.advance(1000);
    await untilIdle(scene);
    await scene.tick();
    expect(await statuses()).toEqual({ cancelled: String(STUDENTS) });
    // The scores that were claimed together with those in flight.
    expect(scene.lms.counts.scoreRequests).toBeLessThanOrEqual(50);
  });

  it('are cancelled, too, when they come in from a transaction that outlived the registration', async () => {
    const passback = lti.app.get(GradePassbackService, { strict: false });
    const dataSource = lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false });
    await dataSource.transaction(async (manager) => {
      const score = { lineItemId: course.item.url, userId: '2', scoreGiven: 1, scoreMaximum: 20 };
      await passback.enqueue(course.id, score, { manager });
      await lti.api('delete', registrationPath()).expect(204);
    });
    await untilAll('cancelled', 1);
    await untilNoJob();
    expect(scene.lms.counts.scoreRequests).toBe(0);
  });

  it('leave no suspension behind', async () => {
    course.lms.toolWithdrawn = true;
    await scene.enqueue(course, ...scoresFor(5));
    await untilSuspended(scene);
    await lti.api('delete', coursePath()).expect(204);
    expect(await scene.state()).toMatchObject({ status: 'running', suspensions: [], scores: { pending: 0 } });
  });
});
