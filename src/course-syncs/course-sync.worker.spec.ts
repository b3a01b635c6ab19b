import { DelayedError, type Job } from 'bullmq';
import { type LtiError } from '../common/lti-error.js';
import { type LtiConfig } from '../config/lti-config.js';
import { type JobProcessor } from '../jobs/job-queues.js';
import { LtiMetrics } from '../metrics/lti-metrics.js';
import { WorkMetrics } from '../metrics/work-metrics.js';
import { PlatformTimeout } from '../platform-http/platform-http.errors.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { type CourseSyncJob } from './course-sync.service.js';
import { CourseSyncWorker } from './course-sync.worker.js';
import { type WaitListener } from './sync-reading.js';

const REGISTRATION = 'registration 1';

/** The platform's time-outs take half a minute of the machine's time, so its answers are the test's. */
describe('CourseSyncWorker at a platform that does not answer in time', () => {
  let processJob: JobProcessor<CourseSyncJob>;
  let read: (runId: string, onWait: WaitListener) => Promise<{ status: 'completed' }>;
  let started: string[];
  let delayed: string[];
  let promoted: string[];
  let clock: FakeClock;

  beforeEach(async () => {
    clock = new FakeClock();
    started = [];
    delayed = [];
    promoted = [];
    const runs = {
      start: (id: string) => {
        started.push(id);
        const now = clock.now();
        return Promise.resolve({
          run: { id, registrationId: REGISTRATION, attempt: 1, createdAt: now, startedAt: now },
        });
      },
      delay: (id: string, { message }: LtiError) => {
        delayed.push(`${id}: ${message}`);
        return Promise.resolve(true);
      },
      finish: () => Promise.resolve(),
      postpone: () => Promise.resolve(),
    };
    const runner = {
      read: ({ run }: { run: { id: string } }, _: unknown, __: unknown, onWait: WaitListener) =>
        read(run.id, onWait),
    };
    const worker = (_: string, __: number, processor: JobProcessor<CourseSyncJob>) => {
      processJob = processor;
      return Promise.resolve({ run: () => Promise.resolve(), close: () => Promise.resolve() });
    };
    const syncs = new CourseSyncWorker(
      runner as never,
      runs as never,
      { worker } as never,
      { publish: () => undefined } as never,
      new WorkMetrics(new LtiMetrics()),
      { courseSync: { concurrency: 4 } } as LtiConfig,
      clock,
    );
    await syncs.onApplicationBootstrap();
  });

  const run = (runId: string): Promise<void> => {
    const job = {
      id: runId,
      data: { runId, registrationId: REGISTRATION },
      priority: 1,
      moveToDelayed: () => Promise.resolve(),
      promote: () => Promise.resolve(void promoted.push(runId)),
    };
    return processJob(job as unknown as Job<CourseSyncJob, void>, 'token', { waitsFor: () => undefined });
  };

  const timeOut = async (): Promise<void> => {
    read = () => Promise.reject(new PlatformTimeout(new URL('https://lms.example.edu/'), 'headers'));
    await run('timed out');
  };

  /** A run whose platform answers this wait, and that goes on until `end`. */
  const runWithAnswer = (of: 'token' | 'answer'): { end: () => Promise<void> } => {
    let resolve: (end: { status: 'completed' }) => void = () => undefined;
    const promise = new Promise<{ status: 'completed' }>((onResolve) => (resolve = onResolve));
    read = (_, onWait) => {
      onWait(Promise.resolve(), of);
      return promise;
    };
    const ended = run(`with ${of}`);
    return {
      end: () => {
        resolve({ status: 'completed' });
        return ended;
      },
    };
  };

  it('starts one run, and no other until the platform answers it: a stored token is not an answer', async () => {
    await timeOut();
    const first = runWithAnswer('token');
    await new Promise(setImmediate);
    await expect(run('second')).rejects.toThrow(DelayedError);
    expect(delayed).toEqual([expect.stringContaining('second: Waits until')]);
    expect(delayed[0]).toContain('one run at a time');
    await first.end();
    expect(started).toEqual(['timed out', 'with token']);
  });

  it('starts the others as soon as the platform answers', async () => {
    await timeOut();
    const first = runWithAnswer('answer');
    await new Promise(setImmediate);
    read = () => Promise.resolve({ status: 'completed' });
    await run('second');
    await first.end();
    expect(started).toEqual(['timed out', 'with answer', 'second']);
    expect(delayed).toEqual([]);
  });

  it('delays the others until the end of its Retry-After, and starts none twice', async () => {
    const retryAt = new Date(clock.nowMs() + 60_000);
    read = () => Promise.reject(new PlatformThrottled(new URL('https://lms.example.edu/'), retryAt));
    await expect(run('throttled')).rejects.toThrow(DelayedError);
    await expect(run('second')).rejects.toThrow(DelayedError);
    expect(started).toEqual(['throttled']);
    expect(delayed).toEqual([expect.stringContaining('the platform throttles our requests')]);
    clock.advance(60_000);
    read = () => Promise.resolve({ status: 'completed' });
    // Its delay has ended, so it is not delayed any more.
    await run('second');
    expect(started).toEqual(['throttled', 'second']);
    expect(promoted).toEqual([]);
  });

  it('gives the place of a run that fails unexpectedly to the next one', async () => {
    await timeOut();
    read = () => Promise.reject(new Error('The database cannot be reached.'));
    await expect(run('failed')).rejects.toThrow('database');
    read = () => Promise.resolve({ status: 'completed' });
    await run('next');
    expect(started).toEqual(['timed out', 'failed', 'next']);
  });
});
