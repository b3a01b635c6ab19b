import { CourseSyncRunner } from '../../src/course-syncs/course-sync.runner.js';
import { SyncRunRepository } from '../../src/course-syncs/sync-run.repository.js';
import { SystemClock } from '../../src/common/clock.js';
import { MOST_WAITING } from '../../src/jobs/job-slots.js';
import { PlatformTimeout } from '../../src/platform-http/platform-http.errors.js';
import { LtiTestApp } from '../support/lti-app.js';
import { idsOf, queueOf, SyncedPlatform } from '../support/synced-platform.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
/** The default of courseSync.concurrency. */
const WORKERS = 4;

describe('a course sync whose platform asks to wait', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  // Whose clock is the test's.
  beforeAll(async () => (lti = await LtiTestApp.start({ tokenStore: 'memory' })));
  beforeEach(async () => {
    synced = await SyncedPlatform.start(lti, { family: 'canvas' });
    // BullMQ reads times of the test's clock by the machine's clock, so they must not be in the past.
    lti.clock.advance(Math.max(0, new SystemClock().nowMs() - lti.clock.nowMs()));
  });
  afterEach(() => synced.stop());
  afterAll(() => lti.stop());

  /** Delays are ended early, because BullMQ uses the machine's clock. */
  const untilAllEnded = async (runs: readonly { id: string }[]): Promise<void> => {
    await until('the end of all runs, while time goes on', async () => {
      lti.clock.advance(30_000);
      await queueOf(lti).promoteJobs();
      const views = await Promise.all(runs.map(({ id }) => synced.run(id)));
      return views.every(({ finishedAt }) => finishedAt !== null) || undefined;
    });
  };

  it('waits up to 30 s and goes on where it was', async () => {
    const course = await synced.addCourse(150);
    synced.platform.faults.add({ kind: 'throttle', retryAfter: 30, on: 'memberships', after: 1 });
    const { id } = await synced.request(course);
    await lti.clock.untilSleeping();
    // The second page is requested while the first one is stored.
    const waiting = await synced.untilRun(id, ({ counts }) => counts.pages === 1);
    expect(waiting.status).toBe('running');
    lti.clock.advance(30_000);
    expect(await synced.untilEnded(id)).toMatchObject({
      status: 'completed',
      counts: { added: 150, pages: 3, tokenRequests: 1 },
      attempts: 1,
    });
  });

  it.each(['429', '403-text'] as const)(
    'is delayed when the wait is longer, says why, and continues: %s',
    async (as) => {
      const course = await synced.addCourse(150);
      synced.platform.faults.add({ kind: 'throttle', as, retryAfter: 31, on: 'memberships', after: 1 });
      const retryAt = new Date(lti.clock.now().getTime() + 31_000).toISOString();
      const { id } = await synced.request(course);
      const delayed = await synced.untilRun(id, ({ status }) => status === 'delayed');
      expect(await synced.request(course)).toMatchObject({ id });
      await synced.goOn(id, 31_000);

      expect(delayed).toMatchObject({ retryAt, finishedAt: null, error: { code: 'platform_throttled' } });
      expect(delayed.error?.message).toContain(`throttles our requests. Try again after ${retryAt}.`);
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'completed',
        counts: { added: 150, pages: 3, tokenRequests: 1 },
        attempts: 2,
        error: null,
        retryAt: null,
      });
      expect(await synced.memberIds(course)).toEqual(idsOf(course));
    },
  );

  it.each(['429', '403-text'] as const)(
    'is slowed down, and does not fail, when a leaky bucket is full, which answers %s without a time',
    async (answersAs) => {
      const canvas = await SyncedPlatform.start(lti, { family: 'canvas', throttles: true });
      const { throttle } = canvas.platform;
      throttle!.answersAs = answersAs;
      const course = await canvas.addCourse(150);
      const { clientId } = canvas.platform.tools[0]!;
      throttle!.fill(clientId, 800);
      const { id } = await canvas.request(course);
      const ended = await until('the end of the run, while time goes on', async () => {
        lti.clock.advance(1000);
        const run = await canvas.run(id);
        return run.finishedAt === null ? undefined : run;
      });
      expect(ended).toMatchObject({
        status: 'completed',
        counts: { added: 150, tokenRequests: 1 },
        error: null,
      });
      expect(throttle!.refused).toBeGreaterThan(0);
      expect(throttle!.refused).toBeLessThan(10);
      await canvas.stop();
    },
  );

  it('takes no worker from 18 other platforms while one platform hangs and one throttles', async () => {
    const hanging = synced;
    const throttling = await SyncedPlatform.start(lti);
    hanging.platform.faults.add({ kind: 'hang', on: 'memberships', times: 'always' });
    throttling.platform.faults.add({ kind: 'throttle', retryAfter: 30, on: 'memberships', times: 'always' });
    const waiting: { id: string }[] = [];
    // More than the process may have waiting, and all before the courses of the others.
    for (let nth = 0; nth < MOST_WAITING + 2 * WORKERS; nth += 1)
      waiting.push(await hanging.request(await hanging.addCourse(1)));
    for (let nth = 0; nth < 2 * WORKERS; nth += 1)
      waiting.push(await throttling.request(await throttling.addCourse(1)));
    const others: SyncedPlatform[] = [];
    for (let nth = 0; nth < 18; nth += 1) others.push(await SyncedPlatform.start(lti));
    for (const other of others)
      expect(await other.sync(await other.addCourse(5))).toMatchObject({ status: 'completed' });

    const runs = await Promise.all(waiting.map(({ id }) => hanging.run(id)));
    expect(runs.filter(({ finishedAt }) => finishedAt !== null)).toEqual([]);
    const atHanging = runs.filter(({ registrationId }) => registrationId === hanging.registrationId);
    expect(atHanging.filter(({ status }) => status === 'running')).toHaveLength(WORKERS);
    expect(atHanging.find(({ status }) => status === 'delayed')).toMatchObject({
      error: {
        code: 'platform_busy',
        message: expect.stringContaining('4 other runs wait for the platform'),
      },
      startedAt: null,
      attempts: 0,
    });
    expect(hanging.platform.counts.membershipRequests).toBe(WORKERS);
    await Promise.all([hanging, throttling, ...others].map((platform) => platform.stop()));
    await untilAllEnded(waiting);
  }, 120_000);

  it('takes no worker from another platform while its token end point hangs', async () => {
    const healthy = await SyncedPlatform.start(lti);
    synced.platform.faults.add({ kind: 'hang', on: 'token', times: 'always' });
    const waiting: { id: string }[] = [];
    for (let nth = 0; nth < WORKERS; nth += 1) waiting.push(await synced.request(await synced.addCourse(1)));
    expect(await healthy.sync(await healthy.addCourse(5))).toMatchObject({ status: 'completed' });
    const runs = await Promise.all(waiting.map(({ id }) => synced.run(id)));
    expect(runs.filter(({ status }) => status === 'running')).toHaveLength(WORKERS);
    await healthy.stop();
    synced.platform.faults.clear();
    await untilAllEnded(waiting);
  });

  it('starts at once though another process has taken the run before it', async () => {
    const small = await LtiTestApp.start({ courseSync: { concurrency: 1 } });
    small.clock.advance(new SystemClock().nowMs() - small.clock.nowMs());
    const platform = await SyncedPlatform.start(small);
    platform.platform.faults.add({ kind: 'latency', ms: 5000, on: 'memberships' });
    const first = await platform.request(await platform.addCourse(1));
    await small.clock.untilSleeping();
    const waiting: { id: string }[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const run = await platform.request(await platform.addCourse(1));
      await platform.untilRun(run.id, ({ error }) => error?.code === 'platform_busy');
      waiting.push(run);
    }
    await (await queueOf(small).getJob(waiting[0]!.id))!.remove();
    small.clock.advance(5000);
    expect(await platform.untilEnded(first.id)).toMatchObject({ status: 'completed' });
    // Sooner than the 30 s of its delay.
    expect(await platform.untilEnded(waiting[1]!.id)).toMatchObject({ status: 'completed' });
    await platform.stop();
    await small.stop();
  });

  it('waits for other runs of its platform without an end, and an hour after its own start for its platform', async () => {
    synced.platform.faults.add({ kind: 'throttle', retryAfter: 3500, on: 'memberships' });
    const first = await synced.request(await synced.addCourse(1));
    await synced.untilRun(first.id, ({ status }) => status === 'delayed');
    const course = await synced.addCourse(1);
    const second = await synced.request(course);
    expect(await synced.untilRun(second.id, ({ status }) => status === 'delayed')).toMatchObject({
      startedAt: null,
      attempts: 0,
      error: { code: 'platform_busy', message: expect.stringContaining('throttles our requests') },
    });
    // The second run is refused until more than an hour after its request. It starts at the end of the first one, or before it: the
    // row says "delayed" a moment before the process has the run in its list.
    synced.platform.faults.add({
      kind: 'throttle',
      retryAfter: 200,
      on: 'memberships',
      course: course.lms.contextId,
    });
    lti.clock.advance(3_500_000);
    await (await queueOf(lti).getJob(first.id))?.promote();
    expect(await synced.untilEnded(first.id)).toMatchObject({ status: 'completed', attempts: 2 });
    expect(
      await synced.untilRun(second.id, ({ error }) => error?.code === 'platform_throttled'),
    ).toMatchObject({ status: 'delayed', attempts: 1 });
    await synced.goOn(second.id, 200_000);
    expect(await synced.untilEnded(second.id)).toMatchObject({ status: 'completed', attempts: 2 });
  });

  describe('after a time-out of its platform, which takes half a minute of the machine and is therefore thrown by the test', () => {
    const timeOut = async (): Promise<void> => {
      jest
        .spyOn(lti.app.get(CourseSyncRunner, { strict: false }), 'read')
        .mockRejectedValueOnce(new PlatformTimeout(new URL(synced.platform.issuer), 'headers'));
      const timedOut = await synced.sync(await synced.addCourse(1));
      expect(timedOut).toMatchObject({ status: 'failed', error: { code: 'platform_timeout' } });
    };
    afterEach(() => jest.restoreAllMocks());

    it('waits for the one run that shows whether the platform answers: a stored token is not an answer', async () => {
      await synced.sync(await synced.addCourse(1));
      await timeOut();
      synced.platform.faults.add({ kind: 'latency', ms: 5000, on: 'memberships' });
      const first = await synced.request(await synced.addCourse(1));
      await lti.clock.untilSleeping();
      const second = await synced.request(await synced.addCourse(1));
      expect(await synced.untilRun(second.id, ({ error }) => error?.code === 'platform_busy')).toMatchObject({
        status: 'delayed',
        startedAt: null,
        attempts: 0,
        error: { message: expect.stringContaining('one run at a time shows whether it answers') },
      });
      lti.clock.advance(5000);
      // Sooner than the 30 s of its delay.
      expect(await synced.untilEnded(second.id)).toMatchObject({ status: 'completed', attempts: 1 });
      expect(await synced.untilEnded(first.id)).toMatchObject({ status: 'completed', attempts: 1 });
    });

    it('starts beside the run that the platform has answered, before that run ends', async () => {
      await timeOut();
      const course = await synced.addCourse(60);
      synced.platform.faults.add({
        kind: 'latency',
        ms: 5000,
        on: 'memberships',
        after: 1,
        course: course.lms.contextId,
      });
      const first = await synced.request(course);
      await lti.clock.untilSleeping();
      expect(await synced.sync(await synced.addCourse(1))).toMatchObject({
        status: 'completed',
        attempts: 1,
      });
      expect(await synced.run(first.id)).toMatchObject({ status: 'running' });
      lti.clock.advance(5000);
      await synced.untilEnded(first.id);
    });

    it('gets the place of a run that fails unexpectedly', async () => {
      await timeOut();
      const read = jest.spyOn(lti.app.get(CourseSyncRunner, { strict: false }), 'read');
      read.mockRejectedValueOnce(new Error('The database cannot be reached.'));
      const failing = await synced.request(await synced.addCourse(1));
      await lti.untilNoJob();
      expect(await synced.run(failing.id)).toMatchObject({ status: 'running', attempts: 1 });
      expect(await synced.sync(await synced.addCourse(1))).toMatchObject({
        status: 'completed',
        attempts: 1,
      });
    });
  });

  it('waits and continues when the platform is down for a moment', async () => {
    const course = await synced.addCourse(60);
    synced.platform.faults.add({ kind: 'unavailable', on: 'memberships', times: 2 });
    const { id } = await synced.request(course);
    for (let pause = 1; pause <= 2; pause += 1) {
      await lti.clock.untilSleeping();
      lti.clock.advance(2000);
    }
    expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed', counts: { added: 60 } });
  });

  it('fails when the platform asks for more than an hour', async () => {
    const course = await synced.addCourse(60);
    synced.platform.faults.add({ kind: 'unavailable', retryAfter: HOUR_MS / 1000, on: 'memberships' });
    const run = await synced.sync(course);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'platform_throttled' }, retryAt: null });
  });

  it.each([
    ['answers no token', 1000, { kind: 'null-token' }, 'token_request_failed'],
    ['is a page for humans', 1000, { kind: 'html' }, 'token_request_failed'],
    ['does not know us', 60_000, { kind: 'unauthorized' }, 'token_request_refused'],
  ] as const)(
    'is delayed when the token end point %s, and fails after an hour',
    async (_, ms, fault, code) => {
      const course = await synced.addCourse(60);
      synced.platform.faults.add({ ...fault, on: 'token', times: 'always' });
      const { id } = await synced.request(course);
      const delayed = await synced.untilRun(id, ({ status }) => status === 'delayed');
      expect(delayed).toMatchObject({ error: { code }, counts: { tokenRequests: 1 } });

      await synced.goOn(id, HOUR_MS);
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'failed',
        error: { code, message: expect.stringMatching(/\.$/) },
        counts: { pages: 0, tokenRequests: 2 },
      });
      expect(synced.platform.counts.tokenRequests).toBe(2);
    },
  );

  describe('by a 401 which does not show whether the token is invalid', () => {
    /** Forces a renewal, so that no other may be forced for a minute. */
    const forceRenewal = async (): Promise<void> => {
      const course = await synced.addCourse(1);
      await synced.sync(course);
      synced.platform.expireTokens();
      expect(await synced.sync(course)).toMatchObject({ status: 'completed', counts: { tokenRequests: 1 } });
      lti.clock.advance(1000);
    };

    it('is delayed, and completes with a new token', async () => {
      const course = await synced.addCourse(60);
      await forceRenewal();
      synced.platform.expireTokens();
      const { id } = await synced.request(course);
      const delayed = await synced.untilRun(id, ({ status }) => status === 'delayed');
      await synced.goOn(id, 60_000);
      expect(delayed).toMatchObject({ error: { code: 'authentication_failed' } });
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'completed',
        counts: { added: 60 },
        attempts: 2,
      });
    });

    it('is delayed once, and its next attempt decides', async () => {
      const withdrawn = await synced.addCourse(60);
      const healthy = await synced.addCourse(60);
      await forceRenewal();
      synced.platform.withdrawTool(withdrawn.lms.contextId);
      const { id } = await synced.request(withdrawn);
      await synced.untilRun(id, ({ status }) => status === 'delayed');
      lti.clock.advance(2000);
      expect(await synced.sync(healthy)).toMatchObject({ status: 'completed' });
      await synced.goOn(id, 58_000);
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'failed',
        error: { code: 'authentication_failed' },
        counts: { tokenRequests: 0 },
        attempts: 2,
      });
    });

    it('stores it in its row for the process of the next attempt', async () => {
      const course = await synced.addCourse(60);
      await forceRenewal();
      synced.platform.expireTokens();
      const { id } = await synced.request(course);
      await synced.untilRun(id, ({ status }) => status === 'delayed');
      const { refusedCall } = await lti.app.get(SyncRunRepository, { strict: false }).get(id);
      expect(refusedCall).toMatchObject({ call: `GET ${course.lms.membershipsUrl}?limit=500` });
    });
  });

  it('continues when the token end point works again', async () => {
    const course = await synced.addCourse(60);
    synced.platform.faults.add({ kind: 'cut', on: 'token' });
    const { id } = await synced.request(course);
    await synced.untilRun(id, ({ status }) => status === 'delayed');
    await synced.goOn(id, 1000);
    expect(await synced.untilEnded(id)).toMatchObject({
      status: 'completed',
      counts: { added: 60, tokenRequests: 2 },
      attempts: 2,
    });
  });
});
