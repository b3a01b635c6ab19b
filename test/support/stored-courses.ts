import { randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';

export interface StoredCourses {
  registrationId: string;
  courseIds: string[];
}

/** The tables that `storeCourses` fills. */
export const filledTables = [
  ...['registration', 'deployment', 'course', 'membership', 'course_group', 'resource_link', 'line_item'],
  ...['result', 'outbox_score', 'last_score', 'passback_suspension', 'launch_session', 'user_grant_state'],
  ...['sync_run', 'notice', 'lti11_link', 'dynamic_registration', 'access_token', 'user_grant'],
  ...['user_grant_client', 'event', 'event_subscription', 'registration_statistic'],
];

/**
 * Writes a registration with courses straight into the tables, with rows in each table that refers to either. The users of each
 * course are `user-1` to `user-<members>`.
 */
export async function storeCourses(
  dataSource: DataSource,
  { courses, members }: { courses: number; members: number },
): Promise<StoredCourses> {
  const registrationId = randomUUID();
  const sql = (query: string, parameters: unknown[] = []) =>
    dataSource.query(query, [registrationId, ...parameters]);
  const ofCourse = 'nest_lti.course c WHERE c.registration_id = $1';
  const perMember = `nest_lti.course c, generate_series(1, $2::int) u WHERE c.registration_id = $1`;

  await sql(
    `INSERT INTO nest_lti.registration (id, name, issuer, client_id, authorization_url, token_url, jwks_url, scopes,
       platform_family, revision, refused_scopes, created_at, updated_at)
     VALUES ($1::uuid, 'A platform', 'https://lms.example.edu', $1::uuid::text, 'https://lms.example.edu/auth',
       'https://lms.example.edu/token', 'https://lms.example.edu/jwks', '{}', 'moodle', 0, '[]', now(), now())`,
  );
  await sql(
    `INSERT INTO nest_lti.deployment (id, registration_id, deployment_id, created_at) VALUES (gen_random_uuid(), $1, '1', now())`,
  );
  await sql(
    `INSERT INTO nest_lti.course (id, registration_id, deployment_id, context_id, next_sync_at, used_at, created_at,
       updated_at)
     SELECT gen_random_uuid(), $1, '1', n::text, 'infinity', now(), now(), now() FROM generate_series(1, $2::int) n`,
    [courses],
  );
  await sql(
    `INSERT INTO nest_lti.membership (course_id, user_id, roles, status, name, email, lti11_user_id, sections, fingerprint,
       group_ids, updated_at)
     SELECT c.id, 'user-' || u, '{Learner}', 'Active', 'User ' || u, 'user' || u || '@example.edu', 'old-' || u, '[]', 'x',
       '{group}', now() FROM ${perMember}`,
    [members],
  );
  await sql(
    `INSERT INTO nest_lti.course_group (course_id, group_id, name, updated_at) SELECT c.id, 'group', 'Group', now() FROM ${ofCourse}`,
  );
  await sql(
    `INSERT INTO nest_lti.resource_link (course_id, resource_link_id, created_at, updated_at)
     SELECT c.id, 'link', now(), now() FROM ${ofCourse}`,
  );
  await sql(
    `INSERT INTO nest_lti.line_item (course_id, line_item_key, line_item_id, label, score_maximum, extensions, fingerprint, updated_at)
     SELECT c.id, gen_random_uuid(), 'https://lms.example.edu/items/' || c.id, 'Quiz', 10, '{}', 'x', now() FROM ${ofCourse}`,
  );
  await sql(
    `INSERT INTO nest_lti.result (course_id, line_item_key, user_id, result_score, result_maximum, comment, scoring_user_id,
       extensions, fingerprint, updated_at)
     SELECT c.id, i.line_item_key, 'user-' || u, 5, 10, 'Good', 'user-1', '{}', 'x', now()
     FROM nest_lti.line_item i, ${perMember} AND i.course_id = c.id`,
    [members],
  );
  await sql(
    `INSERT INTO nest_lti.outbox_score (id, registration_id, course_id, line_item_id, line_item_key, origin, user_id, fingerprint,
       score, status, due_at, created_at, settled_at)
     SELECT gen_random_uuid(), $1, c.id, i.line_item_id, i.line_item_key, 'https://lms.example.edu', 'user-' || u, 'x',
       '{"scoreGiven":5}', 'posted', now(), now(), now()
     FROM nest_lti.line_item i, ${perMember} AND i.course_id = c.id`,
    [members],
  );
  await sql(
    `INSERT INTO nest_lti.last_score (line_item_key, user_id, arrival, ordered_at, sent_timestamp, course_id)
     SELECT line_item_key, user_id, arrival, now(), now(), course_id FROM nest_lti.outbox_score WHERE registration_id = $1`,
  );
  await sql(
    `INSERT INTO nest_lti.passback_suspension (registration_id, kind, cause, course_id, failures, error_code, message, suspended_since)
     SELECT $1, 'course', 'failing', c.id, 1, 'x', 'x', now() FROM ${ofCourse}`,
  );
  await sql(
    `INSERT INTO nest_lti.launch_session (id, registration_id, course_id, user_id, launch, created_at, expires_at)
     SELECT gen_random_uuid(), $1, c.id, 'user-' || u, json_build_object('user', json_build_object('id', 'user-' || u)), now(),
       now() + interval '10 years' FROM ${perMember}`,
    [Math.min(members, 20)],
  );
  await sql(
    `INSERT INTO nest_lti.user_grant_state (digest, launch_session_id, redirect_uri, scopes, created_at, expires_at)
     SELECT decode(replace(id::text, '-', ''), 'hex'), id, 'https://tool.example.edu', '{}', now(), now() + interval '10 years'
     FROM nest_lti.launch_session WHERE registration_id = $1 AND user_id = 'user-1'`,
  );
  await sql(
    `INSERT INTO nest_lti.sync_run (id, course_id, registration_id, trigger, status, attempt, pages, added, updated, removed,
       unchanged, token_requests, created_at, finished_at)
     SELECT gen_random_uuid(), c.id, $1, 'schedule', 'completed', 1, 1, 0, 0, 0, 0, 0, now(), now() FROM ${ofCourse}`,
  );
  await sql(
    `INSERT INTO nest_lti.notice (id, registration_id, deployment_id, notice_id, type, claims, received_at, next_try_at)
     SELECT gen_random_uuid(), deployment.registration_id, id, 'n' || n, 'LtiAssetProcessorSubmissionNotice',
       json_build_object('https://purl.imsglobal.org/spec/lti/claim/for_user', json_build_object('user_id', 'user-' || n)),
       now(), 'infinity'
     FROM nest_lti.deployment, generate_series(1, 10) n WHERE registration_id = $1`,
  );
  await sql(
    `WITH consumer AS (
       INSERT INTO nest_lti.lti11_consumer (id, name, consumer_key, sealed_secret, registration_id, created_at, updated_at)
       VALUES (gen_random_uuid(), 'Old', $1::uuid::text, 'x', $1::uuid, now(), now()) RETURNING id)
     INSERT INTO nest_lti.lti11_link (registration_id, kind, lti_id, lti11_id, consumer_id, linked_at)
     SELECT $1::uuid, 'user', 'user-' || u, 'old-' || u, consumer.id, now() FROM consumer, generate_series(1, $2::int) u`,
    [members],
  );
  await sql(
    `INSERT INTO nest_lti.dynamic_registration (id, status, issuer, configuration, requested_scopes, registration_id, created_at)
     VALUES (gen_random_uuid(), 'stored', 'https://lms.example.edu', '{}', '{}', $1, now())`,
  );
  await sql(
    `INSERT INTO nest_lti.access_token (key_id, registration_id, keep_until) VALUES (gen_random_uuid()::text, $1, 'infinity')`,
  );
  await sql(
    `WITH client AS (
       INSERT INTO nest_lti.user_grant_client (id, registration_id, provider_name, client_id, sealed_secret, api_url, scopes,
         authorize_parameters, unverified, created_at, updated_at)
       VALUES (gen_random_uuid(), $1::uuid, 'canvas', $1::uuid::text, 'x', 'https://lms.example.edu', '{}', '{}', 'allow', now(), now())
       RETURNING id)
     INSERT INTO nest_lti.user_grant (id, registration_id, user_id, status, scopes, asked_scopes, authorized_at, created_at,
       updated_at, user_grant_client_id)
     SELECT gen_random_uuid(), $1::uuid, 'user-' || u, 'needs_authorization', '{}', '{}', now(), now(), now(), client.id
     FROM client, generate_series(1, 3) u`,
  );
  await sql(
    `INSERT INTO nest_lti.event_subscription (id, kind, url, registration_id, status, created_at, updated_at)
     VALUES (gen_random_uuid(), 'webhook', 'https://lms.example.edu/hook', $1, 'paused', now(), now())`,
  );
  await sql(
    `INSERT INTO nest_lti.event (id, subscription_id, type, registration_id, course_id, order_key, user_ids, data, created_at)
     SELECT gen_random_uuid(), s.id, 'lti.membership.added', $1, c.id, c.id,
       array(SELECT 'user-' || u FROM generate_series(1, $2::int) u), '{}', now()
     FROM nest_lti.event_subscription s, ${ofCourse} AND s.registration_id = $1`,
    [members],
  );
  await sql(
    `INSERT INTO nest_lti.registration_statistic (registration_id, hour, launches, refused_launches, syncs, failed_syncs, scores,
       rejected_scores, token_requests, token_uses, failed_requests, request_ms, slowest_request_ms, throttled_ms)
     SELECT $1, date_trunc('hour', now()) - n * interval '1 hour', 1, 0, 1, 0, 1, 0, 1, 3, 0, 100, 50, 0
     FROM generate_series(0, 23) n`,
  );
  const rows = await dataSource.query<{ id: string }[]>(
    'SELECT id FROM nest_lti.course WHERE registration_id = $1 ORDER BY context_id::int',
    [registrationId],
  );
  return { registrationId, courseIds: rows.map(({ id }) => id) };
}

/** The digest and the number of the rows that belong to a registration or to one of its courses, by table. */
export async function rowsOfRegistration(
  dataSource: DataSource,
  { registrationId, courseIds }: StoredCourses,
): Promise<Record<string, string>> {
  const columns = await dataSource.query<{ table: string; columns: string[] }[]>(
    `SELECT table_name AS table, array_agg(column_name::text) AS columns FROM information_schema.columns
     WHERE table_schema = 'nest_lti' AND column_name IN ('registration_id', 'course_id') GROUP BY 1 ORDER BY 1`,
  );
  const where = new Map([
    ['registration', 'id = $1'],
    [
      'user_grant_state',
      `launch_session_id IN (SELECT id FROM nest_lti.launch_session WHERE registration_id = $1)`,
    ],
  ]);
  for (const { table, columns: names } of columns) {
    const conditions = names.map((name) =>
      name === 'course_id' ? `${name} = ANY ($2::uuid[])` : `${name} = $1`,
    );
    where.set(table, conditions.join(' OR '));
  }
  where.set('course', 'registration_id = $1 OR id = ANY ($2::uuid[])');
  const found: Record<string, string> = {};
  for (const [table, condition] of where) {
    const [row] = await dataSource.query<{ count: string; digest: string }[]>(
      `SELECT count(*), md5(string_agg(t::text, E'\n' ORDER BY t::text)) AS digest FROM nest_lti.${table} t
       WHERE (${condition}) AND $1::uuid IS NOT NULL AND $2::uuid[] IS NOT NULL`,
      [registrationId, courseIds],
    );
    if (row !== undefined && row.count !== '0') found[table] = `${row.count} ${row.digest}`;
  }
  return found;
}
