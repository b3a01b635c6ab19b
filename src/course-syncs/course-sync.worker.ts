import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import { setMaxListeners } from 'node:events';
import { Clock } from '../common/clock.js';
import { PlatformTimeout } from '../platform-http/platform-http.errors.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { LtiError } from '../common/lti-error.js';
import { LtiEvents } from '../common/lti-events.js';
import { LtiConfig } from '../config/lti-config.js';
import { NotFound } from '../common/reactions.errors.js';
import { type JobSlot } from '../jobs/job-slots.js';
import { JobQueues, type JobWorker } from '../jobs/job-queues.js';
import { WorkMetrics } from '../metrics/work-metrics.js';
import { courseSyncErrors, SyncRunHandedBack, SyncRunTakenOver } from './course-sync.errors.js';
import { CourseSyncRunner, type ReadEnd } from './course-sync.runner.js';
import { COURSE_SYNC_QUEUE, type CourseSyncJob } from './course-sync.service.js';
import { SyncAdmission } from './sync-admission.js';
import { RequestTally } from './sync-reading.js';
import { type SyncRun } from '../courses/sync-run.entity.js';
import { type StartedRun } from './started-run.js';
import { SyncRunRepository } from './sync-run.repository.js';

/** The most starts of one run. Without this limit, a run that crashes its process would do so again and again. */
const MAX_ATTEMPTS = 100;
/** How long after its first start a run still waits for its platform. After that it fails, and the schedule requests a new run. */
const MAX_WAIT_MS = 3_600_000;

/** Takes jobs from the queue, runs the syncs and stores their outcome. */
@Injectable()
export class CourseSyncWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CourseSyncWorker.name);
  private readonly stopping = new AbortController();
  private readonly admission: SyncAdmission;
  private worker?: JobWorker;

  constructor(
    private readonly runner: CourseSyncRunner,
    private readonly runs: SyncRunRepository,
    private readonly jobs: JobQueues,
    private readonly events: LtiEvents,
    private readonly metrics: WorkMetrics,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) clock: Clock,
  ) {
    this.admission = new SyncAdmission(config.courseSync.concurrency, () => clock.nowMs());
  }

  async onApplicationBootstrap(): Promise<void> {
    const { concurrency } = this.config.courseSync;
    // Each request adds a listener and removes it at its end, so many listeners are not a leak.
    setMaxListeners(0, this.stopping.signal);
    if (concurrency === 0) return;
    this.worker = await this.jobs.worker<CourseSyncJob>(COURSE_SYNC_QUEUE, concurrency, (job, token, slot) =>
      this.process(job, token, slot),
    );
    this.worker
      .run()
      .catch((error: unknown) => this.logger.error(`The course sync worker stopped: ${String(error)}`));
  }

  /**
   * The first of the shutdown hooks: runs stop after their current page, before the worker waits for them. It takes none of those that
   * are handed back.
   */
  onModuleDestroy(): void {
    void this.worker?.close();
    this.stopping.abort(new SyncRunHandedBack());
  }

  private async process(
    job: Job<CourseSyncJob, void>,
    token: string | undefined,
    slot: JobSlot,
  ): Promise<void> {
    // It was fetched while the worker began to close, and may be one that this process has just handed back.
    if (this.stopping.signal.aborted) return this.handBack(job, token);
    const { runId, registrationId = '' } = job.data;
    this.admission.taken(registrationId, job.id);
    const refusal = this.admission.refusal(registrationId);
    if (refusal !== undefined) return this.delay(job, token, refusal);
    this.admission.start(registrationId);
    try {
      const started = await this.runs.start(runId);
      // If there is none, the run has ended or was cancelled meanwhile.
      if (started !== undefined) await this.read(started, job, token, slot);
    } finally {
      this.admission.end(registrationId);
    }
  }

  /** The platform has enough runs of this process. */
  private async delay(
    job: Job<CourseSyncJob, void>,
    token: string | undefined,
    { reason, until }: { reason: string; until: Date },
  ): Promise<void> {
    const { runId, registrationId = '' } = job.data;
    if (!(await this.runs.delay(runId, courseSyncErrors.waitsForPlatform(reason, until)))) return;
    await job.moveToDelayed(until.getTime(), token);
    this.admission.delay(registrationId, job);
    throw new DelayedError();
  }

  private async read(
    started: StartedRun,
    job: Job<CourseSyncJob, void>,
    token: string | undefined,
    slot: JobSlot,
  ): Promise<void> {
    const { run } = started;
    const { registrationId } = run;
    const onWait = (wait: Promise<unknown>, of: 'token' | 'answer'): void => {
      slot.waitsFor(wait);
      if (of === 'answer') wait.then(() => this.admission.answered(registrationId), noop);
    };
    const tally = new RequestTally();
    try {
      if (run.attempt > MAX_ATTEMPTS) throw courseSyncErrors.gaveUp(run.attempt);
      const read = () => this.runner.read(started, this.stopping.signal, tally, onWait);
      await this.end(run, await this.metrics.sync(run, job.data.traceparent, read), tally);
    } catch (error) {
      // An unexpected error fails only the job. The row stays unfinished, and the next tick tries again.
      if (!(error instanceof LtiError)) throw error;
      if (error instanceof SyncRunTakenOver) return;
      if (error instanceof PlatformTimeout) this.admission.timedOut(registrationId);
      if (error instanceof PlatformThrottled && error.retryAt !== undefined)
        this.admission.throttled(registrationId, error.retryAt);
      await this.settle(job, token, run, error, tally);
    }
  }

  /** For another process. */
  private async handBack(job: Job<CourseSyncJob, void>, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
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
      return this.handBack(job, token);
    }
    const { retryAt } = error;
    if (
      retryAt !== undefined &&
      retryAt.getTime() - (run.startedAt ?? run.createdAt).getTime() < MAX_WAIT_MS
    ) {
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

function noop(): void {
  // The reader of the promise has the error.
}
