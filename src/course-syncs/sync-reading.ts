import { type Course } from '../courses/course.entity.js';
import { type AuthenticateOptions } from '../access-tokens/oauth.service.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { type RosterEnd, type SyncRun } from '../courses/sync-run.entity.js';

/** Enough for 100,000 members at a platform with pages of 50 (Canvas). */
export const MAX_ROSTER_PAGES = 2000;

export type WaitListener = NonNullable<AuthenticateOptions['onWait']>;

/** The state of one start of a run. */
export interface SyncReading {
  run: SyncRun;
  course: Course;
  /** The client for the roster. */
  client: OAuthClient;
  /** Aborts when this process stops. */
  signal: AbortSignal;
  tally: RequestTally;
  /** Called for each wait for the platform: see `AuthenticateOptions`. */
  onWait: WaitListener;
}

/** Counts the token requests of one start of a run that are not yet on its row. */
export class RequestTally {
  private uncounted = 0;

  readonly count = (): void => {
    this.uncounted += 1;
  };

  /** The requests since the last call of this method. */
  take(): number {
    const taken = this.uncounted;
    this.uncounted = 0;
    return taken;
  }

  /** Requests that were taken and could not be stored. */
  giveBack(taken: number): void {
    this.uncounted += taken;
  }
}

/** How the reading of a roster ended. */
export interface ReadRosterEnd {
  end: RosterEnd;
  /** Whether it is in the row of the run. */
  isStored: boolean;
}

export function unchangedEnd(unchangedMembers: number): ReadRosterEnd {
  return { end: { status: 'completed', unchanged: unchangedMembers }, isStored: true };
}

export function stillToStore(end: RosterEnd): ReadRosterEnd {
  return { end, isStored: false };
}
