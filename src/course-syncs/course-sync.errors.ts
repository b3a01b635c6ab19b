import { LtiError } from '../common/lti-error.js';

export class SyncRunNotFound extends LtiError {
  readonly code = 'sync_run_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no sync run ${id}.`);
  }
}

export class SchedulerMissing extends LtiError {
  readonly code = 'scheduler_missing';
  readonly status = 500;

  constructor() {
    super(
      'Course syncs need the scheduler of your application: add ScheduleModule.forRoot() of @nestjs/schedule to its ' +
        'imports, or set courseSync.every to "never" to sync only when asked.',
    );
  }
}

/** This run was cancelled, or another worker has taken it over. Whatever is still in hand must not be written. */
export class SyncRunTakenOver extends LtiError {
  readonly code = 'sync_run_taken_over';
  readonly status = 409;

  constructor(id: string) {
    super(`Sync run ${id} was cancelled or taken over.`);
  }
}

/** The work is handed back, as this process is stopping. */
export class SyncRunHandedBack extends LtiError {
  readonly code = 'sync_run_handed_back';
  readonly status = 503;

  constructor() {
    super('Handed back, because the process that ran it is stopping. Another one goes on with it.');
  }
}

/** The process died at this run again and again. */
export class SyncRunGaveUp extends LtiError {
  readonly code = 'sync_run_gave_up';
  readonly status = 500;

  constructor(attempts: number) {
    super(
      `Started ${attempts} times without coming to an end: the processes that ran it died or lost their database. ` +
        'Their logs have the reason.',
    );
  }
}
