import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { SchedulerMissing } from './course-sync.errors.js';
import { CourseSyncService } from './course-sync.service.js';

const INTERVAL = 'nest-lti.course-syncs';
const MAX_TICK_MS = 30_000;

/**
 * Ticks on every instance and asks for what is due. No leader: rows are taken with SKIP LOCKED and jobs have the run's id,
 * so what two instances ask for is there once.
 */
@Injectable()
export class CourseSyncScheduler implements OnApplicationBootstrap {
  private readonly logger = new Logger(CourseSyncScheduler.name);
  private ticking = false;

  constructor(
    private readonly syncs: CourseSyncService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    // The host's own: a second ScheduleModule.forRoot() would fire every cron handler of the host twice.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  /** @throws SchedulerMissing */
  onApplicationBootstrap(): void {
    const { every } = this.config.courseSync;
    if (this.registry === undefined) {
      if (every === 'never') return;
      throw new SchedulerMissing();
    }
    const tickMs = every === 'never' ? MAX_TICK_MS : Math.min(MAX_TICK_MS, every);
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), tickMs),
    );
  }

  /** One tick: what is due, and jobs that were lost. A failing one is logged; the next one tries again. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      const { every } = this.config.courseSync;
      if (every !== 'never') await this.syncs.syncDue(this.clock.now(), every);
      await this.syncs.repair();
    } catch (error) {
      this.logger.error(`The scheduled syncs could not be requested: ${String(error)}`);
    } finally {
      this.ticking = false;
    }
  }
}
