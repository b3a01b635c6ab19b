import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import {
  type DataSource,
  type EntityManager,
  type EntitySubscriberInterface,
  type QueryRunner,
} from 'typeorm';
import { Clock } from '../common/clock.js';
import { type JobSlot } from '../jobs/job-slots.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';
import { traceparent, withSpan } from '../metrics/spans.js';

const QUEUE = 'grade-passback';

/** A job names the registration. Everything else is in the outbox. */
interface DeliveryJob {
  registrationId: string;
  /** The span that requested the delivery. */
  traceparent?: string;
}

/**
 * The jobs that start deliveries, in whichever process is free. A registration has at most one waiting job, and one after
 * a running job: all requests while a job runs cause one more job.
 */
@Injectable()
export class DeliveryQueueService implements OnApplicationBootstrap {
  private readonly logger = new Logger(DeliveryQueueService.name);
  /** One subscriber for each data source of the host application. */
  private readonly subscribers = new WeakMap<DataSource, CommitSubscriber>();
  private queue?: JobQueue<DeliveryJob>;

  constructor(
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<DeliveryJob>(QUEUE);
  }

  /** How long a job belongs to a worker that has died. */
  get lockMs(): number {
    return this.jobs.terms.lockMs;
  }

  /**
   * Takes jobs from now on, up to `concurrency` at a time.
   *
   * @throws {Unavailable} `database_unavailable`
   */
  async work(
    concurrency: number,
    deliver: (registrationId: string, slot: JobSlot) => Promise<void>,
  ): Promise<void> {
    const worker = await this.jobs.worker<DeliveryJob>(QUEUE, concurrency, ({ data }, _, slot) =>
      withSpan(
        'score delivery',
        { 'nest_lti.registration.id': data.registrationId },
        () => deliver(data.registrationId, slot),
        { kind: 'consumer', queuedBy: data.traceparent },
      ),
    );
    worker
      .run()
      .catch((error: unknown) => this.logger.error(`The grade passback worker stopped: ${String(error)}`));
  }

  /** Requests a delivery now. A failure is logged: the scores are stored, and the next tick requests it again. */
  async add(registrationId: string): Promise<void> {
    try {
      await this.addDelayed(registrationId, 0);
    } catch (error) {
      this.logger.warn(
        `The delivery of scores of registration ${registrationId} was not queued. The next tick tries again. ${String(error)}`,
      );
    }
  }

  /** Requests a delivery for this time. */
  async addAt(registrationId: string, at: Date): Promise<void> {
    await this.addDelayed(registrationId, Math.max(0, at.getTime() - this.clock.nowMs()));
  }

  /** Requests a delivery after the manager's transaction commits, or now if there is none; after a rollback never. */
  addAfterCommit(registrationId: string, manager: EntityManager): void {
    const runner = manager.queryRunner;
    if (runner?.isTransactionActive !== true) void this.add(registrationId);
    else this.subscriberOf(manager).add(runner, () => void this.add(registrationId));
  }

  private async addDelayed(registrationId: string, delayMs: number): Promise<void> {
    await this.queue?.add(
      'send',
      { registrationId, ...traceparent() },
      {
        delay: delayMs,
        deduplication: { id: registrationId, keepLastIfActive: true, reschedule: true },
      },
    );
  }

  private subscriberOf(manager: EntityManager): CommitSubscriber {
    const dataSource = dataSourceOf(manager);
    const subscriber = this.subscribers.get(dataSource) ?? new CommitSubscriber();
    this.subscribers.set(dataSource, subscriber);
    // A data source that is initialized again has lost its subscribers.
    if (!dataSource.subscribers.includes(subscriber)) dataSource.subscribers.push(subscriber);
    return subscriber;
  }
}

/** TypeORM 0.3 calls it `connection`. */
function dataSourceOf(manager: Pick<EntityManager, 'connection'> & { dataSource?: DataSource }): DataSource {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only name in TypeORM 0.3
  return manager.dataSource ?? manager.connection;
}

type Task = () => void;

/** Runs tasks after the transaction of their query runner commits. */
class CommitSubscriber implements EntitySubscriberInterface {
  private readonly tasks = new WeakMap<QueryRunner, Task[]>();

  add(runner: QueryRunner, task: Task): void {
    this.tasks.set(runner, [...(this.tasks.get(runner) ?? []), task]);
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    // TypeORM also calls it for savepoints.
    if (queryRunner.isTransactionActive) return;
    const tasks = this.tasks.get(queryRunner) ?? [];
    this.tasks.delete(queryRunner);
    for (const task of tasks) task();
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    if (!queryRunner.isTransactionActive) this.tasks.delete(queryRunner);
  }
}
