import { type DataSource } from 'typeorm';
import { type LimitReduction } from './limit-reduction.js';
import { type SlotUser } from './slot-share.js';

/** A process that uses a platform. */
export interface PlatformUser extends SlotUser {
  /** Requests per second that it sent lately; null: too few to measure. */
  sent: number | null;
  /** Its settings. */
  concurrency: number;
  perSecond: number | null;
}

/** The rows of one platform. Times are epoch ms by the reader's clock. */
export interface PlatformRows {
  origin: string;
  users: PlatformUser[];
  /** The numbers of the slots that the reader holds, in ascending order. */
  held: number[];
  /** Counts up by the database's clock. */
  turn: number;
  /** The last refusal; null: there was none lately. */
  refusal: (LimitReduction & { cooldownEnd: number; cooldownId: string }) | null;
}

export interface SlotChange {
  origin: string;
  /** Slot numbers to free. */
  free: number[];
  /** How many to take of the slots from 1 to `limit`. */
  take: number;
  limit: number;
}

const msFromNow = (moment: string): string =>
  `extract(epoch FROM ${moment} - clock_timestamp())::float8 * 1000`;

const statements = {
  /**
   * Slots are removed with their process. What expires later than in a minute was written before the clock was set back. Nothing is removed if
   * this process has not renewed its own rows lately: the statement was held up on its way, and so may be the renewals of the others.
   */
  removeExpired: `
    WITH recovered AS (
      DELETE FROM nest_lti.rate_limit WHERE origin IN (
        SELECT origin FROM nest_lti.rate_limit WHERE recovers_at < clock_timestamp() - interval '1 minute'
        FOR UPDATE SKIP LOCKED)
    )
    DELETE FROM nest_lti.rate_limit_user WHERE (origin, process_id) IN (
      SELECT origin, process_id FROM nest_lti.rate_limit_user
      WHERE expires_at NOT BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'
        AND EXISTS (SELECT FROM nest_lti.rate_limit_user own
                    WHERE own.process_id = $1 AND own.expires_at > clock_timestamp() + $2 * interval '1 ms')
      FOR UPDATE SKIP LOCKED)`,

  renew: `
    INSERT INTO nest_lti.rate_limit_user
      (origin, process_id, wanted, sent, concurrency, per_second, expires_at)
    SELECT origin, $1, wanted, sent, concurrency, "perSecond", clock_timestamp() + $3 * interval '1 ms'
    FROM json_to_recordset($2)
      AS u (origin text, wanted int, sent float8, concurrency int, "perSecond" float8)
    ORDER BY origin
    ON CONFLICT (origin, process_id) DO UPDATE SET
      wanted = EXCLUDED.wanted, sent = EXCLUDED.sent, concurrency = EXCLUDED.concurrency,
      per_second = EXCLUDED.per_second, expires_at = EXCLUDED.expires_at`,

  /** Only time spans are compared, so the clocks may differ. */
  read: `
    SELECT p.origin, floor(extract(epoch FROM clock_timestamp()) * 1000 / $3)::float8 AS turn,
      ARRAY(SELECT slot FROM nest_lti.rate_limit_slot s
            WHERE s.origin = p.origin AND process_id = $1 ORDER BY slot) AS held,
      (SELECT json_agg(json_build_object('processId', process_id, 'wanted', wanted, 'sent', sent,
                                         'concurrency', concurrency, 'perSecond', per_second))
       FROM nest_lti.rate_limit_user u WHERE u.origin = p.origin) AS users,
      (SELECT json_build_object('level', level, 'measured', measured,
                                'since', $4 + ${msFromNow('recovers_at')},
                                'cooldownEnd', $4 + ${msFromNow('cooldown_until')},
                                'cooldownId', cooldown_until::text)
       FROM nest_lti.rate_limit l WHERE l.origin = p.origin) AS refusal
    FROM unnest($2::text[]) AS p (origin)`,

  free: `
    DELETE FROM nest_lti.rate_limit_slot s USING json_to_recordset($2) AS f (origin text, slot int)
    WHERE s.origin = f.origin AND s.slot = f.slot AND process_id = $1`,

  /** A row is a slot that is taken. In one order, or two processes could wait for each other. */
  take: `
    INSERT INTO nest_lti.rate_limit_slot (origin, slot, process_id)
    SELECT w.origin, free.slot, $1
    FROM json_to_recordset($2) AS w (origin text, take int, "limit" int), LATERAL (
      SELECT slot FROM generate_series(1, w."limit") AS n (slot)
      WHERE NOT EXISTS (SELECT FROM nest_lti.rate_limit_slot t WHERE t.origin = w.origin AND t.slot = n.slot)
      ORDER BY slot LIMIT w.take
    ) free
    ORDER BY w.origin, free.slot
    ON CONFLICT DO NOTHING
    RETURNING origin`,

  /** During a cooldown, several processes are refused for the same requests: that halves the limit once. */
  refuse: `
    WITH refusal AS (SELECT clock_timestamp() + $4 * interval '1 ms' AS moment),
    stored AS (
      INSERT INTO nest_lti.rate_limit AS l (origin, level, measured, recovers_at, cooldown_until)
      SELECT $1, $2, $3, moment, moment FROM refusal
      ON CONFLICT (origin) DO UPDATE SET
        level = CASE WHEN l.cooldown_until > clock_timestamp() THEN least(l.level, EXCLUDED.level)
                     ELSE EXCLUDED.level END,
        measured = coalesce(EXCLUDED.measured, l.measured),
        recovers_at = greatest(l.recovers_at, EXCLUDED.recovers_at),
        cooldown_until = greatest(l.cooldown_until, EXCLUDED.cooldown_until)
      RETURNING cooldown_until
    )
    SELECT cooldown_until::text AS "cooldownId" FROM stored JOIN refusal ON cooldown_until = moment`,

  leave: 'DELETE FROM nest_lti.rate_limit_user WHERE process_id = $1 AND origin = ANY ($2::text[])',
};

/**
 * The limits of platforms in the database: which processes use a platform, which slots they hold, and how far refusals
 * have reduced its limit. Single statements, no transactions.
 */
export class SlotTable {
  constructor(
    private readonly dataSource: DataSource,
    private readonly processId: string,
  ) {}

  /** Removes the processes that were killed, and their slots, if the rows of this process are valid for `leftMs` at least. */
  async removeExpired(leftMs: number): Promise<void> {
    await this.dataSource.query(statements.removeExpired, [this.processId, leftMs]);
  }

  /** This process uses these platforms for `termMs` from now. */
  async renew(
    users: readonly (Omit<PlatformUser, 'processId'> & { origin: string })[],
    termMs: number,
  ): Promise<void> {
    await this.dataSource.query(statements.renew, [this.processId, JSON.stringify(users), termMs]);
  }

  read(origins: readonly string[], turnMs: number, nowMs: number): Promise<PlatformRows[]> {
    return this.dataSource.query<PlatformRows[]>(statements.read, [this.processId, origins, turnMs, nowMs]);
  }

  /** Frees slots, and takes as many free ones as there are. @returns the platform of each slot that was taken */
  async change(changes: readonly SlotChange[]): Promise<string[]> {
    const freed = changes.flatMap(({ origin, free }) => free.map((slot) => ({ origin, slot })));
    if (freed.length > 0)
      await this.dataSource.query(statements.free, [this.processId, JSON.stringify(freed)]);
    const taking = changes.filter(({ take }) => take > 0);
    if (taking.length === 0) return [];
    const parameters = [this.processId, JSON.stringify(taking)];
    const rows = await this.dataSource.query<{ origin: string }[]>(statements.take, parameters);
    return rows.map(({ origin }) => origin);
  }

  /** The platform has refused a request. @returns the id of the cooldown; undefined: another one lasts longer */
  async refuse(
    origin: string,
    { level, measured }: LimitReduction,
    cooldownMs: number,
  ): Promise<string | undefined> {
    const parameters = [origin, level, measured, cooldownMs];
    const rows = await this.dataSource.query<{ cooldownId: string }[]>(statements.refuse, parameters);
    return rows[0]?.cooldownId;
  }

  /** This process does not use these platforms any more. */
  async leave(origins: readonly string[]): Promise<void> {
    await this.dataSource.query(statements.leave, [this.processId, origins]);
  }
}
