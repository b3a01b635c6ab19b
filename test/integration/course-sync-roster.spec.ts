import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf, membershipVersions } from '../support/membership-versions.js';
import { idsOf, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const LARGE = 20_000;
/** The time-out: it takes seconds on an idle machine, and longer on a busy one. */
const LONG_MS = 90_000;
const INSTRUCTOR = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor';

describe('a course sync', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti, { family: 'canvas' });
  });
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  it('stores a new roster that comes in three pages', async () => {
    const course = await synced.addCourse(120);
    const run = await synced.sync(course);
    expect(run).toMatchObject({
      courseId: course.id,
      registrationId: synced.registrationId,
      trigger: 'request',
      status: 'completed',
      counts: { added: 120, updated: 0, removed: 0, unchanged: 0, pages: 3 },
      attempts: 1,
      error: null,
      retryAt: null,
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('requests the next page while the last one is stored, and no other', async () => {
    const course = await synced.addCourse(120);
    const requestsBefore = synced.platform.counts.membershipRequests;
    const requests = () => synced.platform.counts.membershipRequests - requestsBefore;
    const other = dataSourceOf(lti).createQueryRunner();
    await other.startTransaction();
    try {
      await other.query('LOCK TABLE nest_lti.membership IN SHARE MODE');
      const { id } = await synced.request(course);
      await until('the first page waits to be stored', async () => {
        const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return ((await other.query(waiting)) as unknown[]).length > 0 || undefined;
      });
      await until('the next page is requested', () => Promise.resolve(requests() > 1 || undefined));
      expect(requests()).toBe(2);
      await other.rollbackTransaction();
      expect(await synced.untilEnded(id)).toMatchObject({ counts: { added: 120, pages: 3 } });
      expect(requests()).toBe(3);
    } finally {
      if (other.isTransactionActive) await other.rollbackTransaction();
      await other.release();
    }
  });

  it('stores what the platform shares of a member', async () => {
    const course = await synced.addCourse(1);
    await synced.sync(course);
    const [member] = course.lms.members;
    expect(await synced.members(course)).toEqual([
      {
        userId: member?.userId,
        roles: [INSTRUCTOR],
        status: 'Active',
        name: member?.name,
        givenName: member?.givenName,
        middleName: null,
        familyName: member?.familyName,
        email: member?.email,
        picture: member?.picture,
        sourcedId: member?.sourcedId,
        lti11UserId: `lti11-${member?.userId ?? ''}`,
        sections: [],
        groupIds: null,
        updatedAt: lti.clock.now().toISOString(),
      },
    ]);
  });

  it('adds, updates and removes members, and counts the unchanged ones', async () => {
    const course = await synced.addCourse(60);
    await synced.sync(course);
    const [first, second, third] = course.lms.members;
    course.lms.removeMember(first!.userId);
    second!.name = 'A new name';
    third!.status = 'Inactive';
    const added = course.lms.addMember();
    lti.clock.advance(60_000);

    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 1, updated: 1, removed: 2, unchanged: 57, pages: 4 },
    });
    const members = new Map((await synced.members(course)).map((member) => [member.userId, member]));
    // Canvas leaves out who is inactive.
    expect([...members.keys()]).toEqual(idsOf(course).filter((id) => id !== third!.userId));
    expect(members.get(second!.userId)).toMatchObject({ name: 'A new name', status: 'Active' });
    expect(members.get(added.userId)).toMatchObject({ name: added.name });
  });

  it('writes no row of a roster that has not changed', async () => {
    const course = await synced.addCourse(120);
    await synced.sync(course);
    const before = await membershipVersions(lti, course.id);
    expect(before).toHaveLength(120);
    lti.clock.advance(60_000);

    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 0, updated: 0, removed: 0, unchanged: 120, pages: 3 },
    });
    expect(await membershipVersions(lti, course.id)).toEqual(before);
  });

  it('writes only the row that has changed', async () => {
    const course = await synced.addCourse(70);
    await synced.sync(course);
    const before = await membershipVersions(lti, course.id);
    course.lms.members[65]!.email = 'changed@example.edu';
    await synced.sync(course);
    const after = await membershipVersions(lti, course.id);
    expect(after.filter((row, index) => row !== before[index])).toHaveLength(1);
  });

  it('keeps the rosters of two courses with the same members apart', async () => {
    const one = await synced.addCourse(10);
    const other = await synced.addCourse(10);
    await synced.sync(one);
    await synced.sync(other);
    one.lms.removeMember('user-00003');
    await synced.sync(one);
    expect(await synced.memberIds(one)).not.toContain('user-00003');
    expect(await synced.memberIds(other)).toContain('user-00003');
  });

  it(
    'of 20,000 members is one run with a page for each 500, and a fifth of them may leave',
    async () => {
      const large = await SyncedPlatform.start(lti, { family: 'brightspace' });
      const course = await large.addCourse(LARGE);
      expect(await large.sync(course, LONG_MS)).toMatchObject({
        status: 'completed',
        counts: { added: LARGE, pages: LARGE / 500, tokenRequests: 1 },
      });
      expect(await membershipVersions(lti, course.id)).toHaveLength(LARGE);

      course.lms.members.splice(0, LARGE / 5);
      expect(await large.sync(course, LONG_MS)).toMatchObject({
        status: 'completed',
        counts: { removed: LARGE / 5, unchanged: (LARGE * 4) / 5, updated: 0 },
      });
      expect(await membershipVersions(lti, course.id)).toHaveLength((LARGE * 4) / 5);
      await large.stop();
    },
    LONG_MS,
  );

  describe('and then the members by REST', () => {
    let path: string;
    beforeAll(async () => {
      // Canvas lists no inactive members.
      const listing = await SyncedPlatform.start(lti, { family: 'brightspace' });
      const course = await listing.addCourse(120);
      course.lms.members[7]!.status = 'Inactive';
      course.lms.members[8]!.status = 'Inactive';
      await listing.sync(course);
      await listing.stop();
      path = `/api/v1/courses/${course.id}/members`;
    });
    const list = async (query: string) => (await lti.api('get', path + query).expect(200)).body;

    it('are listed in pages, each once and in order', async () => {
      const first = await list('?limit=50');
      const second = await list(`?limit=50&cursor=${first.nextCursor as string}`);
      const third = await list(`?limit=50&cursor=${second.nextCursor as string}`);
      expect([first, second, third].map(({ items }) => items.length)).toEqual([50, 50, 20]);
      expect(third.nextCursor).toBeUndefined();
      const ids = [first, second, third].flatMap(({ items }) =>
        items.map((item: { userId: string }) => item.userId),
      );
      expect(ids).toEqual([...new Set(ids)].sort());
      const last = await list('?limit=50&order=desc');
      const rest = await list(`?limit=500&cursor=${last.nextCursor as string}`);
      expect([...last.items, ...rest.items].map(({ userId }) => userId as string)).toEqual(ids.toReversed());
    });

    it('are listed by role, by its short name or its URI', async () => {
      const short = await list('?role=Instructor');
      expect(short.items.map(({ userId }: { userId: string }) => userId)).toEqual([
        'user-00001',
        'user-00051',
        'user-00101',
      ]);
      expect(await list(`?role=${encodeURIComponent(INSTRUCTOR)}`)).toEqual(short);
    });

    it('are listed by status, and by role and status, in pages too', async () => {
      const inactive = await list('?status=Inactive&limit=1');
      const rest = await list(`?status=Inactive&limit=1&cursor=${inactive.nextCursor as string}`);
      expect([...inactive.items, ...rest.items]).toMatchObject([
        { userId: 'user-00008' },
        { userId: 'user-00009' },
      ]);
      expect(rest.nextCursor).toBeUndefined();
      expect((await list('?status=Inactive&role=Instructor')).items).toEqual([]);
    });

    it.each([
      ['an unknown status', '?status=Deleted', 'status'],
      ['a limit past the bound', '?limit=501', 'limit'],
      ['a limit that is no number', '?limit=many', 'limit'],
      ['an unknown filter', '?rolle=Learner', 'rolle'],
      ['a NUL in the role', '?role=%00', 'role'],
      ['a NUL in the cursor', '?cursor=%00', 'cursor'],
    ])('are refused for %s', async (_, query, field) => {
      const { body } = await lti.api('get', path + query).expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    });
  });
});
