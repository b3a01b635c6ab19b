import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
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
  private readonly logger = new Logger(DeliveryScheduler.name);
  private readonly periodic = new Periodic(
    () => this.work(),
    (error) =>
      this.logger.error(`The tick of the score outbox failed. The next tick tries again: ${String(error)}`),
  );

  constructor(
    private readonly outboxAdmin: OutboxAdminService,
    private readonly deliveryQueue: DeliveryQueueService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    // The registry of the host application, as for the course syncs.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    if (this.registry === undefined) {
      this.logger.warn(
        'A score whose job is lost in a crash waits for the next score of its registration: add ScheduleModule.forRoot() of @nestjs/schedule.',
      );
      return;
    }
    this.periodic.start(this.registry, INTERVAL, TICK_MS);
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
