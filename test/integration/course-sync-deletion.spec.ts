import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { LtiTestApp } from '../support/lti-app.js';
import { dataSourceOf, membershipVersions } from '../support/membership-versions.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

const PAUSE_MS = 1000;

describe('a sync that has lost its run', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  beforeEach(async () => (synced = await SyncedPlatform.start(lti, { family: 'canvas' })));
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  /** A sync that has read its first page of three and waits for the second. */
  const inMidSync = async (course: SyncedCourse) => {
    synced.platform.faults.add({
      kind: 'latency',
      ms: PAUSE_MS,
      on: 'memberships',
      after: 1,
      course: course.lms.contextId,
    });
    const run = await synced.request(course);
    await synced.untilRun(run.id, ({ counts }) => counts.pages === 1);
    await lti.clock.untilSleeping();
    return run;
  };
  /** Sends the second page, and waits until no worker is active any more. */
  const goOn = async () => {
    lti.clock.advance(PAUSE_MS);
    await lti.untilNoJob();
  };

  it('because its registration was deleted writes nothing more, and its courses are deleted', async () => {
    const course = await synced.addCourse(150);
    const { id } = await inMidSync(course);
    const before = await membershipVersions(lti, course.id);
    expect(before).toHaveLength(50);
    await lti.api('delete', `/api/v1/registrations/${synced.registrationId}`).expect(204);
    await goOn();

    expect(await synced.run(id)).toMatchObject({
      status: 'cancelled',
      counts: { added: 50, pages: 1 },
      error: { code: 'cancelled', message: 'The registration was deleted.' },
      finishedAt: expect.any(String),
    });
    expect(await membershipVersions(lti, course.id)).toEqual(before);
    for (const [method, path] of [
      ['get', `/api/v1/courses/${course.id}`],
      ['get', `/api/v1/courses/${course.id}/members`],
      ['post', `/api/v1/courses/${course.id}/sync`],
      ['delete', `/api/v1/courses/${course.id}`],
    ] as const) {
      const { body } = await lti.api(method, path).expect(404);
      expect(body.code).toBe('course_not_found');
    }
    const { body } = await lti.api('post', `/api/v1/registrations/${synced.registrationId}/sync`).expect(404);
    expect(body.code).toBe('registration_not_found');
    const { body: listed } = await lti
      .api('get', `/api/v1/courses?registrationId=${synced.registrationId}`)
      .expect(200);
    expect(listed.items).toEqual([]);
  });

  it.each(['completed', 'suspicious', 'failed'] as const)(
    'by a cancellation at its very end cannot finish as %s',
    async (status) => {
      const course = await synced.addCourse(3);
      const runs = lti.app.get(SyncRunRepository);
      const identity = { id: course.id, registrationId: synced.registrationId };
      const [asked] = await runs.ensure(dataSourceOf(lti).manager, [identity], 'request');
      const { run } = (await runs.start(asked!.id))!;
      await runs.cancel({ courseId: course.id }, 'The course was deleted.');
      await expect(runs.finish(run, { status }, 0)).rejects.toMatchObject({ code: 'sync_run_taken_over' });
      await expect(runs.noteRoster(run, { status: 'completed', unchanged: 0 })).rejects.toMatchObject({
        code: 'sync_run_taken_over',
      });
      const emptyRoster = { members: [], isWhole: true, membershipsUrl: null, differencesUrl: null };
      for (const isEnd of [true, false]) {
        await expect(runs.endUnchanged(run, { ...emptyRoster, isEnd }, 0)).rejects.toMatchObject({
          code: 'sync_run_taken_over',
        });
      }
      expect(await synced.run(asked!.id)).toMatchObject({
        status: 'cancelled',
        error: { code: 'cancelled' },
      });
    },
  );

  it('because its course was deleted writes nothing more, and the other courses are synced', async () => {
    const course = await synced.addCourse(150);
    const other = await synced.addCourse(10);
    const { id } = await inMidSync(course);
    const before = await membershipVersions(lti, course.id);
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    await goOn();
    expect(await synced.run(id)).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', message: 'The course was deleted.' },
    });
    expect(await membershipVersions(lti, course.id)).toEqual(before);
    await lti.api('post', `/api/v1/courses/${course.id}/sync`).expect(404);
    expect(await synced.sync(other)).toMatchObject({ status: 'completed', counts: { added: 10 } });
  });

  it('removes no member when the course is deleted before its last page', async () => {
    const course = await synced.addCourse(70);
    await synced.sync(course);
    const before = await membershipVersions(lti, course.id);
    course.lms.members.splice(60, 3);
    await inMidSync(course);
    await lti.api('delete', `/api/v1/courses/${course.id}`).expect(204);
    await goOn();
    expect(await membershipVersions(lti, course.id)).toEqual(before);
  });

  it('to another worker writes nothing more, and the run finishes once it is continued', async () => {
    const course = await synced.addCourse(150);
    const { id } = await inMidSync(course);
    const before = await membershipVersions(lti, course.id);
    await dataSourceOf(lti).query('UPDATE nest_lti.sync_run SET attempt = attempt + 1 WHERE id = $1', [id]);
    await goOn();
    expect(await synced.run(id)).toMatchObject({
      status: 'running',
      attempts: 2,
      counts: { added: 50, pages: 1 },
    });
    expect(await membershipVersions(lti, course.id)).toEqual(before);

    expect(await synced.request(course)).toMatchObject({ id });
    expect(await synced.untilEnded(id)).toMatchObject({
      status: 'completed',
      attempts: 3,
      counts: { added: 150, updated: 0, unchanged: 0, pages: 3 },
    });
  });

  it('before it began does nothing', async () => {
    const course = await synced.addCourse(10);
    const requests = synced.platform.counts.membershipRequests;
    await Promise.all([synced.request(course), synced.request(course)]);
    await lti.api('delete', `/api/v1/registrations/${synced.registrationId}`).expect(204);
    await goOn();
    const { body } = await lti.api('get', `/api/v1/sync-runs?courseId=${course.id}`).expect(200);
    for (const run of body.items) expect(['cancelled', 'completed']).toContain(run.status);
    expect(synced.platform.counts.membershipRequests - requests).toBeLessThanOrEqual(1);
  });
});
