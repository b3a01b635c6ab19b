import { familyNames } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';

const MEMBERS = 120;
const LEARNER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner';
/** As many as the family has pages for 120 members when it is asked for 500 at once. */
const pagesOf = (family: string): number => (family === 'canvas' ? 3 : 1);
/** Moodle and Sakai leave out whose enrolment is suspended. */
const hidesInactive = (family: string): boolean => ['moodle', 'sakai', 'canvas'].includes(family);

describe('a course of each make of platform', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start({ courseSync: { every: 'never' } })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it.each(familyNames)('of %s is synced, and then kept up to date, with one token', async (family) => {
    synced = await SyncedPlatform.start(lti, { family });
    const course = await synced.addCourse(MEMBERS);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: MEMBERS, pages: pagesOf(family), tokenRequests: 1 },
    });
    expect((await synced.members(course))[1]).toMatchObject({
      userId: 'user-00002',
      roles: [LEARNER],
      status: 'Active',
      name: course.lms.members[1]?.name,
      email: 'user.00002@example.edu',
    });

    course.lms.removeMember('user-00005');
    course.lms.members[0]!.name = 'A new name';
    course.lms.addMember();
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 1, updated: 1, removed: 1, unchanged: MEMBERS - 2, tokenRequests: 0 },
    });
    expect(synced.platform.counts.rejected).toEqual({});
  });

  it.each(familyNames.filter((family) => family !== 'openedx'))(
    'of %s shows whose enrolment was suspended as Inactive, or not at all',
    async (family) => {
      synced = await SyncedPlatform.start(lti, { family });
      const course = await synced.addCourse(10);
      await synced.sync(course);
      course.lms.members[1]!.status = 'Inactive';
      await synced.sync(course);
      const member = (await synced.members(course)).find(({ userId }) => userId === 'user-00002');
      expect(member?.status).toBe(hidesInactive(family) ? undefined : 'Inactive');
    },
  );

  it('of Sakai that is empty has a page without a body, which is read as nobody', async () => {
    synced = await SyncedPlatform.start(lti, { family: 'sakai' });
    const course = await synced.addCourse(0);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { added: 0, pages: 1 } });
  });

  it('of Sakai has the sections of its members', async () => {
    synced = await SyncedPlatform.start(lti, { family: 'sakai' });
    const course = await synced.addCourse(1);
    await synced.sync(course);
    expect((await synced.members(course))[0]?.sections).toEqual([{ id: 'section-1', name: 'Section 1' }]);
  });

  it('of Open edX that is larger than it hands out fails, and says whom to ask', async () => {
    synced = await SyncedPlatform.start(lti, { family: 'openedx' });
    const run = await synced.sync(await synced.addCourse(1001));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'roster_above_platform_limit' } });
    expect(run.error?.message).toContain('Ask its administrator to raise the limit');
  });
});
