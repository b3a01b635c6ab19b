import { type Course } from '../courses/course.entity.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { type SyncRun } from '../courses/sync-run.entity.js';

/** One start of a run, at work. */
export interface SyncReading {
  run: SyncRun;
  course: Course;
  /** For the roster. */
  client: OAuthClient;
  /** Aborts when this process stops. */
  signal: AbortSignal;
  tally: RequestTally;
}

/** Token requests of one start of a run: those that happened, and those that stand on its row already. */
export class RequestTally {
  private uncounted = 0;

  readonly count = (): void => {
    this.uncounted += 1;
  };

  /** What has come since this was last asked. */
  take(): number {
    const taken = this.uncounted;
    this.uncounted = 0;
    return taken;
  }
}
