import { type Clock } from '../../common/clock.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { type UserIdStyle, writtenUserId } from './numeric-id.js';
import { PlannerNotes } from './planner-notes.js';
import { PlatformUsers } from './platform-users.js';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { UserFiles } from './user-files.js';
import { UserTokens } from './user-tokens.js';

/** The answer of every user, so that the authorization page is not shown. */
export type StandingConsent = { readonly userId: string } | { readonly error: string };

interface Campus {
  readonly clock: Clock;
  readonly courses: ReadonlyMap<string, SimulatedCourse>;
}

/** The data that the pages and end points of the users' API share. */
export class UserOAuthState {
  readonly clients = new Map<string, SimulatedUserOAuthClient>();
  readonly codes: AuthorizationCodes;
  readonly tokens: UserTokens;
  readonly users: PlatformUsers;
  readonly notes = new PlannerNotes();
  readonly files = new UserFiles();
  standingConsent: StandingConsent | undefined;
  idStyle: UserIdStyle = 'number';
  /** The value of `X-Rate-Limit-Remaining`; undefined for the real one. */
  rateLimitRemaining: number | undefined;

  constructor(campus: Campus) {
    this.codes = new AuthorizationCodes(campus.clock);
    this.tokens = new UserTokens(campus.clock);
    this.users = new PlatformUsers(campus, (userId) => writtenUserId(userId, this.idStyle));
  }
}
