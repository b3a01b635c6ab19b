import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { OutboxDesk } from './outbox-desk.service.js';
import { PassbackWakes } from './passback-wakes.service.js';

const INTERVAL = 'nest-lti.grade-passback';
const TICK_MS = 10_000;

/**
 * Ticks on every instance: has scores looked at whose job was lost, by a crash between the commit and the job, and clears
 * away what was settled long ago.
 */
@Injectable()
export class PassbackScheduler implements OnApplicationBootstrap {
  private readonly logger = new Logger(PassbackScheduler.name);
  private ticking = false;

  constructor(
    private readonly desk: OutboxDesk,
    private readonly wakes: PassbackWakes,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    // The host's own, as for the course syncs.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    if (this.registry === undefined) {
      this.logger.warn(
        'Scores whose job is lost in a crash wait for the next score: add ScheduleModule.forRoot() of @nestjs/schedule.',
      );
      return;
    }
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), TICK_MS),
    );
  }

  /** One tick. A failing one is logged; the next one tries again. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      for (const registrationId of await this.desk.due()) await this.wakes.wake(registrationId);
      await this.desk.purge(new Date(this.clock.nowMs() - this.config.gradePassback.keepFor));
    } catch (error) {
      this.logger.error(`The outbox of scores could not be looked through: ${String(error)}`);
    } finally {
      this.ticking = false;
    }
  }
}
