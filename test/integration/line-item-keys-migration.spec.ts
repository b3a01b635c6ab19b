import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { LineItemKeys1763700000016 } from '../../migrations/0016-line-item-keys.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { lineItemKey } from '../../src/lti-services/grades/line-item-urls.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const REGISTRATION = '019b8c00-0000-7000-8000-000000000001';
const CANVAS = '019b8c00-0000-7000-8000-000000000002';
const COURSE = '019b8c00-0000-7000-8000-000000000011';
const CANVAS_COURSE = '019b8c00-0000-7000-8000-000000000012';
const ITEM = 'https://lms.example.edu/lineitems/1?type_id=2';
const KEY = lineItemKey(REGISTRATION, ITEM);
/** Canvas named the line item by another host than that of the course. */
const CANVAS_ITEM = 'https://other.example.edu/courses/1/items/7';
const CANVAS_KEY = lineItemKey(CANVAS, 'https://canvas.example.edu/courses/1/items/7');

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  const before = migrations.slice(0, migrations.indexOf(LineItemKeys1763700000016));
  const setup = await new DataSource(dataSourceOptions(database.url, 1)).initialize();
  await setup.query('CREATE SCHEMA nest_lti');
  await setup.destroy();
  const old = await new DataSource({
    ...dataSourceOptions(database.url, 1),
    migrations: before,
  }).initialize();
  await old.runMigrations();
  await oldRows(old);
  await old.destroy();
  await migrateDatabase(database.url);
  dataSource = await new DataSource(dataSourceOptions(database.url, 1)).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** Rows as the version before wrote them. */
async function oldRows(old: DataSource): Promise<void> {
  for (const [id, host, family, course] of [
    [REGISTRATION, 'lms.example.edu', 'generic', COURSE],
    [CANVAS, 'canvas.example.edu', 'canvas', CANVAS_COURSE],
  ]) {
    await old.query(
      `INSERT INTO nest_lti.registration (id, name, issuer, client_id, authorization_url, token_url, jwks_url,
         platform_family, scopes, revision, refused_scopes, created_at, updated_at)
       VALUES ($1, 'n', 'https://' || $2::text, 'c', '', '', '', $3, '{}', 1, '{}', now(), now())`,
      [id, host, family],
    );
    await old.query(
      `INSERT INTO nest_lti.deployment (id, registration_id, deployment_id, created_at)
       VALUES (gen_random_uuid(), $1, '1', now())`,
      [id],
    );
    await old.query(
      `INSERT INTO nest_lti.course (id, registration_id, deployment_id, context_id, line_items_url, next_sync_at, created_at, updated_at)
       VALUES ($1, $2, '1', 'c', 'https://' || $3::text || '/courses/1/items', now(), now(), now())`,
      [course, id, host],
    );
  }
  for (const [course, key, id, updatedAt] of [
    [COURSE, 'a-digest', ITEM, '2026-01-02'],
    [COURSE, 'another-digest', ITEM.replace('lms.', 'LMS.'), '2026-01-01'],
    [CANVAS_COURSE, 'a-digest', CANVAS_ITEM, '2026-01-01'],
  ]) {
    await old.query(
      `INSERT INTO nest_lti.line_item (course_id, line_item_key, line_item_id, label, score_maximum, extensions, fingerprint, updated_at)
       VALUES ($1, $2, $3, 'Quiz', 10, '{}', 'f', $4)`,
      [course, key, id, updatedAt],
    );
    await old.query(
      `INSERT INTO nest_lti.result (course_id, line_item_key, user_id, result_score, result_maximum, extensions, fingerprint, updated_at)
       VALUES ($1, $2, 'u', 5, 10, '{}', 'f', now())`,
      [course, key],
    );
  }
  const suspended = (subject: string, cause: string, courseId: string | null = null) =>
    old.query(
      `INSERT INTO nest_lti.passback_hold (registration_id, subject, cause, failures, error_code, message, held_since, course_id, line_item_id)
       VALUES ($1, $2, $3, 4, 'e', 'm', '2026-01-01', $4, $5)`,
      [REGISTRATION, subject, cause, courseId, courseId === null ? null : ITEM],
    );
  await suspended('', 'operator');
  await suspended('', 'client');
  await suspended(COURSE, 'authentication');
  await suspended(`line-item ${KEY}`, 'authentication', COURSE);
  await suspended('https://lms.example.edu', 'unreachable');
}

const all = <T>(query: string) => dataSource.query<T[]>(query);

it('keeps line items and results, with the key of their scores in the outbox', async () => {
  expect(
    await all(
      `SELECT r.course_id, r.line_item_key, i.line_item_id, r.result_score
       FROM nest_lti.result r JOIN nest_lti.line_item i USING (course_id, line_item_key) ORDER BY 1`,
    ),
  ).toEqual([
    { course_id: COURSE, line_item_key: KEY, line_item_id: ITEM, result_score: 5 },
    { course_id: CANVAS_COURSE, line_item_key: CANVAS_KEY, line_item_id: CANVAS_ITEM, result_score: 5 },
  ]);
});

it('keeps the later one of two rows for the same line item', async () => {
  expect(await all(`SELECT line_item_id FROM nest_lti.line_item WHERE course_id = '${COURSE}'`)).toEqual([
    { line_item_id: ITEM },
  ]);
});

it('keeps suspensions, with their subjects in columns', async () => {
  const none = { course_id: null, line_item_key: null, line_item_id: null, origin: null };
  expect(
    await all(
      `SELECT kind, cause, course_id, line_item_key, line_item_id, origin FROM nest_lti.passback_suspension
       WHERE failures = 4 AND suspended_since = '2026-01-01' ORDER BY kind, cause`,
    ),
  ).toEqual([
    { ...none, kind: 'course', cause: 'authentication', course_id: COURSE },
    {
      ...none,
      kind: 'line_item',
      cause: 'authentication',
      course_id: COURSE,
      line_item_key: KEY,
      line_item_id: ITEM,
    },
    { ...none, kind: 'origin', cause: 'unreachable', origin: 'https://lms.example.edu' },
    { ...none, kind: 'registration', cause: 'client' },
    { ...none, kind: 'registration', cause: 'operator' },
  ]);
});

it('refuses a row whose columns do not fit its kind, and a second one of the same subject and cause', async () => {
  const insert = (kind: string, columns: string) =>
    all(
      `INSERT INTO nest_lti.passback_suspension (registration_id, kind, cause, failures, error_code, message, suspended_since, course_id, origin)
       VALUES ('${REGISTRATION}', '${kind}', 'authentication', 1, 'e', 'm', now(), ${columns})`,
    );
  await expect(insert('course', 'NULL, NULL')).rejects.toThrow('passback_suspension_subject_check');
  await expect(insert('origin', `'${COURSE}', 'https://lms.example.edu'`)).rejects.toThrow(
    'passback_suspension_subject_check',
  );
  await expect(insert('course', `'${COURSE}', NULL`)).rejects.toThrow('passback_suspension_subject"');
});
