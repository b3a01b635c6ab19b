import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { SyncRunRepository } from '../course-syncs/sync-run.repository.js';
import { Leases } from '../database/leases.js';
import { EventDeliveryRepository } from '../event-deliveries/event-delivery.repository.js';
import { OutboxAdminService } from '../grade-passback/outbox-admin.service.js';
import { Intervals } from '../jobs/intervals.js';
import { Periodic } from '../jobs/periodic.js';
import { StatisticsRepository } from '../statistics/statistics.repository.js';
import { STORED_FOR_MS } from '../statistics/statistics.schema.js';
import { DeletionRepository } from './deletion.repository.js';

const INTERVAL = 'nest-lti.deletions';
const TICK_MS = 60_000;
const LEASE = 'deletions';
const LEASE_TERM_MS = 10_000;
/** Work that began before the deletion, such as a page of a sync, ends within this time. */
const GRACE_MS = 60_000;
/** Events that could not be delivered, such as those of a webhook that is paused. */
const EVENTS_STORED_FOR_MS = 30 * 86_400_000;
const COURSES_AT_ONCE = 20;
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/**
 * Deletes what is stored with deleted courses and registrations, and old runs, rejected scores and statistics, in portions. One process does
 * it at a time. After a crash another process continues: the rows that are left are the work that is left.
 */
@Injectable()
export class DeletionCleaner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeletionCleaner.name);
  private readonly periodic = new Periodic(
    this.logger,
    'Deleted courses and registrations could not be cleared',
    (stopping) => this.work(stopping),
  );

  constructor(
    private readonly deletions: DeletionRepository,
    private readonly runs: SyncRunRepository,
    private readonly outbox: OutboxAdminService,
    private readonly events: EventDeliveryRepository,
    private readonly statistics: StatisticsRepository,
    private readonly leases: Leases,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
  ) {}

  onApplicationBootstrap(): void {
    const consequence = 'The personal data of deleted courses and registrations is not deleted';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
  }

  /** Stops after the current statement. Another process continues. */
  beforeApplicationShutdown(): Promise<void> {
    return this.periodic.stop();
  }

  /** One tick. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(stopping: AbortSignal): Promise<void> {
    await this.leases.tryHold(LEASE, { termMs: LEASE_TERM_MS, signal: stopping }, async ({ signal }) => {
      await this.clear(signal);
      await this.purge();
    });
  }

  /** What nothing refers to any more after a configured time. Sessions, notices and posted scores have cleaners of their own. */
  private async purge(): Promise<void> {
    const { retention, gradePassback } = this.config;
    const ago = (ms: number) => new Date(this.clock.nowMs() - ms);
    await this.runs.purge(ago(retention.syncRuns));
    await this.events.purge(ago(retention.events), ago(EVENTS_STORED_FOR_MS));
    await this.outbox.purgeRejected(ago(retention.rejectedScores));
    await this.outbox.purgeLastScores(ago(gradePassback.keepFor));
    await this.statistics.purge(ago(STORED_FOR_MS));
  }

  private async clear(signal: AbortSignal): Promise<void> {
    const deletedBefore = new Date(this.clock.nowMs() - GRACE_MS);
    const courses = await this.clearCourses(deletedBefore, signal);
    let registrations = 0;
    for (const id of await this.deletions.registrations(deletedBefore)) {
      const rows = await this.attempt(`registration ${id}`, signal, () =>
        this.deletions.deleteRegistration(id, signal),
      );
      if (rows > 0) registrations += 1;
    }
    await this.deletions.deleteConsumers(deletedBefore);
    if (courses + registrations > 0)
      this.logger.log(`Deleted the data of ${courses} courses and ${registrations} registrations.`);
  }

  /** @returns how many courses */
  private async clearCourses(deletedBefore: Date, signal: AbortSignal): Promise<number> {
    let count = 0;
    for (let after = BEFORE_ALL_IDS; ;) {
      const ids = await this.deletions.courses(deletedBefore, COURSES_AT_ONCE, after);
      const last = ids.at(-1);
      if (last === undefined) return count;
      after = last;
      const rows = await this.attempt(`courses ${ids.join(', ')}`, signal, () =>
        this.deletions.deleteCourses(ids, signal),
      );
      if (rows > 0) count += ids.length;
    }
  }

  /** What cannot be deleted does not hold up the others: a row may have been added at the last moment. */
  private async attempt(of: string, signal: AbortSignal, work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      this.logger.warn(`Not all rows of ${of} were deleted. The next tick continues: ${String(error)}`);
      return 0;
    }
  }
}
