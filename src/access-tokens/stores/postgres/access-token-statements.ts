/** All keys have one channel: a process listens once, and a key id is the message. */
export const CHANGE_CHANNEL = 'nest_lti_access_token';

const TABLE = 'nest_lti.access_token';
/** What nobody came back for is removed that long after it was worth something, by the database's clock. */
const KEPT_LONGER = `interval '7 days'`;

const NO_LEASE = 'lease_id = NULL, lease_holder = NULL, lease_until = NULL';
const IS_FREE = '(lease_until IS NULL OR lease_until <= clock_timestamp())';
/** The fence: $1 the key's id, $2 the lease's. */
const IS_HELD = 'key_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()';
/** Sent when the statement commits, and so never before what it tells of can be seen. */
const TELL = `SELECT pg_notify('${CHANGE_CHANNEL}', key_id)`;

const term = (parameter: string): string => `clock_timestamp() + ${parameter} * interval '1 millisecond'`;

/** One statement each: atomic by itself, with the database's clock read when the row is at hand. */
export const statements = {
  /** In text, which no type parser of the host changes. */
  now: `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS now_ms`,

  /** $1 key id */
  get: `
    SELECT sealed_token, token_facts, failure FROM ${TABLE} WHERE key_id = $1`,

  /** $1 key id, $2 lease id, $3 registration id, $4 holder, $5 term in ms */
  acquire: `
    INSERT INTO ${TABLE} AS present (key_id, lease_id, registration_id, lease_holder, lease_until, keep_until)
    VALUES ($1, $2, $3, $4, ${term('$5')}, clock_timestamp() + ${KEPT_LONGER})
    ON CONFLICT (key_id) DO UPDATE
      SET lease_id = excluded.lease_id, lease_holder = excluded.lease_holder, lease_until = ${term('$5')}
      WHERE present.lease_until IS NULL OR present.lease_until <= clock_timestamp()
    RETURNING key_id`,

  /** $1 key id, $2 lease id, $3 term in ms */
  extend: `
    WITH held AS (UPDATE ${TABLE} SET lease_until = ${term('$3')} WHERE ${IS_HELD} RETURNING key_id)
    SELECT key_id FROM held`,

  /** $1 key id, $2 lease id, $3 sealed token, $4 hash, $5 facts, $6 the token's life in ms */
  commit: `
    WITH written AS (
      UPDATE ${TABLE}
      SET sealed_token = $3, token_hash = $4, token_facts = $5,
        failure = NULL, ${NO_LEASE}, keep_until = ${term('$6')} + ${KEPT_LONGER}
      WHERE ${IS_HELD}
      RETURNING key_id, registration_id
    ), removed AS (
      DELETE FROM ${TABLE} WHERE key_id IN (
        SELECT key_id FROM ${TABLE}
        WHERE registration_id = (SELECT registration_id FROM written)
          AND key_id <> $1 AND keep_until < clock_timestamp() AND ${IS_FREE}
        LIMIT 100 FOR UPDATE SKIP LOCKED)
    )
    ${TELL} FROM written`,

  /** $1 key id, $2 lease id, $3 failure */
  fail: `
    WITH marked AS (
      UPDATE ${TABLE}
      SET failure = $3, ${NO_LEASE}, keep_until = greatest(keep_until, clock_timestamp() + ${KEPT_LONGER})
      WHERE ${IS_HELD}
      RETURNING key_id
    )
    ${TELL} FROM marked`,

  /** $1 key id, $2 lease id. A lease that ran out needs no release, and its waiters are woken all the same. */
  release: `
    WITH released AS (UPDATE ${TABLE} SET ${NO_LEASE} WHERE key_id = $1 AND lease_id = $2 RETURNING key_id)
    ${TELL} FROM released`,

  /** $1 key id, $2 token hash or null for any */
  delete: `
    WITH emptied AS (
      UPDATE ${TABLE}
      SET sealed_token = NULL, token_hash = NULL, token_facts = NULL, failure = NULL
      WHERE key_id = $1 AND ($2::text IS NULL OR token_hash = $2)
        AND (sealed_token IS NOT NULL OR failure IS NOT NULL)
      RETURNING key_id
    )
    ${TELL} FROM emptied`,

  /** $1 registration id */
  deleteRegistration: `
    WITH removed AS (DELETE FROM ${TABLE} WHERE registration_id = $1 RETURNING key_id)
    ${TELL} FROM removed`,

  /** $1 registration id. In the order of JavaScript's own comparison, whatever the database's collation. */
  list: `
    SELECT key_id, token_hash, token_facts, failure,
      CASE WHEN lease_until > clock_timestamp() THEN lease_holder END AS lease_holder
    FROM ${TABLE}
    WHERE registration_id = $1
      AND (sealed_token IS NOT NULL OR failure IS NOT NULL OR lease_until > clock_timestamp())
    ORDER BY key_id COLLATE "C"`,

  /** $1 the key id that was last, $2 how many */
  sealed: `
    SELECT key_id, sealed_token FROM ${TABLE}
    WHERE sealed_token IS NOT NULL AND key_id COLLATE "C" > $1 ORDER BY key_id COLLATE "C" LIMIT $2`,

  /** $1 key id, $2 sealed before, $3 sealed anew. A token that came meanwhile stays; nobody needs to hear of this. */
  reseal: `
    WITH sealed AS (
      UPDATE ${TABLE} SET sealed_token = $3 WHERE key_id = $1 AND sealed_token = $2 RETURNING key_id
    )
    SELECT key_id FROM sealed`,
};
