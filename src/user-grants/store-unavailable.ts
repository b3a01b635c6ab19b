import { type Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { userGrantErrors } from './user-grants.errors.js';

const RETRY_MS = 5000;

/** The answer of our database; an outage of it is told as such. @throws {Unavailable} `database_unavailable` */
export async function orStoreUnavailable<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!isDatabaseOutage(cause)) throw cause;
    throw userGrantErrors.storeUnavailable(new Date(clock.nowMs() + RETRY_MS), { cause });
  }
}
