import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';

export const GRADE_PASSBACK_QUEUE = 'grade-passback';

/** A job names the registration. Everything else is in the outbox. */
export interface DeliveryJob {
  registrationId: string;
}

/**
 * The jobs that start deliveries, in whichever process is free. A registration has at most one job, and one that follows a
 * job in progress: a request that comes meanwhile is answered when that one ends.
 */
@Injectable()
export class DeliveryQueueService implements OnApplicationBootstrap {
  private readonly logger = new Logger(DeliveryQueueService.name);
  private queue?: JobQueue<DeliveryJob>;

  constructor(
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<DeliveryJob>(GRADE_PASSBACK_QUEUE);
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

  private async addDelayed(registrationId: string, delayMs: number): Promise<void> {
    await this.queue?.add(
      'send',
      { registrationId },
      {
        delay: delayMs,
        deduplication: { id: registrationId, keepLastIfActive: true, reschedule: true },
      },
    );
  }
}
