import { ConfigurationInvalid, Conflict, NotFound, Unavailable } from '../common/reactions.errors.js';

export const courseSyncErrors = {
  runNotFound: (id: string) =>
    new NotFound({ code: 'sync_run_not_found', message: `There is no sync run ${id}.` }),
  schedulerMissing: () =>
    new ConfigurationInvalid({
      code: 'scheduler_missing',
      message:
        'Course syncs need the scheduler of your application: add ScheduleModule.forRoot() of @nestjs/schedule to its ' +
        'imports, or set courseSync.every to "never" to sync only when asked.',
    }),
  /** The processes that ran it died each time. */
  gaveUp: (attempts: number) =>
    new Unavailable({
      code: 'sync_run_gave_up',
      status: 500,
      message:
        `Started ${attempts} times without coming to an end: the processes that ran it died or lost their database. ` +
        'Their logs have the reason.',
    }),
};

/** This run was cancelled, or another worker runs it now. The worker that meets this writes nothing more. */
export class SyncRunTakenOver extends Conflict {
  constructor(id: string) {
    super({ code: 'sync_run_taken_over', message: `Sync run ${id} was cancelled or taken over.` });
  }
}

/** The process of the worker stops. Another process goes on with the run. */
export class SyncRunHandedBack extends Unavailable {
  constructor() {
    super({
      code: 'sync_run_handed_back',
      message: 'Handed back, because the process that ran it is stopping. Another one goes on with it.',
    });
  }
}
