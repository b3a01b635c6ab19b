import { type RequestedRun } from '../../src/courses/sync-run.schema.js';
import { LtiTestApp } from '../support/lti-app.js';
import { SyncedPlatform } from '../support/synced-platform.js';

const PAUSE_MS = 1000;

describe('a request for syncs', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  it('returns the run of a course that is being synced, and starts a new one after it', async () => {
    const course = await synced.addCourse(120);
    synced.platform.faults.add({ kind: 'latency', ms: PAUSE_MS, on: 'memberships', after: 1 });
    const first = await synced.request(course);
    await lti.clock.untilSleeping();
    await synced.untilRun(first.id, ({ counts }) => counts.pages === 1);
    expect(await synced.request(course)).toEqual(first);
    expect(await synced.run(first.id)).toMatchObject({ status: 'running', counts: { added: 50, pages: 1 } });

    lti.clock.advance(PAUSE_MS);
    expect(await synced.untilEnded(first.id)).toMatchObject({ status: 'completed', attempts: 1 });
    const second = await synced.request(course);
    expect(second.id).not.toBe(first.id);
    await synced.untilEnded(second.id);
  });

  it('returns one run to all callers at the same time', async () => {
    const course = await synced.addCourse(1);
    synced.platform.faults.add({ kind: 'latency', ms: PAUSE_MS, on: 'memberships' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => synced.request(course)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    await lti.clock.untilSleeping();
    lti.clock.advance(PAUSE_MS);
    await synced.untilEnded(answers[0]!.id);
  });

  it('always returns a run, also when one is just ending', async () => {
    const course = await synced.addCourse(0);
    const asking = Array.from({ length: 4 }, async () => {
      for (let time = 1; time <= 10; time += 1)
        expect(await synced.request(course)).toMatchObject({ courseId: course.id });
    });
    await Promise.all(asking);
    await synced.sync(course);
  });

  it('of a registration returns a run for each of its courses, and for no other', async () => {
    const other = await SyncedPlatform.start(lti);
    await other.addCourse(1);
    const courses = [await synced.addCourse(1), await synced.addCourse(1)];
    const { body } = await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(202);
    const runs = body.runs as RequestedRun[];
    expect(runs.map(({ courseId }) => courseId).sort()).toEqual(courses.map(({ id }) => id).sort());
    await Promise.all(runs.map(({ id }) => synced.untilEnded(id)));
    await other.stop();
  });

  it('of a registration without courses returns no runs', async () => {
    const { body } = await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(202);
    expect(body).toEqual({ runs: [] });
  });

  it('of everything returns a run for each course', async () => {
    const course = await synced.addCourse(3);
    const { body: all } = await lti.api('get', '/api/v1/courses?limit=500').expect(200);
    const { body } = await lti.api('post', '/api/v1/syncs').expect(202);
    const runs = body.runs as RequestedRun[];
    expect(runs.map(({ courseId }) => courseId).sort()).toEqual(
      all.items.map(({ id }: { id: string }) => id).sort(),
    );
    await Promise.all(runs.map(({ id }) => synced.untilEnded(id)));
    expect(await synced.members(course)).toHaveLength(3);
  });

  it('creates runs that are listed by course, registration and status, in pages', async () => {
    const course = await synced.addCourse(1);
    const runs = [];
    for (let time = 1; time <= 3; time += 1) runs.push((await synced.sync(course)).id);
    const list = async (query: string) =>
      (await lti.readPages(`/api/v1/sync-runs?${query}`)).map(({ id }) => id);
    expect(await list(`courseId=${course.id}`)).toEqual(runs.toReversed());
    expect(await list(`courseId=${course.id}&order=asc`)).toEqual(runs);
    expect(await list(`registrationId=${synced.registrationId}&status=completed`)).toHaveLength(3);
    expect(await list(`registrationId=${synced.registrationId}&status=failed`)).toEqual([]);
  });
});
