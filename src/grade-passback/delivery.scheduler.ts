import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { Intervals } from '../jobs/intervals.js';
import { Periodic } from '../jobs/periodic.js';
import { DeliveryQueueService } from './delivery-queue.service.js';
import { OutboxAdminService } from './outbox-admin.service.js';

const INTERVAL = 'nest-lti.grade-passback';
const TICK_MS = 10_000;

/**
 * Ticks in every process. Requests deliveries whose job was lost in a crash between the commit and the job, and deletes
 * scores that were settled long ago.
 */
@Injectable()
export class DeliveryScheduler implements OnApplicationBootstrap {
  private readonly periodic = new Periodic(
    new Logger(DeliveryScheduler.name),
    'The tick of the score outbox failed. The next tick tries again',
    () => this.work(),
  );

  constructor(
    private readonly outboxAdmin: OutboxAdminService,
    private readonly deliveryQueue: DeliveryQueueService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    private readonly intervals: Intervals,
  ) {}

  onApplicationBootstrap(): void {
    const consequence = 'A score whose job is lost in a crash waits for the next score of its registration';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
  }

  /** One tick. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(): Promise<void> {
    for (const registrationId of await this.outboxAdmin.due()) await this.deliveryQueue.add(registrationId);
    await this.outboxAdmin.purge(new Date(this.clock.nowMs() - this.config.gradePassback.keepFor));
  }
}
