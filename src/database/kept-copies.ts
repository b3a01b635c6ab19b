import { Logger } from '@nestjs/common';
import { type Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { LtiError } from '../common/lti-error.js';
import { reasonOf } from './database.errors.js';
import { answerWithin, LATE } from '../common/bounded-wait.js';

/** How long a copy is used without asking, and so how long another process' change may go unnoticed. */
const FRESH_MS = 60_000;
/** How long one who could go on with an old copy waits for a new one. */
const PATIENCE_MS = 500;
/** How often a database that is away is asked whether it is back. */
const ASK_AGAIN_MS = 1000;

interface Copy<T> {
  value: T;
  since: number;
}

interface Reading<T> {
  value: Promise<T>;
  /** The same for all who wait: nobody waits anew for what is late already. */
  inTime: Promise<T | typeof LATE>;
}

/**
 * What was read from the database, kept in memory: for a minute without asking, and for as long as the database is down
 * or does not answer. See docs/tokens.md, rule 6.
 */
export class KeptCopies<T> {
  private readonly logger = new Logger(KeptCopies.name);
  /** The last used stands last. */
  private readonly copies = new Map<string, Copy<T>>();
  private readonly readings = new Map<string, Reading<T>>();
  private isAway = false;
  private askAgainAt = 0;
  private hasWarned = false;

  /**
   * @param what told to the operator, such as `registrations`
   * @param max copies at most: those that were not used for longest go
   */
  constructor(
    private readonly what: string,
    private readonly max: number,
    private readonly clock: Clock,
  ) {}

  /**
   * The copy if it is fresh, else what `read` answers, else in an outage the old copy. One reader for all who ask
   * meanwhile; it goes on when they went on without it.
   *
   * @throws what `read` throws where there is no copy; where there is one, only what is an answer: an LtiError
   */
  async read(key: string, read: () => Promise<T>): Promise<T> {
    const copy = this.copies.get(key);
    if (copy === undefined) return this.reading(key, read).value;
    const now = this.clock.now().getTime();
    const age = now - copy.since;
    // Below zero where the machine's clock was set back.
    if (age >= 0 && age < FRESH_MS) return this.keep(key, copy);
    if (this.isAway && (this.readings.size > 0 || now < this.askAgainAt)) return this.old(copy);
    try {
      const value = await this.reading(key, read).inTime;
      if (value !== LATE) return value;
      this.noteAway();
    } catch (error) {
      if (error instanceof LtiError) throw error;
    }
    return this.old(copy);
  }

  /** After a change: the next one asks, and what is being read now is not kept. */
  forget(key: string): void {
    this.copies.delete(key);
    this.readings.delete(key);
  }

  private reading(key: string, read: () => Promise<T>): Reading<T> {
    const present = this.readings.get(key);
    if (present !== undefined) return present;
    const value = read();
    const reading = { value, inTime: answerWithin(PATIENCE_MS, value) };
    this.readings.set(key, reading);
    // Those who wait are told by the promises themselves; there may be none.
    reading.inTime.catch(() => undefined);
    value.then(
      (got) => this.noteRead(key, reading, got),
      (error: unknown) => this.noteFailed(key, reading, error),
    );
    return reading;
  }

  private noteRead(key: string, reading: Reading<T>, value: T): void {
    if (this.hasWarned) this.logger.log(`The database answers again: ${this.what} are read from it.`);
    this.isAway = this.hasWarned = false;
    if (this.readings.get(key) !== reading) return;
    this.readings.delete(key);
    this.keep(key, { value, since: this.clock.now().getTime() });
  }

  private noteFailed(key: string, reading: Reading<T>, error: unknown): void {
    if (isDatabaseOutage(error)) this.noteAway();
    else if (!(error instanceof LtiError)) this.noteUnforeseen(error);
    if (this.readings.get(key) !== reading) return;
    this.readings.delete(key);
    // Gone, or not readable any more: that is an answer, and the copy is no longer true. Any other error says nothing of it.
    if (error instanceof LtiError) this.copies.delete(key);
  }

  /** Not known as an outage. The copy serves on all the same, and the operator sees why. */
  private noteUnforeseen(error: unknown): void {
    this.logger.error(`${this.what} could not be read: ${reasonOf(error)}`);
    this.noteAway();
  }

  private noteAway(): void {
    this.isAway = true;
    this.askAgainAt = this.clock.now().getTime() + ASK_AGAIN_MS;
  }

  private old({ value }: Copy<T>): T {
    if (!this.hasWarned) {
      this.hasWarned = true;
      this.logger.warn(`The database does not answer: ${this.what} are used as they were until it does.`);
    }
    return value;
  }

  private keep(key: string, copy: Copy<T>): T {
    this.copies.delete(key);
    this.copies.set(key, copy);
    const [unused] = this.copies.keys();
    if (this.copies.size > this.max && unused !== undefined) this.copies.delete(unused);
    return copy.value;
  }
}
