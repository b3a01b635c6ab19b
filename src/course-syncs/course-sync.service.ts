import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { courseErrors } from '../courses/course.errors.js';
import { CourseListeners } from '../courses/course-listeners.js';
import { type CourseIdentity, CourseScheduleService } from '../courses/course-schedule.service.js';
import { CourseService } from '../courses/course.service.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';
import { traceparent } from '../metrics/spans.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { type SyncRun } from '../courses/sync-run.entity.js';
import { LARGEST_SIZE, syncPriority } from './sync-priority.js';
import { type QueuedRun, SyncRunRepository } from './sync-run.repository.js';
import { type RequestedRun } from '../courses/sync-run.schema.js';
import { courseSyncErrors } from './course-sync.errors.js';

export const COURSE_SYNC_QUEUE = 'course-syncs';

/** A job names the run. Everything else is in the row of the run. */
export interface CourseSyncJob {
  runId: string;
  /** The span that requested it. */
  traceparent?: string;
  /** Absent in jobs of earlier versions. */
  registrationId?: string;
}

const DUE_AT_ONCE = 500;

/**
 * Requests course syncs, for the REST API, the embedder and the scheduler.
 *
 * @example
 * const { id } = await courseSyncs.syncCourse(courseId);
 * const { status } = await syncRuns.get(id);
 */
@Injectable()
export class CourseSyncService implements OnApplicationBootstrap {
  private readonly logger = new Logger(CourseSyncService.name);
  private queue?: JobQueue<CourseSyncJob>;

  constructor(
    private readonly runs: SyncRunRepository,
    private readonly courses: CourseService,
    private readonly schedule: CourseScheduleService,
    private readonly registrations: RegistrationService,
    private readonly jobs: JobQueues,
    private readonly registrationListeners: RegistrationListeners,
    private readonly courseListeners: CourseListeners,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Called by Nest. */
  async onApplicationBootstrap(): Promise<void> {
    this.queue = await this.jobs.queue<CourseSyncJob>(COURSE_SYNC_QUEUE);
    this.registrationListeners.add({
      registrationDeleted: (registrationId) =>
        this.runs.cancel({ registrationId }, 'The registration was deleted.'),
    });
    this.courseListeners.add({
      courseDeleted: (courseId) => this.runs.cancel({ courseId }, 'The course was deleted.'),
    });
  }

  /**
   * The course's unfinished run, or a new one. Counts as a use of the course: an archived course is synced by the schedule again.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * const { id } = await courseSyncs.syncCourse(courseId);
   */
  async syncCourse(courseId: string): Promise<RequestedRun> {
    const requested = await this.runs.request(courseId, this.schedule.manualSync(null));
    if (requested === undefined) throw courseErrors.notFound(courseId);
    const { id, registrationId, quietHours, isUnnoted } = requested;
    const run = { id, courseId };
    await this.enqueueOrWait(queuedRuns([run], [{ id: courseId, registrationId }], 'request'));
    if (isUnnoted && quietHours !== null) await this.schedule.noteManualSync(courseId, quietHours);
    return run;
  }

  /**
   * Syncs the course of a failed run again, like `syncCourse`. The failed run stays as it is, with its reason.
   *
   * @returns the course's unfinished run, or a new one; the run itself if it is unfinished
   * @throws {NotFound} `sync_run_not_found`; `course_not_found`: it was deleted
   * @throws {Conflict} `sync_run_not_failed`
   * @example
   * const { id } = await courseSyncs.retry(failedRunId);
   */
  async retry(runId: string): Promise<RequestedRun> {
    const { id, courseId, status } = await this.runs.get(runId);
    if (status === 'queued' || status === 'running') return { id, courseId };
    if (status !== 'failed') throw courseSyncErrors.runNotFailed(id, status);
    return this.syncCourse(courseId);
  }

  /**
   * Requests a sync of every course of a registration, also of archived ones. Does not count as a use of the courses.
   *
   * @returns the unfinished run of each course, or a new one
   * @throws {NotFound} `registration_not_found`
   * @example
   * const runs = await courseSyncs.syncRegistration(registrationId);
   */
  async syncRegistration(registrationId: string): Promise<RequestedRun[]> {
    await this.registrations.get(registrationId);
    return this.request(await this.courses.identities(registrationId));
  }

  /**
   * Requests a sync of every course, also of archived ones. Does not count as a use of the courses.
   *
   * @returns the unfinished run of each course, or a new one
   * @example
   * const runs = await courseSyncs.syncAll();
   */
  async syncAll(): Promise<RequestedRun[]> {
    return this.request(await this.courses.identities());
  }

  /** Requests a sync of each course that is due, and plans their next ones. */
  async syncDue(): Promise<RequestedRun[]> {
    const [due, runs] = await this.dataSource.transaction(async (manager) => {
      const courses = await this.schedule.takeDue(manager, DUE_AT_ONCE);
      return [courses, await this.runs.ensure(manager, courses, 'schedule')];
    });
    await this.enqueue(queuedRuns(runs, due, 'schedule'));
    return runs;
  }

  /** Adds jobs that were lost in a crash between the write of the row and that of the job. Existing jobs do not change. */
  async repair(): Promise<void> {
    for (let cursor: string | undefined; ;) {
      const runs = await this.runs.unfinished(cursor);
      await this.enqueue(runs);
      cursor = runs.at(-1)?.id;
      if (cursor === undefined) return;
    }
  }

  private async request(courses: readonly CourseIdentity[]): Promise<RequestedRun[]> {
    const runs = await this.ensure(courses);
    await this.enqueueOrWait(queuedRuns(runs, courses, 'request'));
    return runs;
  }

  private async enqueueOrWait(runs: readonly QueuedRun[]): Promise<void> {
    try {
      await this.enqueue(runs);
    } catch (error) {
      // The runs are stored and the next tick adds their jobs, so the request has succeeded.
      this.logger.warn(
        `The jobs of ${runs.length} sync runs were not queued. The next tick queues them: ${String(error)}`,
      );
    }
  }

  /**
   * A run for each of the courses. Each statement commits by itself: in one transaction, the second round could lock rows
   * in another order than another caller, which is a deadlock.
   */
  private async ensure(courses: readonly CourseIdentity[]): Promise<RequestedRun[]> {
    const runs = await this.runs.ensure(this.dataSource.manager, courses, 'request');
    const covered = new Set(runs.map(({ courseId }) => courseId));
    const ended = courses.filter(({ id }) => !covered.has(id));
    return ended.length === 0 ? runs : [...runs, ...(await this.ensure(ended))];
  }

  private async enqueue(runs: readonly QueuedRun[]): Promise<void> {
    if (runs.length === 0) return;
    // A single course has no others to come before or after.
    const courseIds = runs.map(({ courseId }) => courseId);
    const sizes = runs.length === 1 ? undefined : await this.runs.sizes(courseIds, LARGEST_SIZE);
    const now = this.clock.now();
    await this.queue?.addBulk(
      runs.map(({ id, courseId, registrationId, trigger }) => ({
        name: 'sync',
        data: { runId: id, registrationId, ...traceparent() },
        opts: { jobId: id, priority: syncPriority(trigger, sizes?.get(courseId) ?? 0, now) },
      })),
    );
  }
}

function queuedRuns(
  runs: readonly RequestedRun[],
  courses: readonly CourseIdentity[],
  trigger: SyncRun['trigger'],
): QueuedRun[] {
  const registrations = new Map(courses.map(({ id, registrationId }) => [id, registrationId]));
  return runs.map(({ id, courseId }) => {
    return { id, courseId, registrationId: registrations.get(courseId) ?? '', trigger };
  });
}
