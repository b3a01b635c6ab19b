import { randomUUID } from 'node:crypto';
import { Leases } from '../../src/database/leases.js';
import { ROWS_AT_ONCE } from '../../src/personal-data/deletion.repository.js';
import { DeletionCleaner } from '../../src/personal-data/deletion.cleaner.js';
import { GrantSweepService } from '../../src/user-grants/removal/grant-sweep.service.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import {
  filledTables,
  rowsOfRegistration,
  storeCourses,
  type StoredCourses,
} from '../support/stored-courses.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What stays until the grants of users are revoked at the platform. */
const PENDING = ['registration', 'user_grant', 'user_grant_client'];

describe('the data of a deleted', () => {
  let lti: LtiTestApp;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => lti.stop());

  const store = (courses: number, members: number) => storeCourses(dataSourceOf(lti), { courses, members });
  const rowsOf = (stored: StoredCourses) => rowsOfRegistration(dataSourceOf(lti), stored);
  const sql = (query: string, parameters: unknown[]) =>
    dataSourceOf(lti).query<Record<string, string>[]>(query, parameters);
  const tick = () => lti.app.get(DeletionCleaner, { strict: false }).tick();
  const remove = (path: string) => lti.api('delete', `/api/v1/${path}`).expect(204);
  /** The minute in which work from before the deletion ends, and the minute that a client of user grants is kept. */
  const wait = async () => {
    lti.clock.advance(MINUTE_MS + 1);
    await lti.app.get(GrantSweepService).tick();
  };
  /** The number of rows of each DELETE. */
  const deletions = () => {
    const counts: { statement: string; rows: number }[] = [];
    const dataSource = dataSourceOf(lti);
    const query = dataSource.query.bind(dataSource);
    jest.spyOn(dataSource, 'query').mockImplementation(async (statement: string, ...parameters) => {
      const result: unknown = await query(statement, ...(parameters as []));
      if (statement.startsWith('DELETE')) counts.push({ statement, rows: (result as [unknown, number])[1] });
      return result;
    });
    return counts;
  };

  it('registration with 200 courses and 20,000 members goes in bounded statements, and another one stays as it is', async () => {
    const deleted = await store(200, 100);
    const other = await store(3, 10);
    const before = await rowsOf(other);
    expect(Object.keys(before).sort()).toEqual([...filledTables, 'lti11_consumer'].sort());
    await remove(`registrations/${deleted.registrationId}`);
    await wait();
    const statements = deletions();
    await tick();
    const members = statements.filter(({ statement }) => statement.includes('nest_lti.membership'));
    expect(members.reduce((sum, { rows }) => sum + rows, 0)).toBe(20_000);
    expect(Math.max(...statements.map(({ rows }) => rows))).toBe(ROWS_AT_ONCE);

    // The platform does not confirm the revocation of the grants, which is given up after a day.
    expect(Object.keys(await rowsOf(deleted)).sort()).toEqual(PENDING);
    lti.clock.advance(DAY_MS);
    await wait();
    await wait();
    await tick();
    expect(await rowsOf(deleted)).toEqual({});
    expect(await rowsOf(other)).toEqual(before);
  });

  it('course goes with its scores, sessions and runs, and the other courses of the registration stay as they are', async () => {
    const stored = await store(3, 10);
    const [courseId = '', ...others] = stored.courseIds;
    const nowhere = randomUUID();
    const rest = { registrationId: nowhere, courseIds: others };
    const before = await rowsOf(rest);
    await remove(`courses/${courseId}`);
    await wait();
    await tick();
    expect(await rowsOf({ registrationId: nowhere, courseIds: [courseId] })).toEqual({});
    expect(await rowsOf(rest)).toEqual(before);
  });

  it('course stays for a minute, in which work that began before ends', async () => {
    const { courseIds } = await store(1, 5);
    await remove(`courses/${courseIds[0]}`);
    lti.clock.advance(MINUTE_MS);
    await tick();
    expect(Object.keys(await rowsOf({ registrationId: randomUUID(), courseIds }))).toContain('membership');
    lti.clock.advance(1);
    await tick();
    expect(await rowsOf({ registrationId: randomUUID(), courseIds })).toEqual({});
  });

  it('course that could not be deleted to its end is deleted by the next tick, with the others', async () => {
    const { courseIds } = await store(30, 5);
    for (const id of courseIds) await remove(`courses/${id}`);
    await wait();
    const dataSource = dataSourceOf(lti);
    const query = dataSource.query.bind(dataSource);
    let failures = 0;
    jest.spyOn(dataSource, 'query').mockImplementation((statement: string, ...parameters) => {
      if (failures === 0 && statement.startsWith('DELETE FROM nest_lti.outbox_score')) {
        failures += 1;
        return Promise.reject(new Error('The connection was lost.'));
      }
      return query(statement, ...(parameters as []));
    });
    await tick();
    const left = await rowsOf({ registrationId: randomUUID(), courseIds });
    expect(left.course).toMatch(/^20 /);
    expect(left).not.toHaveProperty('membership');
    expect(left.outbox_score).toMatch(/^100 /);
    await tick();
    expect(await rowsOf({ registrationId: randomUUID(), courseIds })).toEqual({});
  });

  it('course is left to the process that holds the lease', async () => {
    const { courseIds } = await store(1, 5);
    await remove(`courses/${courseIds[0]}`);
    await wait();
    const rows = () => rowsOf({ registrationId: randomUUID(), courseIds });
    const before = await rows();
    await lti.app.get(Leases, { strict: false }).hold('deletions', { termMs: 10_000, waitMs: 1000 }, tick);
    expect(await rows()).toEqual(before);
    await tick();
    expect(await rows()).toEqual({});
  });

  it('LTI 1.1 consumer goes when no proven id refers to it any more', async () => {
    const { registrationId } = await store(1, 2);
    const consumers = () =>
      sql('SELECT id, registration_id FROM nest_lti.lti11_consumer WHERE consumer_key = $1', [
        registrationId,
      ]);
    const [consumer] = await consumers();
    await remove(`lti11-consumers/${consumer?.id}`);
    await wait();
    await tick();
    expect(await consumers()).toEqual([consumer]);
    await remove(`registrations/${registrationId}`);
    await wait();
    await tick();
    expect(await consumers()).toEqual([]);
  });

  it('time of finished runs, rejected scores and unknown last scores is over: they go, and the last run of a course stays', async () => {
    const { registrationId, courseIds } = await store(2, 3);
    const now = lti.clock.now();
    const ago = (days: number) => new Date(now.getTime() - days * DAY_MS);
    const run = (id: string, finishedAt: Date | null) =>
      sql(
        `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated, removed,
           unchanged, token_requests, created_at, finished_at)
         SELECT $1, $2, $3, 'schedule', CASE WHEN $4::timestamptz IS NULL THEN 'queued' ELSE 'failed' END, 1, 1, 0, 0, 0, 0, 0,
           now(), $4`,
        [id, courseIds[0], registrationId, finishedAt],
      );
    await sql('DELETE FROM nest_lti.sync_run WHERE course_id = $1', [courseIds[0]]);
    await sql('UPDATE nest_lti.sync_run SET finished_at = $2 WHERE course_id = $1', [courseIds[1], ago(400)]);
    const [old, kept, last] = ['0a', '0b', '0c'].map((end) => `00000000-0000-4000-8000-0000000000${end}`);
    await run(old!, ago(31));
    await run(kept!, ago(29));
    await run(last!, ago(28));
    const reject = (user: string, settledAt: Date) =>
      sql(
        `UPDATE nest_lti.outbox_score SET status = 'rejected', settled_at = $3 WHERE registration_id = $1 AND user_id = $2`,
        [registrationId, user, settledAt],
      );
    await reject('user-1', ago(366));
    await reject('user-2', ago(364));
    await sql(
      `UPDATE nest_lti.last_score SET course_id = NULL, sent_timestamp = CASE user_id WHEN 'user-1' THEN $2::timestamptz ELSE $3 END
       WHERE course_id = ANY ($1) AND user_id <> 'user-3'`,
      [courseIds, ago(91), ago(89)],
    );
    await tick();
    const runs = await sql('SELECT id FROM nest_lti.sync_run WHERE registration_id = $1 ORDER BY id', [
      registrationId,
    ]);
    expect(runs.map(({ id }) => id).filter((id) => id!.startsWith('00000000'))).toEqual([kept, last]);
    expect(runs).toHaveLength(3);
    const scores = await sql(
      `SELECT DISTINCT user_id, status FROM nest_lti.outbox_score WHERE registration_id = $1 ORDER BY 1`,
      [registrationId],
    );
    expect(scores).toEqual([
      { user_id: 'user-2', status: 'rejected' },
      { user_id: 'user-3', status: 'posted' },
    ]);
    const lastScores = await sql(
      `SELECT DISTINCT user_id FROM nest_lti.last_score WHERE course_id IS NULL OR course_id = ANY ($1) ORDER BY 1`,
      [courseIds],
    );
    expect(lastScores.map(({ user_id }) => user_id)).toEqual(['user-2', 'user-3']);
  });
});
