import { SchedulerRegistry } from '@nestjs/schedule';
import { randomBytes, randomUUID } from 'node:crypto';
import { CourseSyncScheduler } from '../../src/course-syncs/course-sync.scheduler.js';
import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { createTestDatabase } from '../support/test-database.js';

const EVERY_MS = 15 * 60_000;

const tick = ({ app }: LtiTestApp) => app.get(CourseSyncScheduler, { strict: false }).tick();

async function runsOf(lti: LtiTestApp, { id }: { id: string }): Promise<SyncRunView[]> {
  const { body } = await lti.api('get', `/api/v1/sync-runs?courseId=${id}&order=asc`).expect(200);
  return body.items as SyncRunView[];
}

async function nextSyncIn(lti: LtiTestApp, { id }: SyncedCourse): Promise<number> {
  const { body } = await lti.api('get', `/api/v1/courses/${id}`).expect(200);
  return Date.parse(body.nextSyncAt as string) - lti.clock.now().getTime();
}

/** As after a crash between the write of the row and that of its job. */
async function insertRun(lti: LtiTestApp, synced: SyncedPlatform, course: SyncedCourse): Promise<string> {
  const id = randomUUID();
  await dataSourceOf(lti).query(
    `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated,
       removed, unchanged, token_requests, created_at)
     VALUES ($1, $2, $3, 'request', 'queued', 0, 0, 0, 0, 0, 0, 0, $4)`,
    [id, course.id, synced.registrationId, lti.clock.now()],
  );
  return id;
}

describe('scheduled course syncs', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start({ courseSync: { every: '15m' } })));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it('sync a new course at the first tick, and again when it is due', async () => {
    const course = await synced.addCourse(3);
    await tick(lti);
    const [first, ...more] = await runsOf(lti, course);
    expect(more).toEqual([]);
    expect(await synced.untilEnded(first!.id)).toMatchObject({ trigger: 'schedule', status: 'completed' });
    expect(await synced.members(course)).toHaveLength(3);

    await tick(lti);
    lti.clock.advance((await nextSyncIn(lti, course)) - 1);
    await tick(lti);
    expect(await runsOf(lti, course)).toHaveLength(1);
    lti.clock.advance(1);
    await tick(lti);
    const [, second] = await runsOf(lti, course);
    await synced.untilEnded(second!.id);
  });

  it('start again after the interval, and not all at the same time', async () => {
    const courses = [];
    for (let count = 1; count <= 10; count += 1) courses.push(await synced.addCourse(0));
    await tick(lti);
    const waits = await Promise.all(courses.map((course) => nextSyncIn(lti, course)));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.9 * EVERY_MS);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1.1 * EVERY_MS);
    expect(new Set(waits).size).toBeGreaterThan(5);
  });

  it('skip a course that is being synced already', async () => {
    const course = await synced.addCourse(3);
    synced.platform.faults.add({
      kind: 'latency',
      ms: 1000,
      on: 'memberships',
      course: course.lms.contextId,
    });
    const asked = await synced.request(course);
    await lti.clock.untilSleeping();
    await tick(lti);
    expect(await runsOf(lti, course)).toHaveLength(1);
    expect(await nextSyncIn(lti, course)).toBeGreaterThan(0);
    lti.clock.advance(1000);
    await synced.untilEnded(asked.id);
  });

  it('skip courses that were deleted, or whose registration was', async () => {
    const deleted = await synced.addCourse(3);
    const orphan = await synced.addCourse(3);
    await lti.api('delete', `/api/v1/courses/${deleted.id}`).expect(204);
    await lti.api('delete', `/api/v1/registrations/${synced.registrationId}`).expect(204);
    await tick(lti);
    expect(await runsOf(lti, deleted)).toEqual([]);
    expect(await runsOf(lti, orphan)).toEqual([]);
  });

  it('repair a run whose job was lost', async () => {
    const course = await synced.addCourse(3);
    const id = await insertRun(lti, synced, course);
    await tick(lti);
    expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed', counts: { added: 3 } });
  });

  it('run by the scheduler of the host', () => {
    const intervals = lti.app.get(SchedulerRegistry).getIntervals();
    expect(intervals.toSorted()).toEqual([
      'nest-lti.course-syncs',
      'nest-lti.deletions',
      'nest-lti.grade-passback',
      'nest-lti.launches',
      'nest-lti.notices',
      'nest-lti.tool-keys',
      'nest-lti.user-grants',
    ]);
  });

  it('do not disturb syncs that are requested at the same moment', async () => {
    const courses = [];
    for (let count = 1; count <= 10; count += 1) courses.push(await synced.addCourse(0));
    for (let round = 1; round <= 4; round += 1) {
      lti.clock.advance(2 * EVERY_MS);
      const [answers] = await Promise.all([
        Promise.all([1, 2, 3].map(() => lti.api('post', '/api/v1/syncs'))),
        tick(lti),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      const waits = await Promise.all(courses.map((course) => nextSyncIn(lti, course)));
      expect(Math.min(...waits)).toBeGreaterThan(0);
    }
  });
});

describe('scheduled course syncs of two processes', () => {
  it('create one run of a course that is due', async () => {
    const database = await createTestDatabase();
    const options = {
      database: { url: database.url },
      encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
      courseSync: { every: '15m' },
    };
    const one = await LtiTestApp.start(options);
    const other = await LtiTestApp.start(options, one.clock);
    const synced = await SyncedPlatform.start(one, { family: 'canvas' });
    const courses = [];
    for (let count = 1; count <= 6; count += 1) courses.push(await synced.addCourse(1));

    await Promise.all([tick(one), tick(other), tick(one), tick(other)]);
    for (const course of courses) {
      const [run, ...more] = await runsOf(one, course);
      expect(more).toEqual([]);
      expect(await synced.untilEnded(run!.id)).toMatchObject({ status: 'completed', attempts: 1 });
    }
    await synced.stop();
    await other.stop();
    await one.stop();
    await database.drop();
  });
});

describe('course syncs that are never scheduled', () => {
  it('run when they are requested, and are repaired all the same', async () => {
    const lti = await LtiTestApp.start({ courseSync: { every: 'never' } });
    const synced = await SyncedPlatform.start(lti);
    const course = await synced.addCourse(3);
    await tick(lti);
    expect(await runsOf(lti, course)).toEqual([]);

    const id = await insertRun(lti, synced, course);
    await tick(lti);
    expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed' });
    await synced.stop();
    await lti.stop();
  });
});
