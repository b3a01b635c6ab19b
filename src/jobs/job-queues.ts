import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnModuleInit,
} from '@nestjs/common';
import {
  type BackendClasses,
  type Job,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  type Queue,
  withBackend,
} from 'bullmq';
import { LtiConfig } from '../config/lti-config.js';
import { databaseErrors } from '../database/database.errors.js';
import { addressOf } from '../database/session-lock.js';
import { type JobSlot, JobSlots } from './job-slots.js';
import { defaultJobTerms, JobTerms } from './job-terms.js';
import { JobsConnection } from './jobs-connection.js';
import { checkJobs, migrateJobs } from './jobs-schema.js';

export type JobQueue<Data> = Queue<
  Data,
  void,
  string,
  Data,
  void,
  string,
  PostgresQueueBackend,
  PostgresConnectionOptions
>;

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
  private readonly queues: Pick<Queue, 'close' | 'getJobCounts'>[] = [];
  private readonly workers: { close(): Promise<void> }[] = [];
  private readonly url: string;
  private readonly connection: JobsConnection;
  /** Bound to these classes alone: a host app's BullMQ keeps the backend it chose. */
  private readonly engine: BackendClasses<PostgresQueueBackend, PostgresConnectionOptions>;

  constructor(
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(JobTerms) readonly terms: JobTerms = defaultJobTerms,
  ) {
    // The engine sets a search path and listens, which a transaction-pooling proxy forgets between transactions.
    this.url = config.database.directUrl ?? config.database.url;
    const connection = new JobsConnection(this.url);
    this.connection = connection;
    this.engine = withBackend((name, options) => new PostgresQueueBackend(connection, name, options));
  }

  /**
   * @throws {ConfigurationInvalid} `migrations_pending`
   * @throws {Unavailable} `database_unavailable`
   */
  async onModuleInit(): Promise<void> {
    await (this.config.database.migrate ? migrateJobs(this.url) : checkJobs(this.url));
  }

  /** @throws {Unavailable} `database_unavailable` */
  async queue<Data>(name: string): Promise<JobQueue<Data>> {
    const queue = new this.engine.Queue<Data, void>(name, {
      connection: this.url,
      // The outcome of a job is in our tables, so the engine keeps only unfinished jobs.
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', (error) => this.logger.error(`Queue ${name}: ${error.message}`));
    this.queues.push(queue);
    await this.untilReady(queue);
    return queue as JobQueue<Data>;
  }

  /**
   * A worker that is not running yet: call `run()` once the application is up.
   *
   * @param concurrency jobs at once; those that wait for the outside (`slot.waitsFor`) do not count
   * @throws {Unavailable} `database_unavailable`
   */
  async worker<Data>(
    name: string,
    concurrency: number,
    processor: JobProcessor<Data>,
  ): Promise<{ run(): Promise<void> }> {
    const slots = new JobSlots(concurrency, (active) => {
      const isMore = active > worker.concurrency;
      worker.concurrency = active;
      if (!isMore) return;
      // The engine looks at the number again when a job ends, or when it resumes.
      void worker.pause(true);
      void worker.resume();
    });
    const processJob = (job: Job<Data, void>, token?: string): Promise<void> =>
      slots.run((slot) => processor(job, token, slot));
    const worker = new this.engine.Worker<Data, void>(name, processJob, {
      connection: this.url,
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
    worker.on('failed', (job, error) => this.logger.error(`Job ${name} ${job?.id ?? '?'}: ${error.message}`));
    this.workers.push(worker);
    await this.untilReady(worker);
    return worker;
  }

  /**
   * The engine keeps a failure of its first connection for ever, and a worker then asks again without letting anything
   * else run. So that failure ends the boot; later ones it gets over.
   */
  private async untilReady(engineClient: { waitUntilReady(): Promise<unknown> }): Promise<void> {
    try {
      await engineClient.waitUntilReady();
    } catch (cause) {
      throw databaseErrors.unavailable(addressOf(this.url), cause);
    }
  }

  /** @throws when the engine's tables cannot be read */
  async ping(): Promise<void> {
    for (const queue of this.queues) await queue.getJobCounts('waiting');
  }

  /** Closes workers first: they finish their jobs, or return them through the queues. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all(this.queues.map((queue) => queue.close()));
    await this.connection.end();
  }
}
