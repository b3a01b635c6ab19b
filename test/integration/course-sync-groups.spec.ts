import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { type SimulatedCourseInput } from '../../src/testing/index.js';
import { LtiTestApp } from '../support/lti-app.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

const scopes = [...defaultScopes, Scope.contextGroupReadonly];

describe('the groups of a course', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti, { family: 'generic' });
    await requestScopes(scopes);
  });
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  const requestScopes = async (wanted: readonly string[]) => {
    const { platform, clientId, registrationId } = synced;
    platform.addTool({ clientId, jwksUrl: lti.jwksUrl, scopes: [...wanted] });
    await lti.api('patch', `/api/v1/registrations/${registrationId}`, { scopes: wanted }).expect(200);
  };
  const addCourse = async (input: SimulatedCourseInput): Promise<SyncedCourse> => {
    const lms = synced.platform.addCourse(input);
    const { contextId, title, membershipsUrl, groupsUrl, groupSetsUrl } = lms;
    const { body } = await lti
      .api('post', '/api/v1/courses', {
        registrationId: synced.registrationId,
        deploymentId: '1',
        ...{ contextId, title, membershipsUrl, groupsUrl, groupSetsUrl },
      })
      .expect(201);
    return { id: body.id as string, lms };
  };
  const groupsOf = async ({ id }: SyncedCourse, query = '') =>
    (await lti.api('get', `/api/v1/courses/${id}/groups${query}`).expect(200)).body;
  const memberGroups = async (course: SyncedCourse) =>
    (await synced.members(course)).map(({ groupIds }) => groupIds);

  it('are stored with their sets, and with the group ids of each member', async () => {
    const course = await addCourse({ members: 3 });
    const [one, other, third] = course.lms.members.map(({ userId }) => userId) as [string, string, string];
    course.lms.groups = [
      { id: 'red', name: 'Red', tag: 'lab', setId: 'labs', userIds: [one, other] },
      { id: 'blue', name: 'Blue', userIds: [other] },
    ];
    course.lms.groupSets = [{ id: 'labs', name: 'Labs' }];
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', groupsError: null });
    const updatedAt = lti.clock.now().toISOString();
    expect(await groupsOf(course)).toEqual({
      items: [
        { id: 'blue', name: 'Blue', tag: null, set: null, updatedAt },
        { id: 'red', name: 'Red', tag: 'lab', set: { id: 'labs', name: 'Labs' }, updatedAt },
      ],
    });
    const first = await groupsOf(course, '?limit=1');
    expect(first.items).toMatchObject([{ id: 'blue' }]);
    const second = await groupsOf(course, `?limit=1&cursor=${first.nextCursor as string}`);
    expect(second.items).toMatchObject([{ id: 'red' }]);
    expect(second.nextCursor).toBeUndefined();
    expect(await memberGroups(course)).toEqual([['red'], ['red', 'blue'], []]);
    const { body } = await lti.api('get', `/api/v1/courses/${course.id}/members?groupId=blue`).expect(200);
    expect(body.items.map(({ userId }: { userId: string }) => userId)).toEqual([other]);
    expect(third).toBeDefined();

    // What changes at the platform changes here, and nothing else is written.
    lti.clock.advance(60_000);
    course.lms.groups = [{ id: 'red', name: 'Crimson', userIds: [other] }];
    expect(await synced.sync(course)).toMatchObject({ counts: { added: 0, updated: 2, unchanged: 1 } });
    expect((await groupsOf(course)).items).toMatchObject([
      { id: 'red', name: 'Crimson', tag: null, set: null },
    ]);
    expect(await memberGroups(course)).toEqual([[], ['red'], []]);
    const changedAt = lti.clock.now().toISOString();
    lti.clock.advance(60_000);
    expect(await synced.sync(course)).toMatchObject({ counts: { updated: 0, unchanged: 3 } });
    expect((await groupsOf(course)).items).toMatchObject([{ updatedAt: changedAt }]);
  });

  it('that cannot be read stay as they were, and the run says why', async () => {
    const course = await addCourse({ members: 2, groups: [{ id: 'a', name: 'A' }] });
    await synced.sync(course);
    for (const fault of [{ kind: 'status', status: 403, body: 'no' }, { kind: 'html' }] as const) {
      synced.platform.faults.add({ on: 'groups', ...fault });
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        error: null,
        groupsError: { code: fault.kind === 'html' ? 'groups_unreadable' : 'groups_refused' },
      });
      expect((await groupsOf(course)).items).toMatchObject([{ id: 'a' }]);
    }
    expect(await synced.sync(course)).toMatchObject({ groupsError: null });
  });

  it('are not shown any more after their course was deleted', async () => {
    const course = await addCourse({ members: 1, groups: [{ id: 'a', name: 'A' }] });
    await synced.sync(course);
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    const { body } = await lti.api('get', `/api/v1/courses/${course.id}/groups`).expect(404);
    expect(body).toMatchObject({ code: 'course_not_found' });
  });

  it('are not asked for while the registration does not request their scope', async () => {
    const course = await addCourse({ members: 2, groups: [{ id: 'a', name: 'A' }] });
    await requestScopes(defaultScopes);
    const before = synced.platform.counts.groupRequests;
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', groupsError: null });
    expect(synced.platform.counts.groupRequests).toBe(before);
    expect(await memberGroups(course)).toEqual([null, null]);
    await requestScopes(scopes);
    await synced.sync(course);
    expect(await memberGroups(course)).toEqual([[], []]);
  });
});
