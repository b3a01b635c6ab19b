import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type PostgresTokenStore } from '../../src/access-tokens/stores/postgres/postgres-token-store.js';
import { type RenewalFailure } from '../../src/access-tokens/stores/token-store.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { sql } from '../support/sql.js';
import { ringOf } from '../support/key-ring.js';
import { TokenStoreDatabase } from '../support/token-store-database.js';
import { until } from '../support/until.js';

const HELD = { termMs: 60_000, holder: 'here:1' };
const SCOPES = ['roster', 'score'];
const ISSUED_AT = new Date('2001-01-05T08:00:00Z');

const newKey = (registrationId: string = randomUUID(), revision = 1) =>
  new AccessTokenKey(registrationId, revision, SCOPES);

const tokenOf = (value: string): AccessToken =>
  new AccessToken({
    value,
    scopes: SCOPES,
    issuedAt: ISSUED_AT,
    expiresAt: new Date(ISSUED_AT.getTime() + 3_600_000),
  });

async function commit(store: PostgresTokenStore, key: AccessTokenKey, value: string): Promise<boolean> {
  const lease = await store.acquire(key, HELD);
  return lease !== undefined && store.commit(lease, tokenOf(value));
}

describe('the token store in Postgres', () => {
  let database: TokenStoreDatabase;
  let store: PostgresTokenStore;
  let warn: jest.SpyInstance;
  beforeAll(async () => {
    database = await TokenStoreDatabase.create();
    store = await database.open();
  });
  beforeEach(() => (warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined)));
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => database.drop());

  const change = (key: AccessTokenKey, set: string) =>
    sql(database.url, `UPDATE nest_lti.access_token SET ${set} WHERE key_id = '${key.id}'`);

  it('fences by the time of the database, whatever the clocks of the processes', async () => {
    const key = newKey();
    const lease = (await store.acquire(key, HELD))!;
    const { lease_until: end } = (await database.row(key.id))!;
    const [{ ms }] = (await sql<{ ms: number }>(
      database.url,
      `SELECT (extract(epoch FROM timestamptz '${(end as Date).toISOString()}' - clock_timestamp()) * 1000)::float8 AS ms`,
    )) as [{ ms: number }];
    expect(ms).toBeGreaterThan(HELD.termMs / 2);
    expect(ms).toBeLessThanOrEqual(HELD.termMs);

    await change(key, `lease_until = clock_timestamp()`);
    const failure: RenewalFailure = { kind: 'failed', message: 'late', retryAt: ISSUED_AT, attempts: 1 };
    expect(await store.commit(lease, tokenOf('late'))).toBe(false);
    expect(await store.fail(lease, failure)).toBe(false);
    expect(await store.extend(lease, 1000)).toBe(false);
    expect(await store.get(key)).toBeUndefined();
  });

  it('deletes the tokens of a registration with the row of that registration, and no others', async () => {
    const [key, other] = [newKey(), newKey()];
    await commit(store, key, 'of the deleted one');
    await commit(store, other, 'of another one');
    await sql(database.url, `DELETE FROM nest_lti.registration WHERE id = '${key.registrationId}'`);
    expect(await store.get(key)).toBeUndefined();
    expect((await store.get(other))?.token?.value).toBe('of another one');
  });

  it('stores no token of a registration that does not exist', async () => {
    const key = newKey();
    await sql(database.url, 'ALTER TABLE nest_lti.access_token DISABLE TRIGGER make_up_registration');
    try {
      await expect(store.acquire(key, HELD)).rejects.toMatchObject({ code: 'token_store_unavailable' });
    } finally {
      await sql(database.url, 'ALTER TABLE nest_lti.access_token ENABLE TRIGGER make_up_registration');
    }
  });

  it('keeps the tokens of known registrations in the migration that adds the foreign key', async () => {
    const older = await TokenStoreDatabase.create();
    try {
      const migrated = await older.open();
      const [key, orphan] = [newKey(), newKey()];
      for (const one of [key, orphan]) await commit(migrated, one, 'from before');
      await sql(
        older.url,
        `ALTER TABLE nest_lti.access_token DROP CONSTRAINT access_token_registration_id_fkey,
           ALTER COLUMN registration_id TYPE text`,
      );
      await sql(older.url, `DELETE FROM nest_lti.registration WHERE id = '${orphan.registrationId}'`);
      await sql(older.url, `DELETE FROM nest_lti.migration WHERE name LIKE 'AccessTokenRegistration%'`);
      await migrateDatabase(older.url);
      expect((await migrated.get(key))?.token?.value).toBe('from before');
      expect(await migrated.get(orphan)).toBeUndefined();
    } finally {
      await older.drop();
    }
  });

  it('keeps a token encrypted: its value is in no column', async () => {
    const key = newKey();
    const value = `bearer-${randomUUID()}`;
    await commit(store, key, value);
    const row = (await database.row(key.id))!;
    expect(JSON.stringify(row)).not.toContain(value);
    const encrypted = Buffer.from(String(row.sealed_token).split('.')[2] ?? '', 'base64url');
    expect(encrypted.includes(value)).toBe(false);
  });

  it('does not decrypt a value that was copied to another key', async () => {
    const [key, other] = [newKey(), newKey()];
    await commit(store, key, 'mine');
    await commit(store, other, 'yours');
    await change(
      other,
      `sealed_token = (SELECT sealed_token FROM nest_lti.access_token WHERE key_id = '${key.id}')`,
    );
    expect(await store.get(other)).toEqual({ unreadable: true });
  });

  it('re-encrypts what an older key had encrypted, when it is read', async () => {
    const key = newKey();
    await commit(store, key, 'kept');
    const rotated = await database.open({ ring: ringOf('k2', 'k1') });
    const reads = await Promise.all(Array.from({ length: 8 }, () => rotated.get(key)));
    expect(reads.map((read) => read?.token?.value)).toEqual(Array(8).fill('kept'));
    await until('a row encrypted with the new key', async () =>
      String((await database.row(key.id))?.sealed_token).startsWith('v1.k2.') ? true : undefined,
    );
    const withoutOldKey = await database.open({ ring: ringOf('k2') });
    expect((await withoutOldKey.get(key))?.token?.value).toBe('kept');
  });

  it('does not overwrite, while it re-encrypts, a token that was renewed meanwhile', async () => {
    const key = newKey();
    await commit(store, key, 'old');
    const rotated = await database.open({ ring: ringOf('k2', 'k1') });
    const renewal = new Client({ connectionString: database.url });
    await renewal.connect();
    await renewal.query('BEGIN');
    await renewal.query(`UPDATE nest_lti.access_token SET sealed_token = 'renewed' WHERE key_id = $1`, [
      key.id,
    ]);
    expect((await rotated.get(key))?.token?.value).toBe('old');
    await until('the re-encryption that waits for the row', async () => {
      const waiting = await sql(
        database.url,
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0 ? true : undefined;
    });
    await renewal.query('COMMIT');
    await renewal.end();
    await rotated.close();
    expect((await database.row(key.id))?.sealed_token).toBe('renewed');
  });

  it('re-encrypts everything in one go, and leaves what cannot be decrypted', async () => {
    const scene = await TokenStoreDatabase.create();
    const [old, foreign] = [await scene.open(), await scene.open({ ring: ringOf('lost') })];
    const rotated = await scene.open({ ring: ringOf('k2', 'k1') });
    const keys = Array.from({ length: 205 }, () => newKey());
    await Promise.all(keys.map((key) => commit(old, key, `of ${key.id}`)));
    const lost = newKey();
    await commit(foreign, lost, 'lost');
    const before = await scene.row(lost.id);

    expect(await rotated.reencryptAll()).toBe(205);
    expect(await rotated.reencryptAll()).toBe(0);
    expect(await scene.row(lost.id)).toEqual(before);
    const withoutOldKey = await scene.open({ ring: ringOf('k2') });
    const read = await Promise.all(keys.map((key) => withoutOldKey.get(key)));
    expect(read.map((stored) => stored?.token?.value)).toEqual(keys.map((key) => `of ${key.id}`));
    await scene.drop();
  });

  it('reports that a token of other keys is unreadable, keeps its failure, and warns once', async () => {
    const key = newKey();
    await commit(store, key, 'sealed');
    const failure: RenewalFailure = { kind: 'refused', message: 'no', retryAt: ISSUED_AT, attempts: 2 };
    await store.fail((await store.acquire(key, HELD))!, failure);
    const stranger = await database.open({ ring: ringOf('other') });
    for (let nth = 0; nth < 3; nth += 1) {
      expect(await stranger.get(key)).toEqual({ unreadable: true, failure });
    }
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringContaining(key.id)]);
  });

  it("stores a platform's text unchanged, also NUL and unpaired surrogates", async () => {
    const key = newKey();
    const message = 'a \u0000 and a \ud800';
    const failure: RenewalFailure = { kind: 'failed', message, retryAt: ISSUED_AT, attempts: 1 };
    expect(await store.fail((await store.acquire(key, HELD))!, failure)).toBe(true);
    expect((await store.get(key))?.failure).toEqual(failure);
    const lease = (await store.acquire(key, HELD))!;
    const { issuedAt, expiresAt } = tokenOf('any');
    const odd = new AccessToken({ value: 'odd\u0000', scopes: [message], issuedAt, expiresAt });
    expect(await store.commit(lease, odd)).toBe(true);
    expect(await store.get(key)).toMatchObject({ token: { value: 'odd\u0000', scopes: [message] } });
  });

  it('ignores a failure of another shape, and logs that', async () => {
    const key = newKey();
    await commit(store, key, 'good');
    await change(key, `failure = '{"kind":"odd"}'`);
    const stored = await store.get(key);
    expect([stored?.token?.value, stored?.failure]).toEqual(['good', undefined]);
    expect(String(warn.mock.calls[0]?.[0])).toContain(key.id);
  });

  it('deletes, with a commit, abandoned rows, but no lease that is held and no row of another registration', async () => {
    const id = randomUUID();
    const [old, held, recent, foreign, fresh] = [
      newKey(id, 1),
      newKey(id, 2),
      newKey(id, 3),
      newKey(),
      newKey(id, 4),
    ];
    for (const key of [old, held, recent, foreign]) await commit(store, key, 'any');
    await store.acquire(held, HELD);
    for (const key of [old, held, foreign]) await change(key, `keep_until = clock_timestamp()`);
    await commit(store, fresh, 'any');
    const left = await Promise.all([old, held, recent, foreign, fresh].map((key) => store.get(key)));
    expect(left.map((stored) => stored !== undefined)).toEqual([false, true, true, true, true]);
  });

  it('gives one lease to many callers at once over eight pools, and each key its own', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => database.open({ poolSize: 6 })));
    const keys = [newKey(), newKey(), newKey()];
    const wanted = stores.flatMap((each) =>
      Array.from({ length: 30 }, async (_, nth) => {
        const key = keys[nth % keys.length]!;
        return (await each.acquire(key, HELD)) === undefined ? [] : [key.id];
      }),
    );
    const got = (await Promise.all(wanted)).flat();
    expect(got.sort()).toEqual(keys.map(({ id }) => id).sort());
    const [{ count }] = (await sql<{ count: number }>(
      database.url,
      'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()',
    )) as [{ count: number }];
    expect(count).toBeLessThanOrEqual(8 * 6 + 10);
  });
});
