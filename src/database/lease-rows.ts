import { hostname } from 'node:os';
import { type DataSource, type EntityManager } from 'typeorm';
import { isDatabaseOutage } from '../common/database-outage.js';
import { databaseErrors } from './database.errors.js';
import { LTI_SCHEMA } from './lti-data-source.js';
import { addressOf } from './session-lock.js';

/** Who claims which row. */
export interface LeaseClaim {
  name: string;
  /** A uuid of this holding alone: the fence. */
  holder: string;
}

const TABLE = `${LTI_SCHEMA}.lease`;
/** For operators. */
const heldBy = `${hostname().slice(0, 180)}:${process.pid}`;

const until = (termMs: string): string => `clock_timestamp() + ${termMs} * interval '1 millisecond'`;
const IS_HELD = 'name = $1 AND holder = $2 AND expires_at > clock_timestamp()';

/** One statement each: atomic by itself, with the database's clock read when the row is at hand. */
const statements = {
  /**
   * $1 name, $2 holder, $3 held by, $4 term in ms. A row that a fence locks is skipped, not waited for: whoever waits has a
   * bound of its own.
   */
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

  /** $1 name, $2 holder. FOR SHARE: it can neither be taken nor run out unseen before the transaction ends. */
  fence: `SELECT name FROM ${TABLE} WHERE ${IS_HELD} FOR SHARE`,

  /** $1 name, $2 holder. Of names that nobody asks for again, the rows that the dead left go with it. */
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

/** Leases as the database has them. Its clock counts; no lock and no transaction outlives a statement, but for the fence. */
export class LeaseRows {
  constructor(private readonly dataSource: DataSource) {}

  /** False while another holds it. */
  acquire({ name, holder }: LeaseClaim, termMs: number): Promise<boolean> {
    return this.ask(this.dataSource, statements.acquire, [name, holder, heldBy, termMs]);
  }

  /** False where it was lost, also where nobody has taken it since. */
  extend({ name, holder }: LeaseClaim, termMs: number): Promise<boolean> {
    return this.ask(this.dataSource, statements.extend, [name, holder, termMs]);
  }

  /** Whether it is held; if so, it stays so until the manager's transaction ends. */
  fence({ name, holder }: LeaseClaim, manager: EntityManager): Promise<boolean> {
    return this.ask(manager, statements.fence, [name, holder]);
  }

  async release({ name, holder }: LeaseClaim): Promise<void> {
    await this.ask(this.dataSource, statements.release, [name, holder]);
  }

  private async ask(
    database: Pick<EntityManager, 'query'>,
    statement: string,
    parameters: unknown[],
  ): Promise<boolean> {
    try {
      return (await database.query<unknown[]>(statement, parameters)).length > 0;
    } catch (cause) {
      if (!isDatabaseOutage(cause)) throw cause;
      const { options } = this.dataSource;
      const url = 'url' in options && typeof options.url === 'string' ? options.url : '';
      throw databaseErrors.unavailable(URL.canParse(url) ? addressOf(url) : 'its address', { cause });
    }
  }
}
