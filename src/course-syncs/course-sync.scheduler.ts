import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { LtiConfig } from '../config/lti-config.js';
import { Intervals } from '../jobs/intervals.js';
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
  private readonly periodic = new Periodic(
    new Logger(CourseSyncScheduler.name),
    'The scheduled syncs could not be requested',
    () => this.work(),
  );

  constructor(
    private readonly syncs: CourseSyncService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    private readonly intervals: Intervals,
  ) {}

  /** @throws {ConfigurationInvalid} `scheduler_missing` */
  onApplicationBootstrap(): void {
    const { every } = this.config.courseSync;
    if (every !== 'never' && this.intervals.isSchedulerMissing) throw courseSyncErrors.schedulerMissing();
    const tickMs = every === 'never' ? MAX_TICK_MS : Math.min(MAX_TICK_MS, every);
    this.intervals.start(this.periodic, INTERVAL, tickMs);
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
