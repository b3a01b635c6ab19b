import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { type BackendClasses, type IQueueBackend, type Job, type Queue, withBackend } from 'bullmq';
import { LtiConfig } from '../config/lti-config.js';
import { type JobCounts, JobMetrics } from '../metrics/job-metrics.js';
import { createJobBackend, type JobBackend } from './job-backend.js';
import { type JobSlot, JobSlots } from './job-slots.js';
import { defaultJobTerms, JobTerms } from './job-terms.js';
import { WorkerMode } from './worker-mode.js';

export type JobQueue<Data> = Queue<Data, void, string, Data, void, string, IQueueBackend, object>;

/** A worker of the job engine. */
export interface JobWorker {
  run(): Promise<void>;
  /** Takes no job more, from this call on. Resolves when its jobs have ended, or were returned. */
  close(): Promise<void>;
}

/** Does one job. @param token that the engine wants when the job is moved */
export type JobProcessor<Data> = (
  job: Job<Data, void>,
  token: string | undefined,
  slot: JobSlot,
) => Promise<void>;

/** Makes queues and workers on the job engine, and closes them before the database goes. */
@Injectable()
export class JobQueues implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobQueues.name);
  private readonly queues: Pick<Queue, 'close' | 'getJobCounts' | 'name'>[] = [];
  private readonly workers: JobWorker[] = [];
  private engine?: Promise<JobEngine>;

  constructor(
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(JobTerms) readonly terms: JobTerms = defaultJobTerms,
    @Optional() @Inject(WorkerMode) private readonly mode: WorkerMode = 'on',
    @Optional() private readonly metrics?: JobMetrics,
  ) {}

  /**
   * @throws {ConfigurationInvalid} `migrations_pending`
   * @throws {Unavailable} `database_unavailable`, `redis_unavailable`
   */
  async onModuleInit(): Promise<void> {
    await (await this.open()).backend.open();
    if (this.metrics !== undefined) this.metrics.read = () => this.counts();
    if (this.mode === 'off')
      this.logger.log('The worker is off: this process runs no jobs and no periodic work.');
    if (this.mode === 'only')
      this.logger.log('This process runs only jobs and periodic work: it serves no routes of nest-lti.');
  }

  /** @throws {Unavailable} `database_unavailable`, `redis_unavailable` */
  async queue<Data>(name: string): Promise<JobQueue<Data>> {
    const { backend, classes } = await this.open();
    const queue = new classes.Queue<Data, void>(name, {
      connection: {},
      // The outcome of a job is in our tables, so the engine keeps only unfinished jobs.
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', (error) => this.logger.error(`Queue ${name}: ${error.message}`));
    this.queues.push(queue);
    await untilReady(backend, queue);
    return queue as JobQueue<Data>;
  }

  /**
   * A worker that is not running yet: call `run()` once the application is up. In a process that runs no jobs, it does nothing.
   *
   * @param concurrency jobs at once; those that wait for the outside (`slot.waitsFor`) do not count
   * @throws {Unavailable} `database_unavailable`, `redis_unavailable`
   */
  async worker<Data>(name: string, concurrency: number, processor: JobProcessor<Data>): Promise<JobWorker> {
    if (this.mode === 'off') return { run: () => Promise.resolve(), close: () => Promise.resolve() };
    const { backend, classes } = await this.open();
    let resumption: NodeJS.Immediate | undefined;
    const slots = new JobSlots(concurrency, (active) => {
      const isMore = active > worker.concurrency;
      worker.concurrency = active;
      if (!isMore) return;
      // The engine looks at the number again when a job ends, or when it resumes: once for all jobs that begin to wait together, as it
      // then also looks for stalled jobs.
      resumption ??= setImmediate(() => {
        resumption = undefined;
        if (worker.closing !== undefined) return;
        void worker.pause(true);
        void worker.resume();
      });
    });
    const processJob = (job: Job<Data, void>, token?: string): Promise<void> =>
      slots.run((slot) => processor(job, token, slot));
    const worker = new classes.Worker<Data, void>(name, processJob, {
      connection: {},
      autorun: false,
      concurrency,
      lockDuration: this.terms.lockMs,
      stalledInterval: this.terms.stalledCheckMs,
      // As often as processes get killed.
      maxStalledCount: 20,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', (error) => this.logger.error(`Worker ${name}: ${error.message}`));
    worker.on('failed', (job, error) => {
      this.metrics?.failed(name);
      this.logger.error(`Job ${name} ${job?.id ?? '?'}: ${error.message}`);
    });
    this.workers.push(worker);
    await untilReady(backend, worker);
    return worker;
  }

  /** @throws when the engine's tables, or Redis, cannot be read */
  async counts(): Promise<JobCounts[]> {
    return Promise.all(
      this.queues.map(async (queue) => {
        const found = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active');
        const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = found;
        return { queue: queue.name, waiting: waiting + prioritized, delayed, active };
      }),
    );
  }

  /** @throws when the engine's tables cannot be read */
  async ping(): Promise<void> {
    for (const queue of this.queues) await queue.getJobCounts('waiting');
  }

  /** Closes workers first: they finish their jobs, or return them through the queues. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all(this.queues.map((queue) => queue.close()));
    if (this.engine !== undefined) await (await this.engine).backend.end();
  }

  /** The driver of the backend is imported only when it is chosen. */
  private open(): Promise<JobEngine> {
    this.engine ??= createJobBackend(this.config).then((backend) => ({
      backend,
      classes: withBackend(backend.create),
    }));
    return this.engine;
  }
}

interface JobEngine {
  backend: JobBackend;
  /** Bound to these classes alone: a host app's BullMQ keeps the backend it chose. */
  classes: BackendClasses<IQueueBackend, object>;
}

/**
 * The engine keeps a failure of its first connection for ever, and a worker then asks again without letting anything
 * else run. So that failure ends the boot; later ones it gets over.
 */
async function untilReady(
  backend: JobBackend,
  engineClient: { waitUntilReady(): Promise<unknown> },
): Promise<void> {
  try {
    await engineClient.waitUntilReady();
  } catch (cause) {
    throw backend.unavailable(cause);
  }
}
