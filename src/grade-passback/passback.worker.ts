import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LeaseLost } from '../database/leases.errors.js';
import { Leases } from '../database/leases.js';
import { type NamedLease } from '../database/named-lease.js';
import { JobQueues } from '../jobs/job-queues.js';
import { GRADE_PASSBACK_QUEUE, type PassbackJob, PassbackWakes } from './passback-wakes.service.js';
import { passbackLease } from './passback-lease.js';
import { PassbackRunner } from './passback.runner.js';

/** Works through registrations that have scores to be sent, one process at a time each. */
@Injectable()
export class PassbackWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PassbackWorker.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly runner: PassbackRunner,
    private readonly wakes: PassbackWakes,
    private readonly leases: Leases,
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { concurrency } = this.config.gradePassback;
    if (concurrency === 0) return;
    const worker = await this.jobs.worker<PassbackJob>(GRADE_PASSBACK_QUEUE, concurrency, ({ data }) =>
      this.process(data.registrationId),
    );
    worker
      .run()
      .catch((error: unknown) => this.logger.error(`The grade passback worker stopped: ${String(error)}`));
  }

  /** The first of the shutdown hooks: nothing more is sent, and the worker waits for what is in flight. */
  onModuleDestroy(): void {
    this.stopping.abort(new Error('The process is stopping.'));
  }

  private async process(registrationId: string): Promise<void> {
    const { lockMs: termMs } = this.jobs.terms;
    const terms = { termMs, signal: this.stopping.signal };
    const ran = await this.leases
      .tryHold(passbackLease(registrationId), terms, (lease) => this.send(registrationId, lease))
      .catch(this.unlessStopping);
    // Somebody else is at it, or has died at it: that shows when the lease has ended.
    const next =
      ran === undefined ? new Date(this.clock.nowMs() + termMs) : await this.runner.nextRunAt(registrationId);
    if (next !== undefined) await this.wakes.wakeAt(registrationId, next);
  }

  private async send(registrationId: string, lease: NamedLease): Promise<void> {
    try {
      await this.runner.run(registrationId, lease);
    } catch (error) {
      // Taken over: others see to the scores.
      if (!(error instanceof LeaseLost)) throw error;
    }
  }

  /** A job that is begun too late is left to the other processes. */
  private readonly unlessStopping = (error: unknown): { result: unknown } => {
    if (error !== this.stopping.signal.reason) throw error;
    return { result: undefined };
  };
}
