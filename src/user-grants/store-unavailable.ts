import { type Clock } from '../common/clock.js';
import { databaseUnavailable, isDatabaseOutage } from '../common/database-outage.js';

const RETRY_MS = 5000;

/** The answer of the database, in which all grants are. Without it no grant is used or refreshed. @throws {Unavailable} `database_unavailable` */
export async function orStoreUnavailable<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!isDatabaseOutage(cause)) throw cause;
    throw databaseUnavailable(cause, { retryAt: new Date(clock.nowMs() + RETRY_MS) });
  }
}
