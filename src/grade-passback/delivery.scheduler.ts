import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
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
  private ticking = false;

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
        'Scores whose job is lost in a crash wait until the next score of their registration: add ScheduleModule.forRoot() of @nestjs/schedule.',
      );
      return;
    }
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), TICK_MS),
    );
  }

  /** One tick. A failure is logged; the next tick tries again. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      for (const registrationId of await this.outboxAdmin.due()) await this.deliveryQueue.add(registrationId);
      await this.outboxAdmin.purge(new Date(this.clock.nowMs() - this.config.gradePassback.keepFor));
    } catch (error) {
      this.logger.error(`The tick of the score outbox failed; the next one tries again: ${String(error)}`);
    } finally {
      this.ticking = false;
    }
  }
}
