import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';

export const GRADE_PASSBACK_QUEUE = 'grade-passback';

/** A job says only whose scores are to be looked at: the outbox says everything else. */
export interface PassbackJob {
  registrationId: string;
}

/**
 * Has registrations looked at, by whichever process is free. There is one job of a registration at most, and one to follow
 * it: whoever asks while it runs is heard when it ends.
 */
@Injectable()
export class PassbackWakes implements OnApplicationBootstrap {
  private readonly logger = new Logger(PassbackWakes.name);
  private queue?: JobQueue<PassbackJob>;

  constructor(
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<PassbackJob>(GRADE_PASSBACK_QUEUE);
  }

  /** As soon as may be. A failure is logged: the rows are written, and the next tick asks again. */
  async wake(registrationId: string): Promise<void> {
    try {
      await this.add(registrationId, 0);
    } catch (error) {
      this.logger.warn(`Scores of registration ${registrationId} wait for the next tick: ${String(error)}`);
    }
  }

  async wakeAt(registrationId: string, at: Date): Promise<void> {
    await this.add(registrationId, Math.max(0, at.getTime() - this.clock.nowMs()));
  }

  private async add(registrationId: string, delayMs: number): Promise<void> {
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
