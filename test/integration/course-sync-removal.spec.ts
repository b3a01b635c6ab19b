import { type FaultInput } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

const MEMBERS = 60;

describe('members that a roster does not show', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ courseSync: { every: 'never' } });
    synced = await SyncedPlatform.start(lti, { family: 'brightspace' });
  });
  afterEach(() => synced.platform.faults.clear());
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  /** A course of 60 on one page, synced once. */
  const syncedCourse = async (): Promise<SyncedCourse> => {
    const course = await synced.addCourse(MEMBERS);
    await synced.sync(course);
    return course;
  };
  const fault = ({ lms }: SyncedCourse, input: FaultInput) =>
    synced.platform.faults.add({ ...input, course: lms.contextId });
  const half = { kind: 'partial-roster', missing: 0.5, times: 'always' } as const;
  const empty = { kind: 'empty-roster', times: 'always' } as const;

  it('are not removed before the last page has arrived', async () => {
    const canvas = await SyncedPlatform.start(lti, { family: 'canvas' });
    const course = await canvas.addCourse(120);
    await canvas.sync(course);
    const before = idsOf(course);
    course.lms.removeMember('user-00001');
    const added = course.lms.addMember({}, 0);
    canvas.platform.faults.add({ kind: 'html', on: 'memberships', after: 2 });

    expect(await canvas.sync(course)).toMatchObject({
      status: 'failed',
      counts: { added: 1, removed: 0, pages: 2 },
      error: { code: 'memberships_unreadable' },
    });
    expect(await canvas.memberIds(course)).toEqual([...before, added.userId].sort());
    await canvas.stop();
  });

  it('are not removed when there is nobody, however often that is read', async () => {
    const course = await syncedCourse();
    fault(course, empty);
    for (let reading = 1; reading <= 3; reading += 1) {
      expect(await synced.sync(course)).toMatchObject({
        status: 'suspicious',
        counts: { removed: 0, unchanged: 0, pages: 1 },
        error: {
          code: 'roster_suspicious',
          message:
            'The platform sent an empty roster for a course of 60 members. Nobody was removed. ' +
            'If the course really is empty, delete it here.',
        },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    }
  });

  it('are not removed when there is nobody, not even a few', async () => {
    const course = await synced.addCourse(3);
    await synced.sync(course);
    fault(course, empty);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(3);
  });

  it('are not removed when half are missing, and the run says what was found and what comes next', async () => {
    const course = await syncedCourse();
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({
      status: 'suspicious',
      counts: { added: 0, updated: 0, removed: 0, unchanged: 30 },
      error: {
        code: 'roster_suspicious',
        message:
          'The platform left out 30 of 60 members. Nobody was removed. ' +
          'They will be if the next sync finds the same: it comes by itself, or ask for it now.',
      },
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are removed when the next complete reading agrees', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 40);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 40, unchanged: 20 },
      error: null,
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are removed when the next complete reading agrees and misses a few more', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 40);
    await synced.sync(course);
    course.lms.members.splice(0, 5);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 45 } });
  });

  it('stay when the next reading shows them again', async () => {
    const course = await syncedCourse();
    fault(course, { ...half, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 0 } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('count anew when a reading in between showed them', async () => {
    const course = await syncedCourse();
    fault(course, { ...half, times: 1 });
    await synced.sync(course);
    await synced.sync(course);
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
  });

  it('stay when the next reading lacks others', async () => {
    const course = await syncedCourse();
    const everybody = [...course.lms.members];
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    course.lms.members = everybody.slice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(MEMBERS);
  });

  it('are not told by a reading that failed', async () => {
    const course = await syncedCourse();
    fault(course, { kind: 'html' });
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'failed', counts: { pages: 0 } });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
  });

  it('are not told by an empty roster: the half that comes after it is the first word', async () => {
    const course = await syncedCourse();
    fault(course, { ...empty, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    fault(course, half);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(MEMBERS);
  });

  it('keep what they were told to be by an empty roster in between', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 30);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    fault(course, { ...empty, times: 1 });
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 30 } });
  });

  it.each([
    ['five of seven', 7, 5],
    ['a fifth', 60, 12],
  ])('are removed at once when they are %s', async (_, members, leaving) => {
    const course = await synced.addCourse(members);
    await synced.sync(course);
    course.lms.members.splice(0, leaving);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: leaving } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('are doubted when they are one more than a fifth', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 13);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious' });
  });

  it('are those with the status Deleted too, whom the platform names outside of differences', async () => {
    const course = await syncedCourse();
    course.lms.members[0]!.status = 'Deleted';
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 1, unchanged: 59 },
    });
    expect(await synced.memberIds(course)).not.toContain('user-00001');
  });
});
