import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Intervals } from '../jobs/intervals.js';
import { Periodic } from '../jobs/periodic.js';
import { RegistrationStatistics } from '../metrics/registration-statistics.js';
import { StatisticsRepository } from './statistics.repository.js';

const INTERVAL = 'nest-lti.statistics';
const TICK_MS = 60_000;

/** Writes the counts of this process each minute, in one statement, and nothing if nothing was counted. */
@Injectable()
export class StatisticsScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic = new Periodic(
    new Logger(StatisticsScheduler.name),
    'The statistics of registrations could not be written, and are tried again',
    () => this.work(),
  );

  constructor(
    private readonly counted: RegistrationStatistics,
    private readonly statistics: StatisticsRepository,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
  ) {}

  /** Each process has counts of its own, also one that runs no jobs. */
  onApplicationBootstrap(): void {
    this.intervals.startInEachProcess(this.periodic, INTERVAL, TICK_MS);
  }

  /** What was counted since the last tick. Requests that are still open are not in it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.next();
    await this.periodic.stop();
  }

  /** One tick. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(): Promise<void> {
    const counts = this.counted.take();
    if (counts.size === 0) return;
    try {
      await this.statistics.add(counts, this.clock.now());
    } catch (error) {
      for (const [registrationId, one] of counts) this.counted.add(registrationId, one);
      throw error;
    }
  }
}
