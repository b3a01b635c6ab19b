import { type Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { GrantStoreUnavailable } from './user-grants.errors.js';

const RETRY_MS = 5000;

/** The answer of our database; an outage of it is told as such. @throws GrantStoreUnavailable */
export async function orStoreUnavailable<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!isDatabaseOutage(cause)) throw cause;
    throw new GrantStoreUnavailable(new Date(clock.nowMs() + RETRY_MS), { cause });
  }
}
