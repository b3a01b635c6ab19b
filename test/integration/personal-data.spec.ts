import { randomUUID } from 'node:crypto';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { rowsOfRegistration, storeCourses, type StoredCourses } from '../support/stored-courses.js';

interface Exported {
  kind: string;
  data: Record<string, unknown>;
}

describe('the data of one user', () => {
  let lti: LtiTestApp;
  let stored: StoredCourses;
  let user: string;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterAll(() => lti.stop());
  beforeEach(async () => {
    stored = await storeCourses(dataSourceOf(lti), { courses: 2, members: 12 });
    user = `/api/v1/registrations/${stored.registrationId}/users/user-1`;
    await sql(
      `UPDATE nest_lti.outbox_score SET score = '{"scoreGiven":5,"scoringUserId":"user-1"}'
       WHERE registration_id = $1 AND user_id = 'user-2'`,
      [stored.registrationId],
    );
    await sql(
      `UPDATE nest_lti.launch_session SET launch = '{"user":{"id":"user-3"},"forUser":{"id":"user-1","name":"\\u0000 One"}}'
       WHERE registration_id = $1 AND course_id = $2 AND user_id = 'user-3'`,
      [stored.registrationId, stored.courseIds[0]],
    );
    // There is nothing to revoke at the platform.
    await sql(
      `UPDATE nest_lti.user_grant SET user_grant_client_id = NULL WHERE registration_id = $1 AND user_id = 'user-1'`,
      [stored.registrationId],
    );
    await sql(
      `INSERT INTO nest_lti.launch_session (id, consumer_id, user_id, launch, created_at, expires_at)
       SELECT gen_random_uuid(), consumer_id, lti11_id, '{}', now(), now() + interval '10 years' FROM nest_lti.lti11_link
       WHERE registration_id = $1`,
      [stored.registrationId],
    );
  });

  const sql = (query: string, parameters: unknown[]) =>
    dataSourceOf(lti).query<Record<string, string>[]>(query, parameters);
  const exported = async (path: string, limit: number): Promise<Exported[]> => {
    const items: Exported[] = [];
    for (let cursor = ''; ;) {
      const { body } = await lti.api('get', `${path}/export?limit=${limit}${cursor}`).expect(200);
      items.push(...(body.items as Exported[]));
      if (body.nextCursor === undefined) return items;
      expect(body.items).toHaveLength(limit);
      cursor = `&cursor=${encodeURIComponent(body.nextCursor as string)}`;
    }
  };
  const kindsOf = (items: Exported[]) => {
    const counts: Record<string, number> = {};
    for (const { kind } of items) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };
  const OF_USER_1 = {
    memberships: 2,
    results: 2,
    scores: 2,
    lastScores: 2,
    launchSessions: 2,
    lti11LaunchSessions: 1,
    lti11Ids: 1,
    userGrants: 1,
    namedInLaunches: 1,
    notices: 1,
    events: 2,
  };

  it('is exported in pages, without tokens and without rows of others', async () => {
    const items = await exported(user, 500);
    expect(kindsOf(items)).toEqual(OF_USER_1);
    expect(await exported(user, 1)).toEqual(items);
    expect(await exported(user, 3)).toEqual(items);
    const membership = items.find(({ kind }) => kind === 'memberships');
    expect(membership?.data).toMatchObject({
      name: 'User 1',
      email: 'user1@example.edu',
      group_ids: ['group'],
    });
    expect(items.find(({ kind }) => kind === 'namedInLaunches')?.data).toEqual({
      id: expect.any(String),
      forUser: { id: 'user-1', name: '\0 One' },
    });
    const text = JSON.stringify(items);
    for (const word of ['sealed', 'digest', 'hash', 'fingerprint']) expect(text).not.toContain(word);
    expect(text).not.toMatch(/user-[23]/);
  });

  it('is erased everywhere, and the answer counts it; the rows of others stay', async () => {
    const other = await storeCourses(dataSourceOf(lti), { courses: 1, members: 3 });
    const before = await rowsOfRegistration(dataSourceOf(lti), other);
    const { body } = await lti.api('delete', user).expect(200);
    expect(body).toEqual({
      registrationId: stored.registrationId,
      userId: 'user-1',
      erased: {
        memberships: 2,
        results: 2,
        // All results but the user's own, and a score in each course.
        gradedByUser: 22 + 2,
        scores: 2,
        lastScores: 2,
        launchSessions: 2 + 1 + 1,
        lti11Ids: 1,
        userGrants: 1,
        notices: 1,
        events: 2,
      },
      revocationPending: false,
      listedInCourses: 2,
      returnsWithNextSync: true,
    });
    expect(await exported(user, 500)).toEqual([]);
    const everything = await sql(
      `SELECT table_name AS "table" FROM information_schema.tables WHERE table_schema = 'nest_lti'`,
      [],
    );
    for (const { table = '' } of everything) {
      const rows = await sql(
        `SELECT t::text AS row FROM nest_lti.${table} t WHERE t::text ~ 'user-1\\M|"user-1"|old-1\\M|user1@' AND t::text LIKE ANY ($1)`,
        [[stored.registrationId, ...stored.courseIds].map((id) => `%${id}%`)],
      );
      expect({ table, rows }).toEqual({ table, rows: [] });
    }
    expect(await rowsOfRegistration(dataSourceOf(lti), other)).toEqual(before);
    const left = await exported(user.replace('user-1', 'user-2'), 500);
    expect(kindsOf(left)).toEqual({ ...OF_USER_1, namedInLaunches: undefined });
    expect(left.find(({ kind }) => kind === 'scores')?.data.score).toEqual({ scoreGiven: 5 });
  });

  it('is erased but for a grant that is still to be revoked at the platform', async () => {
    const { body } = await lti.api('delete', user.replace('user-1', 'user-2')).expect(200);
    expect(body).toMatchObject({ erased: { memberships: 2, userGrants: 1 }, revocationPending: true });
    const left = await exported(user.replace('user-1', 'user-2'), 500);
    expect(left).toMatchObject([{ kind: 'userGrants', data: { status: 'revoked' } }]);
  });

  it('of whom nothing is stored is empty, and an unknown registration is an error', async () => {
    const nobody = `/api/v1/registrations/${stored.registrationId}/users/${encodeURIComponent('née/Ü%')}`;
    expect(await exported(nobody, 500)).toEqual([]);
    const { body } = await lti.api('delete', nobody).expect(200);
    expect(body).toMatchObject({
      userId: 'née/Ü%',
      erased: { memberships: 0, userGrants: 0 },
      returnsWithNextSync: false,
    });
    for (const method of ['get', 'delete'] as const) {
      const path = `/api/v1/registrations/${randomUUID()}/users/user-1${method === 'get' ? '/export' : ''}`;
      expect((await lti.api(method, path).expect(404)).body.code).toBe('registration_not_found');
    }
    const bad = await lti.api('get', `${user}/export?cursor=asc.users:1`).expect(400);
    expect(bad.body.errors).toMatchObject([{ field: 'cursor' }]);
  });
});
