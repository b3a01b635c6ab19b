/** One channel for all keys, so that a process listens once. The payload is a key id. */
export const CHANGE_CHANNEL = 'nest_lti_access_token';

const TABLE = 'nest_lti.access_token';
/** Entries are removed this long after their token or lease has expired, by the database's clock. */
const KEPT_LONGER = `interval '7 days'`;

const NO_LEASE = 'lease_id = NULL, lease_holder = NULL, lease_until = NULL';
const IS_FREE = '(lease_until IS NULL OR lease_until <= clock_timestamp())';
/** The fence: $1 the key's id, $2 the lease's. */
const IS_HELD = 'key_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()';
/** PostgreSQL sends the notification when the statement commits, so its change can be read then. */
const NOTIFY = `SELECT pg_notify('${CHANGE_CHANNEL}', key_id)`;

const term = (parameter: string): string => `clock_timestamp() + ${parameter} * interval '1 millisecond'`;

/** Each is one statement, and so atomic. `clock_timestamp()` is read after the row was locked. */
export const statements = {
  /** As text, because the host may have set a type parser for numbers. */
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

  /** $1 key id, $2 lease id, $3 encrypted token, $4 hash, $5 facts, $6 the token's life in ms */
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
    ${NOTIFY} FROM written`,

  /** $1 key id, $2 lease id, $3 failure */
  fail: `
    WITH marked AS (
      UPDATE ${TABLE}
      SET failure = $3, ${NO_LEASE}, keep_until = greatest(keep_until, clock_timestamp() + ${KEPT_LONGER})
      WHERE ${IS_HELD}
      RETURNING key_id
    )
    ${NOTIFY} FROM marked`,

  /** $1 key id, $2 lease id. Also wakes the waiters when the lease has expired. */
  release: `
    WITH released AS (UPDATE ${TABLE} SET ${NO_LEASE} WHERE key_id = $1 AND lease_id = $2 RETURNING key_id)
    ${NOTIFY} FROM released`,

  /** $1 key id, $2 token hash or null for any */
  delete: `
    WITH emptied AS (
      UPDATE ${TABLE}
      SET sealed_token = NULL, token_hash = NULL, token_facts = NULL, failure = NULL
      WHERE key_id = $1 AND ($2::text IS NULL OR token_hash = $2)
        AND (sealed_token IS NOT NULL OR failure IS NOT NULL)
      RETURNING key_id
    )
    ${NOTIFY} FROM emptied`,

  /** $1 registration id */
  deleteRegistration: `
    WITH removed AS (DELETE FROM ${TABLE} WHERE registration_id = $1 RETURNING key_id)
    ${NOTIFY} FROM removed`,

  /** $1 registration id. In the order of JavaScript's comparison, whatever the database's collation. */
  list: `
    SELECT key_id, token_hash, token_facts, failure,
      CASE WHEN lease_until > clock_timestamp() THEN lease_holder END AS lease_holder
    FROM ${TABLE}
    WHERE registration_id = $1
      AND (sealed_token IS NOT NULL OR failure IS NOT NULL OR lease_until > clock_timestamp())
    ORDER BY key_id COLLATE "C"`,

  /** $1 the last key id of the previous batch, $2 the size of the batch */
  encrypted: `
    SELECT key_id, sealed_token FROM ${TABLE}
    WHERE sealed_token IS NOT NULL AND key_id COLLATE "C" > $1 ORDER BY key_id COLLATE "C" LIMIT $2`,

  /** $1 key id, $2 encrypted with an older key, $3 re-encrypted. A token that was stored meanwhile stays. Not notified. */
  reencrypt: `
    WITH reencrypted AS (
      UPDATE ${TABLE} SET sealed_token = $3 WHERE key_id = $1 AND sealed_token = $2 RETURNING key_id
    )
    SELECT key_id FROM reencrypted`,
};

/** A row of `statements.get`. */
export interface AccessTokenRow {
  sealed_token: string | null;
  token_facts: string | null;
  failure: string | null;
}

/** A row of `statements.list`. */
export interface AccessTokenListRow {
  key_id: string;
  token_hash: string | null;
  token_facts: string | null;
  failure: string | null;
  lease_holder: string | null;
}

/** A row of `statements.encrypted`. */
export interface EncryptedTokenRow {
  key_id: string;
  sealed_token: string;
}
