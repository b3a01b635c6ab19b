import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { SystemClock } from '../../src/common/clock.js';
import { Leases } from '../../src/database/leases.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { PREPARED, PreparedStatements } from '../../src/database/prepared-statements.js';
import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { LtiTestApp } from '../support/lti-app.js';
import { PgBouncer } from '../support/pgbouncer.js';
import { sql } from '../support/sql.js';
import { dataSourceOf } from '../support/membership-versions.js';
import { SyncedPlatform } from '../support/synced-platform.js';
import { type StoreSettings, TokenStoreDatabase } from '../support/token-store-database.js';
import { until } from '../support/until.js';

const HELD = { termMs: 60_000, holder: 'here:1' };
/** The rules of a store that notifies. Without a direct URL it cannot pass them. */
const isAboutNotifications = ({ name }: { name: string }) => /notified|listeners get/.test(name);

describe('behind PgBouncer in transaction pooling', () => {
  let database: TokenStoreDatabase;
  let bouncer: PgBouncer;
  let pools: [DataSource, DataSource];
  let opened = 0;
  beforeAll(async () => {
    database = await TokenStoreDatabase.create();
    bouncer = await PgBouncer.start(database.url);
    pools = [await database.pool(bouncer.url), await database.pool(bouncer.url)];
  });
  afterAll(async () => {
    await database.drop();
    await bouncer.stop();
  });

  const token = new AccessToken({
    value: 'bearer',
    scopes: ['a'],
    issuedAt: new Date('2026-01-05T08:00:00Z'),
    expiresAt: new Date('2026-01-05T09:00:00Z'),
  });

  /** Alternately on two pools, as in two processes. */
  const openWith = (settings: StoreSettings) => database.openOn(pools[opened++ % 2 === 0 ? 0 : 1], settings);

  describe('the token store with a direct URL keeps its contracts:', () => {
    const open = () => openWith({ directUrl: database.url });
    it.each([...tokenStoreContract, ...sharedTokenStoreContract])('$name', ({ run }) => run({ open }));
  });

  describe('the token store without a direct URL keeps its contracts, except notifications:', () => {
    const open = () => openWith({ directUrl: bouncer.url });
    const cases = [...tokenStoreContract, ...sharedTokenStoreContract].filter(
      (each) => !isAboutNotifications(each),
    );
    it.each(cases)('$name', ({ run }) => run({ open }));
  });

  it('without a direct URL a listener does no harm: the store works beside it, without a warning', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const [listening, writing] = [openWith({ directUrl: bouncer.url }), openWith({ directUrl: bouncer.url })];
    const heard: unknown[] = [];
    listening.onChange((keyId) => heard.push(keyId));
    await until('the connection of the listener', () => Promise.resolve(heard.length > 0 ? true : undefined));
    for (let nth = 0; nth < 30; nth += 1) {
      const key = new AccessTokenKey(randomUUID(), 1, ['a']);
      expect(await writing.commit((await writing.acquire(key, HELD))!, token)).toBe(true);
      expect((await listening.get(key))?.token?.hash).toBe(token.hash);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('a lease has one holder at a time, and its fence works', async () => {
    const parties = pools.map((pool) => ({ pool, leases: new Leases(pool, new SystemClock()) }));
    let holders = 0;
    const holding = Array.from({ length: 20 }, (_, nth) => {
      const { pool, leases } = parties[nth % 2]!;
      return leases.hold('work', { termMs: 60_000, waitMs: 20_000 }, async (lease) => {
        expect(++holders).toBe(1);
        await pool.transaction((manager) => lease.fence(manager));
        await lease.renew();
        holders -= 1;
      });
    });
    await Promise.all(holding);
    expect(await sql(database.url, 'SELECT 1 FROM nest_lti.lease')).toEqual([]);
  });

  it('without a direct URL a prepared statement that its clients lose runs once each time, with one warning', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    // More than PgBouncer has connections to the server.
    const pool = await new DataSource(
      dataSourceOptions(bouncer.url, 8, new PreparedStatements()),
    ).initialize();
    await pool.query('CREATE TABLE public.hit (nth int)');
    await Promise.all(
      Array.from({ length: 60 }, (_, nth) =>
        pool.query(`${PREPARED}INSERT INTO public.hit SELECT $1::int FROM pg_sleep(0.01)`, [nth]),
      ),
    );
    expect(await pool.query('SELECT count(*)::int, count(DISTINCT nth)::int AS all FROM public.hit')).toEqual(
      [{ count: 60, all: 60 }],
    );
    expect(warn.mock.calls.map(([message]) => message as string)).toEqual([
      expect.stringContaining('set DATABASE_DIRECT_URL'),
    ]);
    warn.mockRestore();
    await pool.destroy();
  });

  it('a whole application works: it boots, syncs a course with one token, and shares the token between processes', async () => {
    const lti = await LtiTestApp.start({
      database: { url: bouncer.url, directUrl: database.url },
      tokenStore: { type: 'postgres' },
    });
    const platform = await SyncedPlatform.start(lti);
    const courses = [await platform.addCourse(20), await platform.addCourse(30)];
    for (const course of courses) {
      expect((await platform.sync(course)).status).toBe('completed');
    }
    expect(await platform.memberIds(courses[1]!)).toHaveLength(30);
    expect(platform.platform.counts.tokenRequests).toBe(1);
    const rows = await sql(
      database.url,
      `SELECT sealed_token FROM nest_lti.access_token WHERE registration_id = '${platform.registrationId}'`,
    );
    expect(rows).toHaveLength(1);
    // With a direct URL of its own it prepares no statement.
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const pool = dataSourceOf(lti);
    await Promise.all(Array.from({ length: 60 }, () => pool.query(`${PREPARED}SELECT pg_sleep(0.01)`)));
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    await platform.stop();
    await lti.stop();
  });
});
