import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { type Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { LtiError } from '../common/lti-error.js';
import { reasonOf } from './database.errors.js';

const FRESH_MS = 60_000;
/** How long a caller that has a stale copy waits for a new one. */
const TIMEOUT_MS = 500;
/** Time between two queries while the database is down. */
const RETRY_MS = 1000;

interface Copy<T> {
  value: T;
  since: number;
}

interface Reading<T> {
  value: Promise<T>;
  /** One time-out for all callers with a stale copy: the wait of a late caller does not begin anew. Set by the first of them. */
  inTime?: Promise<T | typeof LATE>;
}

/**
 * A stale-if-error cache of what was read from the database: a copy serves for `freshMs` without a query, and for as long as
 * the database is down or does not answer. See docs/tokens.md, rule 6. lru-cache's `fetch` returns stale values on errors,
 * too, but has no time-out, and would query a database that is down again for each call.
 */
export class StaleIfErrorCache<T> {
  private readonly logger = new Logger(StaleIfErrorCache.name);
  private readonly copies: LRUCache<string, Copy<T>>;
  private readonly readings = new Map<string, Reading<T>>();
  private isDown = false;
  private retryAt = 0;
  private hasWarned = false;

  /**
   * @param what the name of the values in log lines, such as `registrations`
   * @param max copies at most; the least recently used are dropped
   */
  constructor(
    private readonly what: string,
    max: number,
    private readonly clock: Clock,
    /** How long a copy is used without a query, and so how long a change by another process may go unnoticed. */
    private readonly freshMs = FRESH_MS,
  ) {
    this.copies = new LRUCache({ max });
  }

  /**
   * Returns the copy if it is fresh, else the result of `read`, else (in an outage) the stale copy. Calls for the same key
   * share one `read`, which goes on when they continue with a stale copy.
   *
   * @throws what `read` throws if there is no copy; only an LtiError if there is one, because that is an answer
   */
  async read(key: string, read: () => Promise<T>): Promise<T> {
    const copy = this.copies.get(key);
    if (copy === undefined) return this.reading(key, read).value;
    const nowMs = this.clock.nowMs();
    const ageMs = nowMs - copy.since;
    // The age is negative if the machine's clock was set back.
    if (ageMs >= 0 && ageMs < this.freshMs) return copy.value;
    if (this.isDown && (this.readings.size > 0 || nowMs < this.retryAt)) return this.stale(copy);
    try {
      const reading = this.reading(key, read);
      reading.inTime ??= answerWithin(TIMEOUT_MS, reading.value);
      const value = await reading.inTime;
      if (value !== LATE) return value;
      this.setDown();
    } catch (error) {
      if (error instanceof LtiError) throw error;
    }
    return this.stale(copy);
  }

  /** Drops a copy after a change. A query in progress may have read the old value, so its result is not kept. */
  forget(key: string): void {
    this.copies.delete(key);
    this.readings.delete(key);
  }

  private reading(key: string, read: () => Promise<T>): Reading<T> {
    const present = this.readings.get(key);
    if (present !== undefined) return present;
    const value = read();
    const reading: Reading<T> = { value };
    this.readings.set(key, reading);
    value.then(
      (result) => this.onRead(key, reading, result),
      (error: unknown) => this.onFailed(key, reading, error),
    );
    return reading;
  }

  private onRead(key: string, reading: Reading<T>, value: T): void {
    if (this.hasWarned)
      this.logger.log(`The database answers again: ${this.what} are no longer served from the cache.`);
    this.isDown = this.hasWarned = false;
    if (this.readings.get(key) !== reading) return;
    this.readings.delete(key);
    this.copies.set(key, { value, since: this.clock.nowMs() });
  }

  private onFailed(key: string, reading: Reading<T>, error: unknown): void {
    if (isDatabaseOutage(error)) this.setDown();
    else if (!(error instanceof LtiError)) {
      // An unknown error. The stale copy still serves, and the operator sees the cause.
      this.logger.error(`${this.what} could not be read: ${reasonOf(error)}`);
      this.setDown();
    }
    if (this.readings.get(key) !== reading) return;
    this.readings.delete(key);
    // An LtiError, such as "not found", is an answer: the copy is out of date.
    if (error instanceof LtiError) this.copies.delete(key);
  }

  private setDown(): void {
    this.isDown = true;
    this.retryAt = this.clock.nowMs() + RETRY_MS;
  }

  private stale({ value }: Copy<T>): T {
    if (!this.hasWarned) {
      this.hasWarned = true;
      this.logger.warn(
        `The database does not answer. Until it does, ${this.what} are served from the cache.`,
      );
    }
    return value;
  }
}
