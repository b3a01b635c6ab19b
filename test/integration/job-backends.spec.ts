import { Logger } from '@nestjs/common';
import { type LtiConfig, parseLtiConfig } from '../../src/config/lti-config.js';
import { CourseSyncScheduler } from '../../src/course-syncs/course-sync.scheduler.js';
import { JobQueues } from '../../src/jobs/job-queues.js';
import { type JobsConnection } from '../../src/jobs/jobs-connection.js';
import { PostgresJobBackend } from '../../src/jobs/postgres-job-backend.js';
import { JobMetrics } from '../../src/metrics/job-metrics.js';
import { LtiMetrics } from '../../src/metrics/lti-metrics.js';
import { LtiTestApp } from '../support/lti-app.js';
import { queueOf, SyncedPlatform } from '../support/synced-platform.js';
import { nestLti } from '../../src/commands/nest-lti.js';
import { runCommandHere } from '../support/command-run.js';
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { describeWithRedis, redisPrefix } from '../support/redis-fixture.js';
import { RedisServer } from '../support/redis-server.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const TERMS = { lockMs: 1000, stalledCheckMs: 300 };
const encryptionKeys = `a:${Buffer.alloc(32, 1).toString('base64')}`;

function configFor(databaseUrl: string, redisUrl?: string) {
  const jobs =
    redisUrl === undefined
      ? { backend: 'postgres' as const }
      : { backend: 'redis' as const, url: redisUrl, keyPrefix: redisPrefix() };
  return parseLtiConfig({
    publicUrl: 'https://tool.example.edu',
    database: { url: databaseUrl },
    encryptionKeys,
    jobs,
  });
}

async function becomesTrue(check: () => boolean | Promise<boolean>): Promise<void> {
  await until('the expected state of the jobs', async () => ((await check()) ? true : undefined));
}

describe('the jobs in PostgreSQL', () => {
  it('survive a crash of the server once they were added; what a worker stores of them does not wait for the disk', async () => {
    const database = await createMigratedDatabase();
    const backend = new PostgresJobBackend(configFor(database.url).database);
    await backend.open();
    const commits = async (roles?: { withBlockingConnection: boolean }) => {
      const created = backend.create('numbers', { connection: {} }, roles);
      const { pool } = (created as unknown as { connection: JobsConnection }).connection;
      return (await pool.query('SHOW synchronous_commit')).rows as unknown;
    };
    try {
      expect(await commits()).toEqual([{ synchronous_commit: 'on' }]);
      expect(await commits({ withBlockingConnection: true })).toEqual([{ synchronous_commit: 'off' }]);
    } finally {
      await backend.end();
      await database.drop();
    }
  });
});

describeWithRedis.each(['postgres', 'redis'] as const)('the job engine on %s', (backend) => {
  let database: TestDatabase;
  let redis: RedisServer;
  let config: LtiConfig;
  let jobs: JobQueues;
  beforeEach(async () => {
    database = await createMigratedDatabase();
    redis = await RedisServer.start();
    config = configFor(database.url, backend === 'redis' ? redis.url : undefined);
    jobs = new JobQueues(config, TERMS);
    await jobs.onModuleInit();
  });
  afterEach(async () => {
    await jobs.beforeApplicationShutdown();
    await redis.stop();
    await database.drop();
  });

  it('runs a job once that was added twice under one id, and the more urgent one first', async () => {
    const queue = await jobs.queue<{ n: number }>('numbers');
    await queue.addBulk([
      { name: 'n', data: { n: 1 }, opts: { jobId: 'one', priority: 10 } },
      { name: 'n', data: { n: 1 }, opts: { jobId: 'one', priority: 10 } },
      { name: 'n', data: { n: 2 }, opts: { jobId: 'two', priority: 1 } },
      { name: 'n', data: { n: 3 }, opts: { jobId: 'three', delay: 50 } },
    ]);
    const done: number[] = [];
    const worker = await jobs.worker<{ n: number }>('numbers', 1, ({ data }) => {
      done.push(data.n);
      return Promise.resolve();
    });
    void worker.run();
    await becomesTrue(() => done.length === 3);
    expect(done.filter((n) => n === 1)).toHaveLength(1);
    expect(done.indexOf(2)).toBeLessThan(done.indexOf(1));
    await expect(jobs.ping()).resolves.toBeUndefined();
  });

  it('leaves its jobs to other processes if its worker is off', async () => {
    const other = new JobQueues(config, TERMS, 'off');
    const taken: string[] = [];
    const workerOf = (engine: JobQueues, name: string) =>
      engine.worker<object>('left', 1, () => {
        taken.push(name);
        return Promise.resolve();
      });
    try {
      const queue = await other.queue<object>('left');
      void (await workerOf(other, 'off')).run();
      for (const jobId of ['one', 'two', 'three']) await queue.add('work', {}, { jobId });
      void (await workerOf(jobs, 'on')).run();
      await becomesTrue(() => taken.length === 3);
      expect(taken).toEqual(['on', 'on', 'on']);
    } finally {
      await other.beforeApplicationShutdown();
    }
  });

  it('takes another job while one waits for the outside, and counts both', async () => {
    const shown = new LtiMetrics();
    const metrics = new JobMetrics(shown);
    const engine = new JobQueues(config, TERMS, 'on', metrics);
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const done: string[] = [];
    try {
      await engine.onModuleInit();
      const queue = await engine.queue<object>('slots');
      for (const [jobId, delay] of [['first'], ['second'], ['third', 3_600_000]] as const)
        await queue.add('work', {}, { jobId, priority: 1, delay: delay ?? 0 });
      expect(await metrics.read()).toEqual([{ queue: 'slots', waiting: 2, delayed: 1, active: 0 }]);
      const worker = await engine.worker<object>('slots', 1, async ({ id = '' }, _, slot) => {
        if (done.length === 0 && id !== 'fails') {
          done.push(`${id} waits`);
          slot.waitsFor(answered);
          await answered;
        }
        if (id === 'fails') throw new Error('the work failed');
        done.push(id);
      });
      void worker.run();
      await becomesTrue(() => done.length === 2);
      // The job that does not wait is done, but the engine may not have stored its end yet.
      await becomesTrue(async () => (await metrics.read()).every(({ active }) => active === 1));
      expect(await metrics.read()).toMatchObject([{ waiting: 0, active: 1 }]);
      const [waits = '', other] = done;
      expect([waits.replace(' waits', ''), other].toSorted()).toEqual(['first', 'second']);
      answer();
      await becomesTrue(() => done.length === 3);
      await queue.add('work', {}, { jobId: 'fails' });
      await becomesTrue(async () =>
        (await shown.registry.metrics()).includes('nest_lti_job_failures_total{queue="slots"} 1'),
      );
    } finally {
      answer();
      await engine.beforeApplicationShutdown();
    }
  });

  it('forgets a job that has failed, so that it can be added again', async () => {
    const queue = await jobs.queue<object>('failing');
    let tries = 0;
    const worker = await jobs.worker<object>('failing', 1, () => {
      tries += 1;
      return Promise.reject(new Error('the work failed'));
    });
    void worker.run();
    for (const wanted of [1, 2]) {
      await queue.add('work', {}, { jobId: 'same' });
      await becomesTrue(() => tries === wanted);
      await becomesTrue(async () => (await queue.getJob('same')) === undefined);
    }
  });
});

describeWithRedis('jobs on Redis', () => {
  it('need no schema of the job engine in Postgres, and a Redis that was emptied takes the same jobs again', async () => {
    const database = await createMigratedDatabase();
    const redis = await RedisServer.start();
    await sql(database.url, 'DROP SCHEMA IF EXISTS nest_lti_jobs CASCADE');
    const jobs = new JobQueues(configFor(database.url, redis.url), TERMS);
    try {
      await jobs.onModuleInit();
      const queue = await jobs.queue<object>('work');
      await queue.add('work', {}, { jobId: 'one' });
      await redis.restart();
      await becomesTrue(() =>
        queue.add('work', {}, { jobId: 'one' }).then(
          () => true,
          () => false,
        ),
      );
      let done = 0;
      const worker = await jobs.worker<object>('work', 1, () => {
        done += 1;
        return Promise.resolve();
      });
      void worker.run();
      await becomesTrue(() => done === 1);
      expect(await sql(database.url, `SELECT FROM pg_namespace WHERE nspname = 'nest_lti_jobs'`)).toEqual([]);
    } finally {
      await jobs.beforeApplicationShutdown();
      await redis.stop();
      await database.drop();
    }
  });

  it('have no schema in Postgres after the command migrate, which creates it where the jobs are in Postgres', async () => {
    const database = await createTestDatabase();
    const schemas = () => sql(database.url, `SELECT FROM pg_namespace WHERE nspname = 'nest_lti_jobs'`);
    const migrate = (JOBS_BACKEND: string) =>
      runCommandHere(nestLti, { DATABASE_URL: database.url, JOBS_BACKEND }, 'migrate');
    try {
      expect(await migrate('redis')).toMatchObject({ code: 0 });
      expect(await schemas()).toHaveLength(0);
      expect(await migrate('postgres')).toMatchObject({ code: 0 });
      expect(await schemas()).toHaveLength(1);
      expect(await migrate('kafka')).toMatchObject({
        code: 1,
        said: expect.stringContaining('JOBS_BACKEND: must be postgres or redis'),
      });
    } finally {
      await database.drop();
    }
  });

  it('that Redis has lost are added again by the next tick, and the sync that was requested runs', async () => {
    const redis = await RedisServer.start();
    const lti = await LtiTestApp.start({
      jobs: { backend: 'redis', url: redis.url },
    });
    const synced = await SyncedPlatform.start(lti);
    try {
      const course = await synced.addCourse(3);
      await queueOf(lti).pause();
      const { id } = await synced.request(course);
      await redis.restart();
      expect(await synced.run(id)).toMatchObject({ status: 'queued' });
      // The driver connects again in its own time.
      await becomesTrue(async () => {
        await lti.app.get(CourseSyncScheduler, { strict: false }).tick();
        return (
          (await queueOf(lti)
            .getJob(id)
            .catch(() => undefined)) !== undefined || (await synced.run(id)).finishedAt !== null
        );
      });
      expect(await synced.untilEnded(id)).toMatchObject({ status: 'completed', counts: { added: 3 } });
    } finally {
      await synced.stop();
      await lti.stop();
      await redis.stop();
    }
  });

  it.each([
    ['allkeys-lru', [expect.stringContaining('maxmemory-policy allkeys-lru')]],
    ['noeviction', []],
  ])('in a Redis with the maxmemory-policy %s cause these warnings: %j', async (policy, warnings) => {
    const redis = await RedisServer.start({ args: ['--maxmemory-policy', policy] });
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const jobs = new JobQueues(configFor('postgres://localhost/lti', redis.url), TERMS);
    try {
      await jobs.onModuleInit();
      expect(warn.mock.calls.map(([text]) => text as unknown)).toEqual(warnings);
    } finally {
      warn.mockRestore();
      await jobs.beforeApplicationShutdown();
      await redis.stop();
    }
  });

  it('end the boot with an error that names Redis if it cannot be reached', async () => {
    const jobs = new JobQueues(configFor('postgres://localhost/lti', 'redis://:geheim@127.0.0.1:9'), TERMS);
    const error: unknown = await jobs.onModuleInit().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'redis_unavailable' });
    expect(String(error)).toContain('127.0.0.1:9');
    expect(String(error)).not.toContain('geheim');
    await jobs.beforeApplicationShutdown();
  });
});
