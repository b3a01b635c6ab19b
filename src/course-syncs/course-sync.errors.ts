import { ConfigurationInvalid, Conflict, NotFound, Unavailable } from '../common/reactions.errors.js';
import { type SyncRunStatus } from '../courses/sync-run.entity.js';

export const courseSyncErrors = {
  runNotFound: (id: string) =>
    new NotFound({ code: 'sync_run_not_found', message: `There is no sync run ${id}.` }),
  runNotFailed: (id: string, status: SyncRunStatus) =>
    new Conflict({
      code: 'sync_run_not_failed',
      message: `Sync run ${id} is ${status}. Only a failed run can be retried. POST /api/v1/courses/:id/sync syncs its course again.`,
    }),
  tooManyStreams: (max: number, retryAt: Date) =>
    new Unavailable({
      code: 'too_many_streams',
      message: `This process streams ${max} sync runs already. Try again later, or read GET /api/v1/sync-runs/:id.`,
      retryAt,
    }),
  schedulerMissing: () =>
    new ConfigurationInvalid({
      code: 'scheduler_missing',
      message:
        'Course syncs need the scheduler of your application: add ScheduleModule.forRoot() of @nestjs/schedule to its ' +
        'imports, or set courseSync.every to "never" to sync only when asked.',
    }),
  /** A run that has not started. */
  waitsForPlatform: (reason: string, retryAt: Date) =>
    new Unavailable({
      code: 'platform_busy',
      message: `Waits until ${retryAt.toISOString()} at the latest, because ${reason}. The runs of other platforms go on.`,
      retryAt,
    }),
  /** Each process that ran the sync has stopped before the end. */
  gaveUp: (attempts: number) =>
    new Unavailable({
      code: 'sync_run_gave_up',
      status: 500,
      message:
        `The sync run was started ${attempts} times and never ended: its processes stopped or lost their database. ` +
        'Their logs have the reason.',
    }),
};

/** This run was cancelled, or another worker runs it now. The worker that gets this error stops and writes nothing. */
export class SyncRunTakenOver extends Conflict {
  constructor(id: string) {
    super({ code: 'sync_run_taken_over', message: `Sync run ${id} was cancelled or taken over.` });
  }
}

/** The process of the worker stops. Another process continues the run. */
export class SyncRunHandedBack extends Unavailable {
  constructor() {
    super({
      code: 'sync_run_handed_back',
      message:
        'The sync run was returned to the queue, because its process is stopping. Another process continues it.',
    });
  }
}
