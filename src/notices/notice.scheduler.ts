import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { Intervals } from '../jobs/intervals.js';
import { Periodic } from '../jobs/periodic.js';
import { NoticeRepository } from './notice.repository.js';
import { NoticeService } from './notice.service.js';

const INTERVAL = 'nest-lti.notices';
const TICK_MS = 30_000;

/** Ticks in each process: adds the jobs of notices that are due, and deletes old ones. */
@Injectable()
export class NoticeScheduler implements OnApplicationBootstrap {
  private readonly periodic = new Periodic(
    new Logger(NoticeScheduler.name),
    'The due notices could not be queued',
    () => this.work(),
  );

  constructor(
    private readonly service: NoticeService,
    private readonly notices: NoticeRepository,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    private readonly intervals: Intervals,
  ) {}

  onApplicationBootstrap(): void {
    const consequence = 'Notices of platforms are not tried again, and old ones are not deleted';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
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
