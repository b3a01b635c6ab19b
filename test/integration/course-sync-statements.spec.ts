import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { SyncRunHandedBack, SyncRunTakenOver } from '../../src/course-syncs/course-sync.errors.js';
import { startSqlOf } from '../../src/course-syncs/started-run.js';
import { SyncPageRepository } from '../../src/course-syncs/sync-page.repository.js';
import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { END_UNCHANGED, NOTE_UNCHANGED } from '../../src/course-syncs/unchanged-roster.js';
import { CourseGroupService } from '../../src/courses/course-group.service.js';
import { Course } from '../../src/courses/course.entity.js';
import { memberRow } from '../../src/courses/member-row.js';
import { SyncRun } from '../../src/courses/sync-run.entity.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { addLineItem, setScore, showOnly, student } from '../support/graded-items.js';
import { LtiTestApp } from '../support/lti-app.js';
import {
  dataSourceOf,
  gradebookVersions,
  groupVersions,
  membershipVersions,
} from '../support/membership-versions.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const COURSES = 6;

/** Sent at intervals, or by a worker without a job: they do not depend on the number of syncs. */
const BACKGROUND = [
  /^-- (Claim the next ready job|The worker "no job" signal|Whether the queue has|The timestamp of the next|Two-phase stalled)/,
  /nest_lti\.rate_limit/,
  /FROM nest_lti\.event_subscription s WHERE s\.status/,
];

/** The statements that this test knows. Any other one is counted by its own text. */
const KNOWN: Readonly<Record<string, RegExp>> = {
  'check the API key': /^SELECT "ApiKey"/,
  'request a run': /^WITH wanted AS/,
  'add jobs': /^-- Fast set-based bulk insert/,
  'start a run': /^\/\* prepared \*\/ WITH started AS/,
  'compare and end': /^\/\* prepared \*\/ WITH stored AS .*status = 'completed'/,
  'compare the roster': /^\/\* prepared \*\/ WITH stored AS .*roster_end = /,
  'replace the groups': /^WITH advanced AS .*INSERT INTO nest_lti\.course_group/,
  'compare line items': /^WITH advanced AS .*SET line_items = /,
  'compare results': /^WITH advanced AS .*SET results = /,
  'finish a run': /^WITH finished AS/,
  'compare a page': /^WITH changed AS .*pages = pages \+ 1/,
  'write a page': /^WITH running AS/,
  'complete a job and claim the next': /^-- Finish an active job successfully AND claim/,
};

/** Every statement of this process, on each of its connections. */
class StatementCounter {
  private texts: string[] = [];
  private readonly spy: jest.SpyInstance;

  constructor() {
    const query = Client.prototype.query as unknown as (...input: unknown[]) => unknown;
    const add = (input: unknown): void => {
      const text = typeof input === 'string' ? input : (input as { text: string }).text;
      this.texts.push(text.replace(/\s+/g, ' ').trim());
    };
    this.spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (
      this: Client,
      ...input: unknown[]
    ) {
      add(input[0]);
      return query.apply(this, input) as never;
    });
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const text of this.texts) {
      if (BACKGROUND.some((pattern) => pattern.test(text))) continue;
      const name = Object.entries(KNOWN).find(([, pattern]) => pattern.test(text))?.[0] ?? text;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  reset(): void {
    this.texts = [];
  }

  stop(): void {
    this.spy.mockRestore();
  }
}

describe('the statements of a sync in which nothing has changed', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let withGroups: SyncedPlatform;
  let statements: StatementCounter;
  const courses: SyncedCourse[] = [];
  beforeAll(async () => {
    // Before the first connection, which keeps the function that it finds.
    statements = new StatementCounter();
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti, { family: 'canvas' });
    withGroups = await SyncedPlatform.start(lti, { family: 'generic' });
    for (let nth = 0; nth < COURSES; nth += 1) {
      const course = await synced.addCourse(50);
      await synced.sync(course);
      courses.push(course);
    }
  });
  beforeEach(() => statements.reset());
  afterAll(async () => {
    statements.stop();
    await withGroups.stop();
    await synced.stop();
    await lti.stop();
  });

  const untilCompleted = (jobs: number): Promise<true> =>
    until('the last statement of the syncs', () =>
      Promise.resolve(statements.counts()['complete a job and claim the next'] === jobs ? true : undefined),
    );

  /** A course with two groups, and line items of 30, 510 and no results. */
  const addWholeCourse = async (on: SyncedPlatform): Promise<SyncedCourse> => {
    const { platform, clientId, registrationId } = on;
    const scopes = [...defaultScopes, Scope.contextGroupReadonly];
    platform.addTool({ clientId, jwksUrl: lti.jwksUrl, scopes });
    await lti.api('patch', `/api/v1/registrations/${registrationId}`, { scopes }).expect(200);
    const lms = platform.addCourse({ members: 50 });
    const {
      deploymentId = '1',
      contextId,
      title,
      membershipsUrl,
      lineItemsUrl,
      groupsUrl,
      groupSetsUrl,
    } = lms;
    const body = { registrationId, deploymentId, contextId, title, membershipsUrl, lineItemsUrl };
    const added = await lti.api('post', '/api/v1/courses', { ...body, groupsUrl, groupSetsUrl }).expect(201);
    const course = { id: added.body.id as string, lms };
    for (const graded of [30, 510, 0]) addLineItem(course, `Quiz of ${graded}`, graded);
    lms.groups = [
      { id: 'red', name: 'Red', setId: 'labs', userIds: [student(2)] },
      { id: 'blue', name: 'Blue', userIds: [student(3)] },
    ];
    lms.groupSets = [{ id: 'labs', name: 'Labs' }];
    return course;
  };

  it('asked for by REST are one, that of its job, and three of the sync', async () => {
    const before = await membershipVersions(lti, courses[0]!.id);
    statements.reset();
    await synced.request(courses[0]!);
    await untilCompleted(1);
    expect(statements.counts()).toEqual({
      'check the API key': 1,
      'request a run': 1,
      'add jobs': 1,
      'start a run': 1,
      'compare and end': 1,
      'complete a job and claim the next': 1,
    });
    expect(await membershipVersions(lti, courses[0]!.id)).toEqual(before);
  });

  it('of all courses are three for each, and the request has none for a course', async () => {
    await lti.api('post', '/api/v1/syncs').expect(202);
    await untilCompleted(COURSES);
    const { 'start a run': starts, 'compare and end': ends, ...others } = statements.counts();
    expect({ starts, ends }).toEqual({ starts: COURSES, ends: COURSES });
    const { 'complete a job and claim the next': completions, ...ofRequest } = others;
    expect(completions).toBe(COURSES);
    // The API key, the courses, their new runs, the raised ones, all unfinished ones, the sizes of the courses, and the jobs.
    expect(Object.values(ofRequest)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('compare each page of a long roster by one, and write no page that has not changed', async () => {
    const course = await synced.addCourse(250);
    const { pages } = (await synced.sync(course)).counts;
    expect(pages).toBeGreaterThan(2);
    const before = await membershipVersions(lti, course.id);
    statements.reset();
    const unchanged = await synced.sync(course);
    expect(unchanged.counts).toMatchObject({ unchanged: 250, pages, added: 0, updated: 0 });
    expect(statements.counts()).toMatchObject({ 'compare a page': pages });
    expect(statements.counts()).not.toHaveProperty('write a page');
    expect(await membershipVersions(lti, course.id)).toEqual(before);

    course.lms.members[200]!.email = 'changed@example.edu';
    statements.reset();
    const changed = await synced.sync(course);
    expect(changed.counts).toMatchObject({ unchanged: 249, pages, added: 0, updated: 1 });
    expect(statements.counts()).toMatchObject({ 'compare a page': pages, 'write a page': 1 });
  });

  it('of a course with groups, line items and results are one for each page of its lists, and write no row of them', async () => {
    const course = await addWholeCourse(withGroups);
    expect((await withGroups.sync(course)).counts).toMatchObject({
      lineItems: 3,
      results: 540,
      gradesWritten: 543,
    });
    const versions = async () => [
      await membershipVersions(lti, course.id),
      await groupVersions(lti, course.id),
      await gradebookVersions(lti, course.id),
    ];
    const before = await versions();
    expect(before.map(({ length }) => length)).toEqual([50, 2, 543]);
    statements.reset();
    await withGroups.request(course);
    await untilCompleted(1);
    expect(statements.counts()).toEqual({
      'check the API key': 1,
      'request a run': 1,
      'add jobs': 1,
      'start a run': 1,
      'compare the roster': 1,
      'replace the groups': 1,
      'compare line items': 1,
      'compare results': 4,
      'finish a run': 1,
      'complete a job and claim the next': 1,
    });
    expect(await versions()).toEqual(before);

    const long = course.lms.gradebook.lineItems.find(({ content }) => content.label === 'Quiz of 510')!;
    setScore(long, student(509), 1);
    showOnly(long, long.entries.slice(1));
    course.lms.groups[0]!.name = 'Crimson';
    statements.reset();
    const { counts } = await withGroups.sync(course);
    expect(counts).toMatchObject({ lineItems: 3, results: 539, gradesWritten: 1, gradesRemoved: 1 });
    expect(statements.counts()).toMatchObject({ 'compare results': 4, 'START TRANSACTION': 2 });
    const [, groups, gradebook] = await versions();
    const changed = (rows: string[], nth: number) => rows.filter((row) => !before[nth]!.includes(row)).length;
    expect([groups!.length, changed(groups!, 1)]).toEqual([2, 1]);
    expect([gradebook!.length, changed(gradebook!, 2)]).toEqual([542, 1]);
  });

  it('write nothing for a worker whose run was started again', async () => {
    const [course] = courses;
    const runs = lti.app.get(SyncRunRepository, { strict: false });
    const pages = lti.app.get(SyncPageRepository, { strict: false });
    const now = lti.clock.now();
    const use = { soonest: now, at: now, reason: 'in_use', notedBefore: now } as const;
    const requested = await runs.request(course!.id, use);
    const { run } = (await runs.start(requested!.id))!;
    await runs.start(run.id);
    const version = () =>
      dataSourceOf(lti).query<unknown[]>('SELECT ctid, xmin FROM nest_lti.sync_run WHERE id = $1', [run.id]);
    const before = [await version(), await membershipVersions(lti, course!.id)];
    const row = memberRow({ userId: 'new', roles: [], status: 'Active', sections: [] });
    const stored = await dataSourceOf(lti).query<{ user_id: string; fingerprint: string }[]>(
      'SELECT user_id, fingerprint FROM nest_lti.membership WHERE course_id = $1',
      [course!.id],
    );
    const roster = { members: stored, isWhole: true, membershipsUrl: null, differencesUrl: null };
    const entry = { ids: [row.user_id], fingerprints: [row.fingerprint], others: [], count: 1 };
    const line = { ...entry, ids: [randomUUID()] };
    const groups = lti.app.get(CourseGroupService, { strict: false });
    expect(await groups.replace(run, [{ id: 'new', name: 'New' }], [], 1)).toBe(false);
    expect(await groupVersions(lti, course!.id)).toEqual([]);
    for (const write of [
      () => pages.compareLineItems(run, line, 1),
      () => pages.compareResults(run, line.ids[0]!, entry, 1),
      () => pages.compareMembers(run, [row], [], 0),
      () => pages.compareMembers(run, stored, [], 0),
      () => pages.writeMembers(run, { rows: [row], pages: 1 }, 0),
      () => runs.endUnchanged(run, { ...roster, isEnd: true }, 0),
      () => runs.endUnchanged(run, { ...roster, isEnd: false }, 0),
      () => runs.noteRoster(run, { status: 'completed', unchanged: 0 }),
      () => runs.advance(dataSourceOf(lti).manager, run, { removed: 1 }),
      () => runs.finish(run, { status: 'completed' }, 0),
    ]) {
      await expect(write()).rejects.toBeInstanceOf(SyncRunTakenOver);
    }
    await runs.postpone(run, new SyncRunHandedBack(), null, 0);
    expect([await version(), await membershipVersions(lti, course!.id)]).toEqual(before);
    await runs.cancel({ courseId: course!.id }, 'The test has ended.');
  });

  it('are planned once for all courses: they find the run by its id, and compare rosters of any size by a hash or in order', async () => {
    const dataSource = dataSourceOf(lti);
    await dataSource.query(
      `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated, removed, unchanged,
         token_requests, created_at, finished_at)
       SELECT gen_random_uuid(), $1, $2, 'schedule', 'completed', 1, 1, 0, 0, 0, 50, 0, now(), now() FROM generate_series(1, 2000)`,
      [courses[0]!.id, synced.registrationId],
    );
    // By these statistics hardly any run is unfinished, and rosters are short.
    await dataSource.query('VACUUM ANALYZE nest_lti.sync_run, nest_lti.membership');
    // Not by EXPLAIN (GENERIC_PLAN), which came with PostgreSQL 16.
    const planOf = (sql: string) =>
      dataSource.transaction(async (manager) => {
        await manager.query('SET LOCAL plan_cache_mode = force_generic_plan');
        await manager.query(`PREPARE explained AS ${sql}`);
        const parameters = new Set(sql.match(/\$\d+/g)).size;
        const nulls = Array<string>(parameters).fill('NULL').join();
        const rows = await manager.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN EXECUTE explained (${nulls})`);
        await manager.query('DEALLOCATE explained');
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    const start = startSqlOf(dataSource.getMetadata(SyncRun), dataSource.getMetadata(Course));
    for (const sql of [start, END_UNCHANGED, NOTE_UNCHANGED]) {
      const plan = await planOf(sql);
      expect(plan).toContain('using sync_run_pkey');
      expect(plan).not.toMatch(/sync_run_(registration_unfinished|one_per_course)/);
    }
    // It would read all courses of the registration.
    expect(await planOf(start)).not.toContain('course_context');
    for (const sql of [END_UNCHANGED, NOTE_UNCHANGED])
      expect(await planOf(sql)).toMatch(/(Hash|Merge) Full Join/);
    await dataSource.query(`DELETE FROM nest_lti.sync_run WHERE course_id = $1 AND trigger = 'schedule'`, [
      courses[0]!.id,
    ]);
  });

  it('see an edit of the registration by another process at once, though it is in memory', async () => {
    const registrations = lti.app.get(RegistrationService, { strict: false });
    const { registrationId } = synced;
    await synced.sync(courses[0]!);
    const edit = 'UPDATE nest_lti.registration SET name = $2, updated_at = $3 WHERE id = $1';
    lti.clock.advance(1);
    await dataSourceOf(lti).query(edit, [registrationId, 'Edited elsewhere', lti.clock.now()]);
    expect((await registrations.recall(registrationId)).name).not.toBe('Edited elsewhere');
    await synced.sync(courses[0]!);
    expect((await registrations.recall(registrationId)).name).toBe('Edited elsewhere');
  });

  it('are more when a member has been missing, whose mark is then removed', async () => {
    const [course] = courses;
    await dataSourceOf(lti).query(
      `UPDATE nest_lti.membership SET missing_since = now() WHERE course_id = $1 AND user_id = $2`,
      [course!.id, course!.lms.members[0]!.userId],
    );
    expect(await synced.sync(course!)).toMatchObject({
      status: 'completed',
      counts: { added: 0, updated: 0, removed: 0, unchanged: 50, pages: 1 },
    });
    const marked = await dataSourceOf(lti).query<unknown[]>(
      'SELECT FROM nest_lti.membership WHERE course_id = $1 AND missing_since IS NOT NULL',
      [course!.id],
    );
    expect(marked).toEqual([]);
  });
});
