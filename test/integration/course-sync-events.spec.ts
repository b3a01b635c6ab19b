import { EventEmitter2 } from '@nestjs/event-emitter';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';

describe('the host application, as a listener of course syncs,', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let heard: [name: string, event: Record<string, unknown>][];
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => {
    synced = await SyncedPlatform.start(lti, { family: 'canvas' });
    heard = [];
    emitter().onAny(hear);
  });
  afterEach(async () => {
    emitter().removeAllListeners();
    emitter().offAny(hear);
    await synced.stop();
  });
  afterAll(() => lti.stop());

  const hear = (name: string | string[], event: Record<string, unknown>) =>
    void heard.push([String(name), event]);
  const emitter = () => lti.app.get(EventEmitter2);

  it('is notified of added members page by page, and of the end of the sync', async () => {
    const course = await synced.addCourse(60);
    const { id } = await synced.sync(course);
    const identity = { courseId: course.id, syncRunId: id };
    expect(heard).toEqual([
      [
        'lti.membership.added',
        { ...identity, userIds: expect.arrayContaining(['user-00001', 'user-00050']) },
      ],
      [
        'lti.membership.added',
        { ...identity, userIds: expect.arrayContaining(['user-00051', 'user-00060']) },
      ],
      ['lti.sync.completed', { ...identity, status: 'completed' }],
    ]);
    expect(heard.flatMap(([, { userIds }]) => (userIds as string[] | undefined) ?? [])).toHaveLength(60);
  });

  it('is notified of changed and removed members, and not of unchanged ones', async () => {
    const course = await synced.addCourse(10);
    await synced.sync(course);
    course.lms.members[4]!.name = 'A new name';
    course.lms.removeMember('user-00003');
    heard = [];
    const { id } = await synced.sync(course);
    const identity = { courseId: course.id, syncRunId: id };
    expect(heard).toEqual([
      ['lti.membership.updated', { ...identity, userIds: ['user-00005'] }],
      ['lti.membership.removed', { ...identity, userIds: ['user-00003'] }],
      ['lti.sync.completed', { ...identity, status: 'completed' }],
    ]);
  });

  it('is notified of a suspicious run', async () => {
    const course = await synced.addCourse(10);
    await synced.sync(course);
    heard = [];
    synced.platform.faults.add({ kind: 'empty-roster' });
    await synced.sync(course);
    expect(heard).toMatchObject([['lti.sync.completed', { status: 'suspicious' }]]);
  });

  it('is notified of a failed run and its reason', async () => {
    const course = await synced.addCourse(10);
    synced.platform.faults.add({ kind: 'html', on: 'memberships' });
    const { id, error } = await synced.sync(course);
    expect(heard).toEqual([
      [
        'lti.sync.failed',
        { courseId: course.id, syncRunId: id, errorCode: 'memberships_unreadable', message: error?.message },
      ],
    ]);
  });

  it('does not stop a sync when its listener throws', async () => {
    const course = await synced.addCourse(60);
    for (const name of ['lti.membership.added', 'lti.sync.completed']) {
      emitter().on(name, () => {
        throw new Error('A fault of the host.');
      });
    }
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      attempts: 1,
      counts: { added: 60 },
    });
  });
});
