import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type DataSource, type EntityManager } from 'typeorm';
import { answerWithin, followSignal } from '../common/bounded-wait.js';
import { type Clock } from '../common/clock.js';
import { isDatabaseOutage } from '../common/database-outage.js';
import { type Unavailable } from '../common/reactions.errors.js';
import { databaseErrors } from './database.errors.js';
import { LTI_SCHEMA } from './lti-data-source.js';
import { addressOf } from './session-lock.js';

const HEARTBEATS_PER_TERM = 3;
/** Nothing waits longer for the release: a lease that is not released expires. */
const RELEASE_MS = 2000;

export interface LeaseTerms {
  /** How long the lease lasts without a heartbeat: the others wait this long for a holder that died. */
  termMs: number;
  /** Aborts the lease's signal as well. */
  signal?: AbortSignal;
}

const TABLE = `${LTI_SCHEMA}.lease`;
/** For operators. */
const heldBy = `${hostname().slice(0, 180)}:${process.pid}`;

const until = (termMs: string): string => `clock_timestamp() + ${termMs} * interval '1 millisecond'`;
const IS_HELD = 'name = $1 AND holder = $2 AND expires_at > clock_timestamp()';

/** One statement each. It is atomic by itself, and reads the database's clock when it has the row. */
const statements = {
  /** $1 name, $2 holder, $3 held by, $4 term in ms. Skips a row that a fence has locked: the caller limits its own wait. */
  acquire: `
    WITH taken AS (
      UPDATE ${TABLE} SET holder = $2, held_by = $3, expires_at = ${until('$4')}
      WHERE name = (
        SELECT name FROM ${TABLE} WHERE name = $1 AND expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)
      RETURNING name
    ), made AS (
      INSERT INTO ${TABLE} (name, holder, held_by, expires_at) VALUES ($1, $2, $3, ${until('$4')})
      ON CONFLICT (name) DO NOTHING
      RETURNING name
    )
    SELECT name FROM taken UNION ALL SELECT name FROM made`,

  /** $1 name, $2 holder, $3 term in ms */
  extend: `
    WITH held AS (UPDATE ${TABLE} SET expires_at = ${until('$3')} WHERE ${IS_HELD} RETURNING name)
    SELECT name FROM held`,

  /** $1 name, $2 holder. FOR SHARE: no other process can take the lease before the transaction ends. */
  fence: `SELECT name FROM ${TABLE} WHERE ${IS_HELD} FOR SHARE`,

  /** $1 name, $2 holder. Also deletes rows that expired a day ago: their holders died, and their names are not used again. */
  release: `
    WITH released AS (
      DELETE FROM ${TABLE} WHERE name = $1 AND holder = $2 RETURNING name
    ), forgotten AS (
      DELETE FROM ${TABLE} WHERE name IN (
        SELECT name FROM ${TABLE}
        WHERE name <> $1 AND expires_at < clock_timestamp() - interval '1 day'
        LIMIT 100 FOR UPDATE SKIP LOCKED)
    )
    SELECT name FROM released`,
};

/**
 * A lease that this process holds: a row of the table `lease`, kept alive by a heartbeat. It expires by the database's clock. So
 * its timers here run by the machine's time, and not by the injected clock.
 */
export class NamedLease {
  private readonly ending = new AbortController();
  private readonly unfollow: () => void;
  private readonly heartbeat: NodeJS.Timeout;
  private deadline: NodeJS.Timeout | undefined;
  private heldUntil = 0;
  private isRenewing = false;
  private hasEnded = false;

  /**
   * @param id the fence: a UUID of this holding alone
   * @param since by `performance.now()`: from before the request for the lease, so that it ends here no later than there
   */
  private constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly terms: LeaseTerms,
    readonly id: string,
    since: number,
  ) {
    this.unfollow = followSignal(terms.signal, this.ending);
    this.heartbeat = setInterval(() => void this.beat(), terms.termMs / HEARTBEATS_PER_TERM);
    this.prolong(since);
  }

  /**
   * @returns undefined while another process holds the lease
   * @throws {Unavailable} `database_unavailable`
   */
  static async tryAcquire(
    dataSource: DataSource,
    clock: Clock,
    name: string,
    terms: LeaseTerms,
  ): Promise<NamedLease | undefined> {
    const id = randomUUID();
    const since = performance.now();
    const parameters = [name, id, heldBy, terms.termMs];
    if (!(await hasRow(dataSource, dataSource, statements.acquire, parameters))) return undefined;
    return new NamedLease(dataSource, clock, name, terms, id, since);
  }

  /** Aborts with `lease_lost` when the lease is lost or may be lost, and with the reason of the caller's signal. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /**
   * Extends the lease to a whole term from now: before a step that cannot be undone.
   *
   * @throws {Unavailable} `lease_lost`, `database_unavailable`
   */
  async renew(): Promise<void> {
    const since = performance.now();
    if (!(await this.ask(this.dataSource, statements.extend, [this.terms.termMs]))) throw this.lose();
    this.prolong(since);
  }

  /**
   * Keeps the lease until the manager's transaction ends. The heartbeat waits for that, so the transaction has to be shorter
   * than the term.
   *
   * @throws {Unavailable} `lease_lost`, `database_unavailable`
   */
  async fence(manager: EntityManager): Promise<void> {
    if (!(await this.ask(manager, statements.fence))) throw this.lose();
  }

  /** Releases the lease. */
  async end(): Promise<void> {
    this.hasEnded = true;
    this.stopTimers();
    this.unfollow();
    await answerWithin(
      RELEASE_MS,
      this.ask(this.dataSource, statements.release).catch(() => undefined),
    );
  }

  private ask(
    database: Pick<EntityManager, 'query'>,
    statement: string,
    more: readonly unknown[] = [],
  ): Promise<boolean> {
    return hasRow(this.dataSource, database, statement, [this.name, this.id, ...more]);
  }

  private async beat(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    // The signal shows a loss. In an outage the next heartbeat tries again, until the deadline.
    await this.renew().catch(() => undefined);
    this.isRenewing = false;
  }

  private prolong(since: number): void {
    this.heldUntil = Math.max(this.heldUntil, since + this.terms.termMs);
    if (this.hasEnded || this.signal.aborted) return;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lose(), this.heldUntil - performance.now());
  }

  private lose(): Unavailable {
    const lost = databaseErrors.leaseLost(this.clock.now());
    this.stopTimers();
    if (!this.hasEnded) this.ending.abort(lost);
    return lost;
  }

  private stopTimers(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.deadline);
  }
}

async function hasRow(
  { options }: DataSource,
  database: Pick<EntityManager, 'query'>,
  statement: string,
  parameters: unknown[],
): Promise<boolean> {
  try {
    return (await database.query<unknown[]>(statement, parameters)).length > 0;
  } catch (cause) {
    if (!isDatabaseOutage(cause)) throw cause;
    const url = 'url' in options && typeof options.url === 'string' ? options.url : '';
    throw databaseErrors.unavailable(URL.canParse(url) ? addressOf(url) : 'its address', cause);
  }
}
