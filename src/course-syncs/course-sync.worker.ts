import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import { setMaxListeners } from 'node:events';
import { LtiError } from '../common/lti-error.js';
import { LtiEvents } from '../common/lti-events.js';
import { LtiConfig } from '../config/lti-config.js';
import { NotFound } from '../common/reactions.errors.js';
import { type JobSlot } from '../jobs/job-slots.js';
import { JobQueues } from '../jobs/job-queues.js';
import { WorkMetrics } from '../metrics/work-metrics.js';
import { courseSyncErrors, SyncRunHandedBack, SyncRunTakenOver } from './course-sync.errors.js';
import { CourseSyncRunner, type ReadEnd } from './course-sync.runner.js';
import { COURSE_SYNC_QUEUE, type CourseSyncJob } from './course-sync.service.js';
import { RequestTally } from './sync-reading.js';
import { type SyncRun } from '../courses/sync-run.entity.js';
import { SyncRunRepository } from './sync-run.repository.js';

/** The most starts of one run. Without this limit, a run that crashes its process would do so again and again. */
const MAX_ATTEMPTS = 100;
/** How long after its request a run still waits for its platform. After that it fails, and the schedule requests a new run. */
const MAX_WAIT_MS = 3_600_000;

/** Takes jobs from the queue, runs the syncs and stores their outcome. */
@Injectable()
export class CourseSyncWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CourseSyncWorker.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly runner: CourseSyncRunner,
    private readonly runs: SyncRunRepository,
    private readonly jobs: JobQueues,
    private readonly events: LtiEvents,
    private readonly metrics: WorkMetrics,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { concurrency } = this.config.courseSync;
    // Each request adds a listener and removes it at its end, so many listeners are not a leak.
    setMaxListeners(0, this.stopping.signal);
    if (concurrency === 0) return;
    const worker = await this.jobs.worker<CourseSyncJob>(COURSE_SYNC_QUEUE, concurrency, (job, token, slot) =>
      this.process(job, token, slot),
    );
    worker
      .run()
      .catch((error: unknown) => this.logger.error(`The course sync worker stopped: ${String(error)}`));
  }

  /** The first of the shutdown hooks: runs stop after their current page, before the worker waits for them. */
  onModuleDestroy(): void {
    this.stopping.abort(new SyncRunHandedBack());
  }

  private async process(
    job: Job<CourseSyncJob, void>,
    token: string | undefined,
    slot: JobSlot,
  ): Promise<void> {
    const started = await this.runs.start(job.data.runId);
    // The run has ended or was cancelled meanwhile.
    if (started === undefined) return;
    const { run } = started;
    const tally = new RequestTally();
    try {
      if (run.attempt > MAX_ATTEMPTS) throw courseSyncErrors.gaveUp(run.attempt);
      const { signal } = this.stopping;
      const read = () => this.runner.read(started, signal, tally, (wait) => slot.waitsFor(wait));
      await this.end(run, await this.metrics.sync(run, job.data.traceparent, read), tally);
    } catch (error) {
      // An unexpected error fails only the job. The row stays unfinished, and the next tick tries again.
      if (!(error instanceof LtiError)) throw error;
      if (error instanceof SyncRunTakenOver) return;
      await this.settle(job, token, run, error, tally);
    }
  }

  private async settle(
    job: Job<CourseSyncJob, void>,
    token: string | undefined,
    run: SyncRun,
    error: LtiError,
    tally: RequestTally,
  ): Promise<void> {
    if (error instanceof SyncRunHandedBack) {
      await this.runs.postpone(run, error, null, tally.take());
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const { retryAt } = error;
    if (retryAt !== undefined && retryAt.getTime() - run.createdAt.getTime() < MAX_WAIT_MS) {
      await this.runs.postpone(run, error, retryAt, tally.take());
      this.logger.warn(`Sync run ${run.id} waits until ${retryAt.toISOString()}: ${error.message}`);
      await job.moveToDelayed(retryAt.getTime(), token);
      throw new DelayedError();
    }
    const status = error instanceof NotFound && error.code === 'course_not_found' ? 'cancelled' : 'failed';
    await this.end(run, { status, errorCode: error.code, message: error.message }, tally);
  }

  private async end(run: SyncRun, end: ReadEnd, tally: RequestTally): Promise<void> {
    if (end.isEnded !== true) await this.runs.finish(run, end, tally.take());
    const identity = { courseId: run.courseId, syncRunId: run.id };
    if (end.status === 'failed') {
      this.logger.warn(`Sync run ${run.id} of course ${run.courseId} failed: ${end.message ?? ''}`);
      this.events.publish('lti.sync.failed', {
        ...identity,
        errorCode: end.errorCode ?? 'unknown',
        message: end.message ?? '',
      });
    } else if (end.status !== 'cancelled') {
      this.logger.log(`Sync run ${run.id} of course ${run.courseId} ended ${end.status}.`);
      this.events.publish('lti.sync.completed', { ...identity, status: end.status });
    }
  }
}
