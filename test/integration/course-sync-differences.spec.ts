import { type FaultInput } from '../../src/testing/index.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

const DAY_MS = 86_400_000;

describe('a course whose platform offers differences', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti);
  });
  afterEach(() => synced.platform.faults.clear());
  afterAll(async () => {
    await synced.stop();
    await lti.stop();
  });

  /** A course of 520 members in two pages, synced once. */
  const syncedCourse = async (): Promise<SyncedCourse> => {
    const course = await synced.addCourse(520);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 520, pages: 2 },
    });
    return course;
  };
  const fault = ({ lms }: SyncedCourse, input: FaultInput) =>
    synced.platform.faults.add({ ...input, course: lms.contextId });
  const requestsFor = async (course: SyncedCourse, work: () => Promise<unknown>): Promise<number> => {
    const path = new URL(course.lms.membershipsUrl).pathname;
    const { byPath } = synced.platform.counts;
    const before = byPath[path] ?? 0;
    await work();
    return (byPath[path] ?? 0) - before;
  };

  it('is asked only for changes, and members with the status Deleted are removed', async () => {
    const course = await syncedCourse();
    const added = course.lms.addMember();
    course.lms.members[5]!.name = 'A new name';
    course.lms.removeMember('user-00002');

    const requests = await requestsFor(course, async () => {
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 1, updated: 1, removed: 1, unchanged: 518, pages: 1 },
      });
    });
    expect(requests).toBe(1);
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
    expect((await synced.members(course)).find(({ userId }) => userId === added.userId)).toBeDefined();
  });

  it('is asked with the link of its last answer each time', async () => {
    const server = await LoopbackServer.start((response, _, nth) => {
      response.setHeader('link', `</changes?since=${nth}>; rel="differences"`);
      response.end('{"members":[]}');
    });
    const course = await synced.addCourse(0, server.url('/members'));
    for (let time = 1; time <= 4; time += 1) {
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { pages: 1 } });
    }
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/members?limit=500',
      '/changes?since=1',
      '/changes?since=2',
      '/changes?since=3',
    ]);
    await server.stop();
  });

  it('gets back a member who left and returned', async () => {
    const course = await syncedCourse();
    const [member] = course.lms.members.splice(3, 1);
    await synced.sync(course);
    course.lms.addMember(member);
    expect(await synced.sync(course)).toMatchObject({ counts: { added: 1, removed: 0 } });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('is read completely each week', async () => {
    const course = await syncedCourse();
    lti.clock.advance(7 * DAY_MS - 1000);
    expect(await synced.sync(course)).toMatchObject({ counts: { pages: 1 } });
    lti.clock.advance(1000);
    expect(await synced.sync(course)).toMatchObject({ counts: { unchanged: 520, pages: 2 } });
    expect(await synced.sync(course)).toMatchObject({ counts: { pages: 1 } });
  });

  it.each<[string, FaultInput]>([
    ['is a page for humans', { kind: 'html' }],
    ['is broken JSON', { kind: 'broken-json' }],
    ['leads to another host', { kind: 'foreign-next' }],
    ['leads round in a circle', { kind: 'loop' }],
  ])('is read completely when its differences link %s', async (_, input) => {
    const course = await syncedCourse();
    course.lms.removeMember('user-00020');
    const added = course.lms.addMember();
    fault(course, input);
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 1, removed: 1, unchanged: 519 },
    });
    expect(await synced.memberIds(course)).toContain(added.userId);
    expect(await synced.memberIds(course)).not.toContain('user-00020');
  });

  it('is read completely when the platform has forgotten its differences link', async () => {
    const course = await syncedCourse();
    // As after a restore of the platform's database: the link is older than all of its readings.
    Object.assign(course.lms, { history: new (course.lms.history.constructor as new () => object)() });
    course.lms.removeMember('user-00020');
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 1, unchanged: 519, pages: 4 },
    });
  });

  it('is read completely when the differences would remove too many members, and then is suspicious', async () => {
    const course = await syncedCourse();
    course.lms.members.splice(0, 300);
    expect(await synced.sync(course)).toMatchObject({ status: 'suspicious', counts: { removed: 0 } });
    expect(await synced.members(course)).toHaveLength(520);
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { removed: 300 } });
  });

  it('is read completely when its differences link answers 500', async () => {
    const server = await LoopbackServer.start((response, { url }, nth) => {
      if (url === '/changes') return void response.writeHead(500).end('broken');
      const members = [
        { user_id: 'ana', roles: [] },
        { user_id: `nr-${nth}`, roles: [] },
      ];
      response.setHeader('link', '</changes>; rel="differences"');
      return void response.end(JSON.stringify({ members }));
    });
    const course = await synced.addCourse(0, server.url('/members'));
    expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { added: 2 } });
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { added: 1, removed: 1 },
    });
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/members?limit=500',
      '/changes',
      '/members?limit=500',
    ]);
    await server.stop();
  });

  it('keeps the link when the platform cannot be reached', async () => {
    const course = await syncedCourse();
    course.lms.removeMember('user-00020');
    fault(course, { kind: 'cut', times: 2 });
    expect(await synced.sync(course)).toMatchObject({
      status: 'failed',
      error: { code: 'platform_unreachable' },
    });
    expect(await synced.sync(course)).toMatchObject({
      status: 'completed',
      counts: { removed: 1, pages: 1 },
    });
  });
});

describe('a roster that shifts between its pages', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it.each(['generic', 'canvas'] as const)(
    'stores once a member of %s that is shown twice',
    async (family) => {
      synced = await SyncedPlatform.start(lti, { family });
      const course = await synced.addCourse(520);
      synced.platform.faults.add({ kind: 'shift', change: 'insert' });
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 520, updated: 0, removed: 0, unchanged: 0 },
      });
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 1, removed: 0 },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    },
  );

  it.each(['generic', 'canvas'] as const)(
    'removes exactly the member of %s that left, and not the one that was hidden because of it',
    async (family) => {
      synced = await SyncedPlatform.start(lti, { family });
      const course = await synced.addCourse(520);
      await synced.sync(course);
      lti.clock.advance(7 * DAY_MS);
      synced.platform.faults.add({ kind: 'shift' });
      expect(await synced.sync(course)).toMatchObject({
        status: 'completed',
        counts: { added: 0, removed: 1 },
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    },
  );
});
