import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { randomBytes, randomUUID } from 'node:crypto';
import { CourseLaunchService } from '../../src/courses/course-launch.service.js';
import { type CourseView } from '../../src/courses/course.schema.js';
import { CourseSyncScheduler } from '../../src/course-syncs/course-sync.scheduler.js';
import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { type SyncRunView } from '../../src/courses/sync-run.schema.js';
import { LtiTestApp, type LtiTestOptions } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { queueOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const KEY = randomBytes(32).toString('base64');
const EVERY_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

const tick = ({ app }: LtiTestApp) => app.get(CourseSyncScheduler, { strict: false }).tick();

async function runsOf(lti: LtiTestApp, { id }: { id: string }): Promise<SyncRunView[]> {
  const { body } = await lti.api('get', `/api/v1/sync-runs?courseId=${id}&order=asc`).expect(200);
  return body.items as SyncRunView[];
}

async function nextSyncIn(lti: LtiTestApp, { id }: SyncedCourse): Promise<number> {
  const { body } = await lti.api('get', `/api/v1/courses/${id}`).expect(200);
  return Date.parse(body.nextSyncAt as string) - lti.clock.now().getTime();
}

async function courseOf(lti: LtiTestApp, { id }: { id: string }): Promise<CourseView> {
  return (await lti.api('get', `/api/v1/courses/${id}`).expect(200)).body as CourseView;
}

/** Ticks, and waits for the run of the course that this has requested, if any. */
async function tickAndSync(
  lti: LtiTestApp,
  synced: SyncedPlatform,
  course: { id: string },
): Promise<boolean> {
  const before = (await courseOf(lti, course)).lastSync?.id;
  await tick(lti);
  const { lastSync } = await courseOf(lti, course);
  if (lastSync === null || lastSync.id === before) return false;
  await synced.untilEnded(lastSync.id);
  return true;
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

/**
 * The ids of the runs that start first, in their order. None goes on before all of them have started: a run that ends takes
 * the next job beside the worker's own loop, and of two that are taken at once either can start first.
 */
async function holdStarts(lti: LtiTestApp, count: number, request: () => Promise<void>): Promise<string[]> {
  const runs = lti.app.get(SyncRunRepository, { strict: false });
  const start = runs.start.bind(runs);
  const ids: string[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const spy = jest.spyOn(runs, 'start').mockImplementation(async (id) => {
    ids.push(id);
    await released;
    return start(id);
  });
  await request();
  await until('the starts', () => Promise.resolve(ids.length >= count || undefined));
  spy.mockRestore();
  release();
  return ids;
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
      'nest-lti.events',
      'nest-lti.grade-passback',
      'nest-lti.launches',
      'nest-lti.notices',
      'nest-lti.statistics',
      'nest-lti.tool-keys',
      'nest-lti.user-grants',
    ]);
  });

  it('do not disturb syncs that are requested at the same moment', async () => {
    const loggedErrors = jest.spyOn(Logger.prototype, 'error');
    const courses: SyncedCourse[] = [];
    for (let count = 1; count <= 60; count += 1) courses.push(await synced.addCourse(0));
    for (let round = 1; round <= 4; round += 1) {
      lti.clock.advance(2 * EVERY_MS);
      const [answers] = await Promise.all([
        Promise.all([1, 2, 3].map(() => lti.api('post', '/api/v1/syncs'))),
        tick(lti),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      // A tick leaves a course whose row a run has locked to the next one.
      await until('a planned sync of each course', async () => {
        const waits = await Promise.all(courses.map((course) => nextSyncIn(lti, course)));
        if (Math.min(...waits) > 0) return true;
        return tick(lti);
      });
    }
    expect(loggedErrors).not.toHaveBeenCalled();
    loggedErrors.mockRestore();
  });
});

describe('course syncs by use', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start({ courseSync: { every: '15m' } })));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  const launch = async (contextId: string): Promise<{ id: string }> => {
    const launches = lti.app.get(CourseLaunchService, { strict: false });
    return {
      id: await launches.record({ registrationId: synced.registrationId, deploymentId: '1', contextId }),
    };
  };
  const fault = ({ lms }: SyncedCourse, status: number, body: string): void => {
    synced.platform.faults.add({
      ...{ kind: 'status', on: 'memberships', status, body, times: 'always', course: lms.contextId },
      contentType: body.startsWith('{') ? 'application/json' : 'text/html',
    });
  };
  const NOT_FOUND = '{"errors":[{"message":"The specified resource does not exist."}]}';
  const archive = async (): Promise<SyncedCourse> => {
    const course = await synced.addCourse(1);
    await tickAndSync(lti, synced, course);
    lti.clock.advance(180 * DAY_MS);
    expect(await tickAndSync(lti, synced, course)).toBe(false);
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncAt: null,
      nextSyncReason: 'archived_unused',
    });
    return course;
  };

  it('follow a course through a year: launched each day of four weeks, left, archived, and launched again', async () => {
    // Without jitter, so that the numbers are exact.
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const course = await launch('a-year');
    const syncs = Array.from({ length: 52 }, () => 0);
    let { nextSyncAt } = await courseOf(lti, course);
    for (let day = 0; day < 7 * 52; day += 1) {
      if (day < 28) await launch('a-year');
      if (nextSyncAt !== null && Date.parse(nextSyncAt) <= lti.clock.nowMs()) {
        if (await tickAndSync(lti, synced, course)) syncs[Math.floor(day / 7)]! += 1;
        ({ nextSyncAt } = await courseOf(lti, course));
      }
      lti.clock.advance(DAY_MS);
    }
    random.mockRestore();
    // The scheduler ticks once a day here. The course was last used on day 27.
    expect(syncs.slice(0, 8)).toEqual(Array(8).fill(7));
    expect(syncs[8]).toBe(3);
    expect(syncs.slice(9, 30)).toEqual(Array(21).fill(1));
    expect(syncs.slice(30)).toEqual(Array(22).fill(0));
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncAt: null,
      nextSyncReason: 'archived_unused',
    });

    await launch('a-year');
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncAt: lti.clock.now().toISOString(),
      nextSyncReason: 'launched',
      usedAt: lti.clock.now().toISOString(),
    });
    expect(await tickAndSync(lti, synced, course)).toBe(true);
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncReason: 'in_use' });
  });

  it('go on at once in a course that is launched after weeks, and not sooner than planned in one that is in use', async () => {
    const course = await launch('weeks');
    await tickAndSync(lti, synced, course);
    const inUse = await courseOf(lti, course);
    lti.clock.advance(11 * 60_000);
    await launch('weeks');
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncAt: inUse.nextSyncAt,
      nextSyncReason: 'in_use',
    });

    lti.clock.advance(40 * DAY_MS);
    await tickAndSync(lti, synced, course);
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncReason: 'rarely_used' });
    await launch('weeks');
    const now = lti.clock.now().toISOString();
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: now, nextSyncReason: 'launched' });
  });

  it('begin again in an archived course that a person syncs, and not when all courses are synced', async () => {
    const course = await archive();
    await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(202);
    await synced.untilEnded((await courseOf(lti, course)).lastSync!.id);
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: null });
    await synced.sync(course);
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncReason: 'in_use',
      usedAt: lti.clock.now().toISOString(),
    });
    const wait = await nextSyncIn(lti, course);
    expect(wait).toBeGreaterThanOrEqual(0.9 * EVERY_MS);
    expect(wait).toBeLessThanOrEqual(1.1 * EVERY_MS);
  });

  it('begin again in an archived course whose end points were corrected', async () => {
    const course = await archive();
    await lti
      .api('patch', `/api/v1/courses/${course.id}`, { lineItemsUrl: course.lms.lineItemsUrl })
      .expect(200);
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncReason: 'endpoints_changed' });
    expect(await tickAndSync(lti, synced, course)).toBe(true);
  });

  it.each([404, 410])('end when the platform answers %i on three different days', async (status) => {
    const course = await synced.addCourse(1);
    fault(course, status, NOT_FOUND);
    for (let day = 1; day <= 3; day += 1) {
      expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: expect.any(String) });
      lti.clock.advance(DAY_MS);
      // The second one of a day does not count.
      expect(await tickAndSync(lti, synced, course)).toBe(true);
      lti.clock.advance(20 * 60_000);
      await tickAndSync(lti, synced, course);
    }
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: null, nextSyncReason: 'archived_gone' });
    await launch(course.lms.contextId);
    expect(await tickAndSync(lti, synced, course)).toBe(true);
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncReason: 'in_use' });
  });

  it('go on while the 404 is a page of a proxy, or when the platform has the course again in between', async () => {
    const proxied = await synced.addCourse(1);
    fault(proxied, 404, '<html><title>404 Not Found</title></html>');
    const found = await synced.addCourse(1);
    for (let day = 1; day <= 5; day += 1) {
      lti.clock.advance(DAY_MS);
      if (day !== 3) {
        synced.platform.faults.add({
          ...{ kind: 'status', on: 'memberships', status: 404, body: NOT_FOUND, course: found.lms.contextId },
          ...{ contentType: 'application/json', times: 1 },
        });
      }
      expect(await tickAndSync(lti, synced, found)).toBe(true);
      await synced.untilEnded((await courseOf(lti, proxied)).lastSync!.id);
    }
    expect(await runsOf(lti, proxied)).toHaveLength(5);
    for (const course of [proxied, found]) {
      expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: expect.any(String) });
    }
  });

  it('end in a course without a roster whose line items are gone', async () => {
    const course = await synced.addGradedCourse(1);
    await lti.api('patch', `/api/v1/courses/${course.id}`, { membershipsUrl: null }).expect(200);
    course.lms.concluded = true;
    for (let day = 1; day <= 3; day += 1) {
      await tickAndSync(lti, synced, course);
      lti.clock.advance(DAY_MS);
    }
    expect(await courseOf(lti, course)).toMatchObject({ nextSyncAt: null, nextSyncReason: 'archived_gone' });
  });

  it('end in a course that is concluded, until that is taken back', async () => {
    const course = await synced.addCourse(1);
    const conclude = async (concludedAt: string | null) => {
      const { body } = await lti.api('patch', `/api/v1/courses/${course.id}`, { concludedAt }).expect(200);
      return body as CourseView;
    };
    const end = new Date(lti.clock.nowMs() + DAY_MS).toISOString();
    expect(await conclude(end)).toMatchObject({ concludedAt: end, nextSyncReason: 'new_course' });
    expect(await tickAndSync(lti, synced, course)).toBe(true);
    lti.clock.advance(DAY_MS);
    expect(await tickAndSync(lti, synced, course)).toBe(false);
    expect(await courseOf(lti, course)).toMatchObject({
      nextSyncAt: null,
      nextSyncReason: 'archived_concluded',
    });
    expect(await conclude(null)).toMatchObject({ nextSyncAt: lti.clock.now().toISOString() });
    expect(await tickAndSync(lti, synced, course)).toBe(true);
    expect(await conclude(lti.clock.now().toISOString())).toMatchObject({
      nextSyncAt: null,
      nextSyncReason: 'archived_concluded',
    });
    const { body } = await lti
      .api('patch', `/api/v1/courses/${course.id}`, { concludedAt: 'July' })
      .expect(400);
    expect(body).toMatchObject({ errors: [{ field: 'concludedAt' }] });
  });

  it('do not start in the quiet hours of their registration, but when a person asks', async () => {
    const registration = `/api/v1/registrations/${synced.registrationId}`;
    const hour = (at: number): string => `${String(at % 24).padStart(2, '0')}:00`;
    const now = lti.clock.now().getUTCHours();
    const quietHours = { from: hour(now), to: hour(now + 2), timeZone: 'UTC' };
    const { body } = await lti.api('patch', registration, { quietHours }).expect(200);
    expect(body).toMatchObject({ quietHours });
    const { body: wrong } = await lti
      .api('patch', registration, { quietHours: { ...quietHours, timeZone: 'Berlin' } })
      .expect(400);
    expect(wrong).toMatchObject({ errors: [{ field: 'quietHours.timeZone' }] });

    const course = await synced.addCourse(1);
    expect(await tickAndSync(lti, synced, course)).toBe(false);
    const { nextSyncAt, nextSyncReason } = await courseOf(lti, course);
    expect(nextSyncReason).toBe('quiet_hours');
    const end = Math.floor(lti.clock.nowMs() / 3_600_000) * 3_600_000 + 2 * 3_600_000;
    expect(Date.parse(nextSyncAt!)).toBeGreaterThanOrEqual(end);
    expect(Date.parse(nextSyncAt!)).toBeLessThanOrEqual(end + 3_600_000);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed' });

    lti.clock.advance(3 * 3_600_000);
    expect(await tickAndSync(lti, synced, course)).toBe(true);
    expect(
      (await lti.api('patch', registration, { quietHours: null }).expect(200)).body.quietHours,
    ).toBeNull();
  });
});

describe('scheduled course syncs in a database of their own', () => {
  let database: TestDatabase;
  let one: LtiTestApp;
  const options = (): LtiTestOptions => ({
    database: { url: database.url },
    encryptionKeys: `test:${KEY}`,
    courseSync: { every: '15m', slowDown: false },
  });
  beforeAll(async () => {
    database = await createMigratedDatabase();
    one = await LtiTestApp.start(options());
  });
  afterAll(async () => {
    await one.stop();
    await database.drop();
  });

  it('start after requested ones, and in both classes small courses start before large ones', async () => {
    const scheduled = await SyncedPlatform.start(one, { family: 'canvas' });
    const requested = await SyncedPlatform.start(one);
    // By the priorities alone: in the order of the requests, the last would be the first.
    const courses = {
      'scheduled, large': await scheduled.addCourse(201),
      'scheduled, small': await scheduled.addCourse(200),
      'requested, large': await requested.addCourse(201),
      'requested, small': await requested.addCourse(200),
    };
    const lastRuns = async (): Promise<string[]> => {
      const views = await Promise.all(Object.values(courses).map((course) => courseOf(one, course)));
      return views.map(({ lastSync }) => lastSync?.id ?? '');
    };
    await tick(one);
    for (const id of await lastRuns()) await scheduled.untilEnded(id);
    for (const course of [courses['scheduled, large'], courses['scheduled, small']])
      one.clock.advance(Math.max(0, await nextSyncIn(one, course)));
    await dataSourceOf(one).query(
      `UPDATE nest_lti.course SET next_sync_at = NULL WHERE registration_id = $1`,
      [requested.registrationId],
    );

    const starts = await holdStarts(one, 4, async () => {
      await queueOf(one).pause();
      await tick(one);
      await one.api('post', `/api/v1/registrations/${requested.registrationId}/sync`).expect(202);
      await queueOf(one).resume();
    });
    const runs = await lastRuns();
    expect(starts.map((id) => Object.keys(courses)[runs.indexOf(id)])).toEqual(
      Object.keys(courses).toReversed(),
    );
    for (const id of runs) await scheduled.untilEnded(id);
    for (const { registrationId } of [scheduled, requested])
      await one.api('delete', `/api/v1/registrations/${registrationId}`).expect(204);
    await scheduled.stop();
    await requested.stop();
  });

  it('create one run of a course that is due in two processes', async () => {
    const other = await LtiTestApp.start(options(), one.clock);
    const synced = await SyncedPlatform.start(one, { family: 'canvas' });
    const courses = [];
    for (let count = 1; count <= 6; count += 1) courses.push(await synced.addCourse(1));

    await Promise.all([tick(one), tick(other), tick(one), tick(other)]);
    for (const course of courses) {
      const [run, ...more] = await runsOf(one, course);
      expect(more).toEqual([]);
      expect(await synced.untilEnded(run!.id)).toMatchObject({ status: 'completed', attempts: 1 });
    }

    // Without the slow-down they keep the interval, however long ago they were used.
    one.clock.advance(400 * DAY_MS);
    await Promise.all([tick(one), tick(other)]);
    for (const course of courses) {
      const { nextSyncReason, lastSync } = await courseOf(one, course);
      expect(nextSyncReason).toBe('fixed_interval');
      expect(await nextSyncIn(one, course)).toBeLessThanOrEqual(1.1 * EVERY_MS);
      await synced.untilEnded(lastSync!.id);
    }
    await synced.stop();
    await other.stop();
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
