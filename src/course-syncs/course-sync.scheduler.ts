import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { LtiConfig } from '../config/lti-config.js';
import { Periodic } from '../jobs/periodic.js';
import { courseSyncErrors } from './course-sync.errors.js';
import { CourseSyncService } from './course-sync.service.js';

const INTERVAL = 'nest-lti.course-syncs';
const MAX_TICK_MS = 30_000;

/**
 * Ticks in each process and requests the syncs that are due. No process leads: rows are taken with SKIP LOCKED and jobs have
 * the id of the run, so a sync that two processes request runs once.
 */
@Injectable()
export class CourseSyncScheduler implements OnApplicationBootstrap {
  private readonly logger = new Logger(CourseSyncScheduler.name);
  private readonly periodic = new Periodic(
    () => this.work(),
    (error) => this.logger.error(`The scheduled syncs could not be requested: ${String(error)}`),
  );

  constructor(
    private readonly syncs: CourseSyncService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    // The registry of the host application.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  /** @throws {ConfigurationInvalid} `scheduler_missing` */
  onApplicationBootstrap(): void {
    const { every } = this.config.courseSync;
    if (this.registry === undefined) {
      if (every === 'never') return;
      throw courseSyncErrors.schedulerMissing();
    }
    const tickMs = every === 'never' ? MAX_TICK_MS : Math.min(MAX_TICK_MS, every);
    this.periodic.start(this.registry, INTERVAL, tickMs);
  }

  /** One tick: syncs that are due, and runs whose job was lost. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(): Promise<void> {
    const { every } = this.config.courseSync;
    if (every !== 'never') await this.syncs.syncDue();
    await this.syncs.repair();
  }
}
