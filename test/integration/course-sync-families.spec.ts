import { familyNames } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const MEMBERS = 120;
const LEARNER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner';
/** The pages of each family for 120 members, requested with a limit of 500. */
const pagesOf = (family: string): number => ({ canvas: 3, schoology: 2 })[family] ?? 1;
/** Moodle and Sakai leave out members whose enrolment is suspended. */
const hidesInactive = (family: string): boolean => ['moodle', 'sakai', 'canvas'].includes(family);

describe('a course of each make of platform', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it.each(familyNames)('of %s is synced, and then kept up to date, with one token', async (family) => {
    synced = await SyncedPlatform.start(lti, { family });
    const course = await synced.addCourse(MEMBERS);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: MEMBERS, pages: pagesOf(family), tokenRequests: 1 },
    });
    const { userId } = course.lms.members[1]!;
    expect((await synced.members(course)).find((each) => each.userId === userId)).toMatchObject({
      roles: [LEARNER],
      status: 'Active',
      name: course.lms.members[1]?.name,
      email: 'user.00002@example.edu',
    });

    course.lms.members.splice(4, 1);
    course.lms.members[0]!.name = 'A new name';
    course.lms.addMember();
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 1, updated: 1, removed: 1, unchanged: MEMBERS - 2, tokenRequests: 0 },
    });
    expect(synced.platform.counts.rejected).toEqual({});
  });

  it.each(familyNames.filter((family) => family !== 'openedx'))(
    'of %s shows suspended members as Inactive, or not at all',
    async (family) => {
      synced = await SyncedPlatform.start(lti, { family });
      const course = await synced.addCourse(10);
      await synced.sync(course);
      const suspended = course.lms.members[1]!;
      suspended.status = 'Inactive';
      await synced.sync(course);
      const member = (await synced.members(course)).find(({ userId }) => userId === suspended.userId);
      expect(member?.status).toBe(hidesInactive(family) ? undefined : 'Inactive');
    },
  );

  it.each(familyNames)(
    'of %s is created by a launch, then synced, and accepts scores and a correction',
    async (family) => {
      synced = await SyncedPlatform.start(lti, { family });
      const { platform } = synced;
      const registration = await platform.connect(lti.app, { clientId: 'launched' });
      const lms = platform.addCourse({ members: 5, coupledLineItem: true });
      const [teacher, one, two] = lms.members.map(({ userId }) => userId);
      expect((await platform.launch({ clientId: 'launched', userId: teacher })).status).toBeLessThan(400);

      const { body } = await lti.api('get', `/api/v1/courses?registrationId=${registration.id}`).expect(200);
      const course = { id: (body.items as { id: string }[])[0]?.id ?? '', lms };
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { added: 5 } });

      const [item] = lms.gradebook.lineItems;
      const post = (userId = '', scoreGiven = 0) =>
        lti
          .api('post', `/api/v1/courses/${course.id}/scores`, [
            { lineItemId: item?.url, userId, scoreGiven, scoreMaximum: 100, comment: 'Good.' },
          ])
          .expect(202);
      await post(one, 15);
      await post(two, 20);
      await until('the scores', () => Promise.resolve(item?.entry(two ?? '') && item.entry(one ?? '')));
      lti.clock.advance(1000);
      await post(one, 17);
      await until('the correction', () => Promise.resolve(item?.resultScore(one ?? '') === 17 || undefined));
      expect(platform.counts.rejected).toEqual({});
    },
  );

  it('of Sakai without members has a page without a body, which is read as an empty roster', async () => {
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

  it('of Open edX that exceeds its limit fails, and says whom to ask', async () => {
    synced = await SyncedPlatform.start(lti, { family: 'openedx' });
    const run = await synced.sync(await synced.addCourse(1001));
    expect(run).toMatchObject({ status: 'failed', error: { code: 'roster_above_platform_limit' } });
    expect(run.error?.message).toContain('Ask its administrator to raise the limit');
  });
});
