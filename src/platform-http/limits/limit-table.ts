import { type DataSource } from 'typeorm';
import { type LimitRecord } from './limit-record.js';

const TABLE = 'nest_lti.platform_limit';
/** Longer than any pause and the recovery after it: what is left then is of processes that were killed. */
const KEPT = `interval '2 hours'`;
const NOW_MS = `(extract(epoch FROM clock_timestamp()) * 1000)::float8`;

export interface StoredLimit {
  revision: string;
  record: LimitRecord;
}

export interface LimitChange {
  origin: string;
  /** The revision that was read; undefined where there was no row. */
  expected: string | undefined;
  /** What is to be there; undefined for no row. */
  record: LimitRecord | undefined;
}

const statements = {
  /** $1 origins */
  read: `
    SELECT ${NOW_MS} AS now_ms, coalesce(json_agg(found), '[]') AS rows
    FROM (SELECT origin, revision, record FROM ${TABLE} WHERE origin = ANY ($1::text[])) found`,

  /**
   * $1 origins, $2 the revisions that were read, $3 records. What another process has in hand is skipped and not waited
   * for: it will have changed.
   */
  write: `
    WITH wanted AS (
      SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) AS w (origin, expected, record)
    ), present AS (
      SELECT origin FROM ${TABLE} WHERE origin = ANY ($1::text[]) FOR UPDATE SKIP LOCKED
    ), changed AS (
      UPDATE ${TABLE} l
      SET record = w.record::jsonb, revision = gen_random_uuid(), changed_at = clock_timestamp()
      FROM wanted w JOIN present USING (origin)
      WHERE l.origin = w.origin AND l.revision = w.expected AND w.record IS NOT NULL
      RETURNING l.origin
    ), removed AS (
      DELETE FROM ${TABLE} l USING wanted w JOIN present USING (origin)
      WHERE l.origin = w.origin AND l.revision = w.expected AND w.record IS NULL
      RETURNING l.origin
    ), added AS (
      INSERT INTO ${TABLE} (origin, revision, record, changed_at)
      SELECT origin, gen_random_uuid(), record::jsonb, clock_timestamp() FROM wanted
      WHERE expected IS NULL AND record IS NOT NULL
      -- In the same order everywhere, or two processes could wait for each other.
      ORDER BY origin
      ON CONFLICT DO NOTHING
      RETURNING origin
    )
    SELECT origin FROM changed UNION ALL SELECT origin FROM removed UNION ALL SELECT origin FROM added
    UNION ALL SELECT origin FROM wanted WHERE expected IS NULL AND record IS NULL`,

  removeOld: `
    WITH removed AS (DELETE FROM ${TABLE} WHERE changed_at < clock_timestamp() - ${KEPT} RETURNING origin)
    SELECT count(*) FROM removed`,
};

/** The limits of platforms as all processes see them. Statements only, no transactions and no locks beyond one of them. */
export class LimitTable {
  constructor(private readonly dataSource: DataSource) {}

  /** What there is for these platforms, and when that was: epoch ms by the database's clock. */
  async read(origins: readonly string[]): Promise<{ nowMs: number; stored: Map<string, StoredLimit> }> {
    const [answer] = await this.dataSource.query<
      { now_ms: number; rows: (StoredLimit & { origin: string })[] }[]
    >(statements.read, [origins]);
    const rows = answer?.rows ?? [];
    return { nowMs: answer?.now_ms ?? 0, stored: new Map(rows.map((row) => [row.origin, row])) };
  }

  /** Writes what nobody has changed since it was read. @returns the origins of what was written */
  async write(changes: readonly LimitChange[]): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ origin: string }[]>(statements.write, [
      changes.map(({ origin }) => origin),
      changes.map(({ expected }) => expected ?? null),
      changes.map(({ record }) => (record === undefined ? null : JSON.stringify(record))),
    ]);
    return new Set(rows.map(({ origin }) => origin));
  }

  /** Takes out what nobody has used for long. */
  async removeOld(): Promise<void> {
    await this.dataSource.query(statements.removeOld);
  }
}
