import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { Periodic } from '../jobs/periodic.js';
import { NoticeRepository } from './notice.repository.js';
import { NoticeService } from './notice.service.js';

const INTERVAL = 'nest-lti.notices';
const TICK_MS = 30_000;

/** Ticks in each process: adds the jobs of notices that are due, and deletes old ones. */
@Injectable()
export class NoticeScheduler implements OnApplicationBootstrap {
  private readonly logger = new Logger(NoticeScheduler.name);
  private readonly periodic = new Periodic(
    () => this.work(),
    (error) => this.logger.error(`The due notices could not be queued: ${String(error)}`),
  );

  constructor(
    private readonly service: NoticeService,
    private readonly notices: NoticeRepository,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    // The registry of the host application, as for the course syncs.
    @Optional() private readonly registry?: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    if (this.registry === undefined) {
      this.logger.warn(
        'Notices of platforms are not tried again, and old ones are not deleted: add ScheduleModule.forRoot() of @nestjs/schedule.',
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
    await this.service.repair();
    await this.notices.purge(new Date(this.clock.nowMs() - this.config.retention.notices));
  }
}
