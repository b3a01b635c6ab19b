import { AsyncLocalStorage } from 'node:async_hooks';
import { Server } from 'node:http';
import { Client } from 'pg';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { sql } from '../support/sql.js';
import { STANDALONE_API_KEY, StandaloneService } from '../support/standalone-service.js';
import { storeCourses, type StoredCourses } from '../support/stored-courses.js';

const REGISTRATIONS = 20;
const COURSES = 10_000;
const MEMBERS_PER_COURSE = 100;
/** These have results, scores and launches, too. */
const ACTIVE_PER_COURSE = 5;
/** A table with more rows is a large one. */
const LARGE = 5000;
const MAX_BYTES = 1_000_000;

interface Statement {
  text: string;
  values: unknown[];
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

function sequentialScansOf(plan: Plan): string[] {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(sequentialScansOf)];
}

describe(`the requests of the dashboard, with ${COURSES} courses and ${COURSES * MEMBERS_PER_COURSE} members`, () => {
  let service: StandaloneService;
  let stored: StoredCourses;
  let large: Set<string>;
  let explained = 0;
  const statements: Statement[] = [];
  /** Whether the work is that of a request. */
  const requests = new AsyncLocalStorage<boolean>();

  beforeAll(async () => {
    // Before the service has connections: each of them keeps the `query` that it finds when it is made.
    const emit = Server.prototype.emit as (...args: unknown[]) => boolean;
    jest.spyOn(Server.prototype, 'emit').mockImplementation(function (this: Server, ...args: unknown[]) {
      return requests.run(args[0] === 'request', () => emit.apply(this, args));
    });
    const query = Client.prototype.query as (...args: unknown[]) => unknown;
    jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
      const [config, values] = args as [string | { text: string; values?: unknown[] }, unknown];
      const text = typeof config === 'string' ? config : config.text;
      const given = typeof config === 'string' ? values : (config.values ?? values);
      // Statements of schedulers are not those of a page.
      if (requests.getStore() === true) statements.push({ text, values: Array.isArray(given) ? given : [] });
      return query.apply(this, args);
    });
    service = await StandaloneService.start({ SYNC_EVERY: '1d' });
    const { url } = service.database;
    const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
    for (let nth = 0; nth < REGISTRATIONS; nth += 1)
      stored = await storeCourses(dataSource, {
        courses: COURSES / REGISTRATIONS,
        members: ACTIVE_PER_COURSE,
      });
    await dataSource.query(
      `INSERT INTO nest_lti.membership (course_id, user_id, roles, status, name, sections, fingerprint, updated_at)
       SELECT c.id, 'user-' || u, '{Learner}', 'Active', 'User ' || u, '[]', 'x', now()
       FROM nest_lti.course c, generate_series($1::int, $2::int) u`,
      [ACTIVE_PER_COURSE + 1, MEMBERS_PER_COURSE],
    );
    await dataSource.query(
      `UPDATE nest_lti.passback_suspension SET suspended_since = now() - random() * interval '30 days'`,
    );
    await dataSource.query(
      `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated,
         removed, unchanged, token_requests, created_at, finished_at)
       SELECT gen_random_uuid(), id, registration_id, 'schedule', CASE n WHEN 1 THEN 'failed' ELSE 'completed' END, 1, 1, 0, 0,
         0, 0, 0, now(), now() FROM nest_lti.course, generate_series(1, 20) n WHERE n > 1 OR context_id::int % 100 = 0`,
    );
    await dataSource.query(
      `UPDATE nest_lti.course SET title = 'Course ' || context_id, next_sync_at = now() + interval '1 day'`,
    );
    await dataSource.query(`UPDATE nest_lti.outbox_score SET status = 'rejected' WHERE arrival % 1000 = 0`);
    await dataSource.destroy();
    await sql(url, 'ANALYZE');
    const tables = await sql<{ relname: string }>(
      url,
      `SELECT relname FROM pg_class WHERE relnamespace = 'nest_lti'::regnamespace AND relkind = 'r' AND reltuples > ${LARGE}`,
    );
    large = new Set(tables.map(({ relname }) => relname));
  }, 600_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await service.stop();
  }, 60_000);

  it('has more courses and members in the database than fit into one page', () => {
    expect([...large]).toEqual(expect.arrayContaining(['course', 'membership', 'sync_run', 'outbox_score']));
  });

  it.each<[string, () => string]>([
    ['registrations', () => 'registrations?limit=500'],
    ['a registration', () => `registrations/${stored.registrationId}`],
    ['the delivery of a registration', () => `registrations/${stored.registrationId}/delivery`],
    ['access tokens', () => 'access-tokens?limit=500'],
    ['suspensions', () => 'suspensions'],
    ['suspensions of a course', () => `suspensions?courseId=${stored.courseIds[0]}`],
    ['courses', () => 'courses'],
    ['courses of a registration', () => `courses?registrationId=${stored.registrationId}`],
    ['courses by title', () => 'courses?search=no+such+title'],
    ['courses by ids', () => `courses?ids=${stored.courseIds.slice(0, 50).join(',')}`],
    ['a course', () => `courses/${stored.courseIds[0]}`],
    ['members', () => `courses/${stored.courseIds[0]}/members`],
    ['members with a role', () => `courses/${stored.courseIds[0]}/members?role=Instructor`],
    ['line items', () => `courses/${stored.courseIds[0]}/line-items`],
    ['results', () => `courses/${stored.courseIds[0]}/results`],
    ['origins', () => `courses/${stored.courseIds[0]}/origins`],
    ['sync runs', () => 'sync-runs'],
    ['failed sync runs', () => 'sync-runs?status=failed'],
    ['sync runs of a course', () => `sync-runs?courseId=${stored.courseIds[0]}`],
    ['sync runs of a registration', () => `sync-runs?registrationId=${stored.registrationId}`],
    ['scores', () => 'scores'],
    ['rejected scores', () => 'scores?status=rejected'],
    ['scores of a course', () => `scores?courseId=${stored.courseIds[0]}`],
    ['scores of a registration', () => `scores?registrationId=${stored.registrationId}&status=pending`],
    ['scores of a user', () => `scores?registrationId=${stored.registrationId}&userId=user-7`],
    ['user grants', () => 'user-grants'],
    ['what is stored about a user', () => `registrations/${stored.registrationId}/users/user-7/export`],
    ['webhooks', () => 'webhooks'],
    ['statistics', () => 'statistics'],
    ['statistics of a registration', () => `statistics?registrationId=${stored.registrationId}`],
    ['ranked registrations', () => 'statistics/registrations?by=failedRequests'],
    ['settings', () => 'settings'],
    ['signing keys', () => 'tool-keys'],
    ['API keys', () => 'api-keys'],
  ])('reads %s by page, without a sequential scan of a large table', async (_, pathOf) => {
    statements.length = 0;
    const { text } = await request(service.url)
      .get(`/api/v1/${pathOf()}`)
      .auth(STANDALONE_API_KEY, { type: 'bearer' })
      .expect(200);
    expect(text.length).toBeLessThan(MAX_BYTES);
    const reads = statements.filter(
      ({ text: one }) => /^\s*(?:SELECT|WITH)\b/i.test(one) && one.includes('nest_lti'),
    );
    // The options are in memory.
    if (pathOf() !== 'settings') expect(reads.length).toBeGreaterThan(0);
    explained += reads.length;
    const scans: string[] = [];
    for (const statement of reads) {
      const [row] = await sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        service.database.url,
        `EXPLAIN (FORMAT JSON) ${statement.text}`,
        statement.values,
      );
      const found = sequentialScansOf(row!['QUERY PLAN'][0].Plan).filter((table) => large.has(table));
      scans.push(...found.map((table) => `${table}: ${statement.text}`));
    }
    expect(scans).toEqual([]);
  });

  it('has explained the statements of these requests', () => {
    expect(explained).toBeGreaterThan(25);
  });
});
