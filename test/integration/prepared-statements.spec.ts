import { Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions, LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { PREPARED, PreparedStatements } from '../../src/database/prepared-statements.js';
import { LtiTestApp } from '../support/lti-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const KEYS = `test:${randomBytes(32).toString('base64')}`;
const INSERT = `${PREPARED}INSERT INTO hit (nth) SELECT $1::int WHERE $1 >= 0 RETURNING nth`;

describe('a statement that is marked to be prepared', () => {
  let database: TestDatabase;
  let warn: jest.SpyInstance;
  const pools: DataSource[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    await (await pool()).query('CREATE TABLE hit (nth int UNIQUE)');
  });
  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  });
  afterEach(() => warn.mockRestore());
  afterAll(async () => {
    for (const opened of pools) await opened.destroy();
    await database.drop();
  });

  /** With one connection. */
  const pool = async (statements?: PreparedStatements): Promise<DataSource> => {
    const opened = await new DataSource(dataSourceOptions(database.url, 1, statements)).initialize();
    pools.push(opened);
    return opened;
  };
  const runs = async (of: DataSource) => {
    const rows = await of.query<{ runs: number }[]>(
      'SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements',
    );
    return rows.map((row) => row.runs);
  };
  const hits = async (of: DataSource) =>
    (await of.query<{ nth: number }[]>('SELECT nth FROM hit ORDER BY nth')).map(({ nth }) => nth);

  it('is parsed once and then runs by its name; others are not prepared', async () => {
    const prepared = await pool(new PreparedStatements());
    for (const nth of [1, 2, 3]) expect(await prepared.query(INSERT, [nth])).toEqual([{ nth }]);
    await prepared.query('SELECT $1::int', [1]);
    expect(await runs(prepared)).toEqual([3]);
  });

  it('is not prepared in a pool that has no prepared statements', async () => {
    const plain = await pool();
    await plain.query(INSERT, [4]);
    expect(await runs(plain)).toEqual([]);
  });

  it.each([
    ['is unknown to the server, as after a pooler has reset the connection', 'DISCARD ALL'],
    ['has another result than when it was prepared', 'ALTER TABLE hit ALTER nth TYPE bigint'],
  ])('that %s runs once, without a name from then on, with one warning', async (_, change) => {
    const prepared = await pool(new PreparedStatements());
    await prepared.query('DELETE FROM hit');
    await prepared.query('ALTER TABLE hit ALTER nth TYPE int');
    await prepared.query(INSERT, [1]);
    await prepared.query(change);
    await prepared.query(INSERT, [2]);
    await prepared.query(INSERT, [3]);
    await prepared.query('ALTER TABLE hit ALTER nth TYPE int');
    expect(await hits(prepared)).toEqual([1, 2, 3]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('set DATABASE_DIRECT_URL (database.directUrl)');
  });

  it.each([
    [
      'is not prepared by an application with a direct URL of its own: the other one leads to a proxy',
      true,
      [],
    ],
    ['is prepared by an application without a proxy', false, [1]],
  ])('%s', async (_, hasProxy, expected) => {
    const other = new URL(database.url);
    // The same server by another text, as a direct URL is.
    other.searchParams.set('application_name', 'direct');
    const lti = await LtiTestApp.start({
      database: { url: database.url, ...(hasProxy && { directUrl: other.href }) },
      encryptionKeys: KEYS,
    });
    const connection = lti.app
      .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false })
      .createQueryRunner();
    try {
      await connection.query(`${PREPARED}SELECT 'marked'`);
      const rows = (await connection.query(
        `SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements WHERE statement LIKE '%marked%'`,
      )) as unknown as { runs: number }[];
      expect(rows.map(({ runs: times }) => times)).toEqual(expected);
    } finally {
      await connection.release();
      await lti.stop();
    }
  });

  it('that another client of a shared connection has prepared runs once, without a name', async () => {
    const statements = new PreparedStatements();
    const prepared = await pool(statements);
    await prepared.query(`PREPARE "${statements.nameOf(INSERT)}" AS SELECT 1`);
    expect(await prepared.query(INSERT, [5])).toEqual([{ nth: 5 }]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('is prepared anew on a new connection, as after a failover', async () => {
    const prepared = await pool(new PreparedStatements());
    await prepared.query(INSERT, [6]);
    const [{ pid } = { pid: 0 }] = await prepared.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await (await pool()).query('SELECT pg_terminate_backend($1)', [pid]);
    await until('the pool has a new connection', () =>
      prepared.query('SELECT 1').then(
        () => true,
        () => undefined,
      ),
    );
    await prepared.query(INSERT, [7]);
    expect(await runs(prepared)).toEqual([1]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('keeps its errors as they are, and stays prepared', async () => {
    const prepared = await pool(new PreparedStatements());
    await prepared.query(INSERT, [8]);
    await expect(prepared.query(INSERT, [8])).rejects.toMatchObject({
      name: 'QueryFailedError',
      driverError: { code: '23505', constraint: 'hit_nth_key' },
    });
    await prepared.query(INSERT, [9]);
    expect(await runs(prepared)).toEqual([3]);
    expect(warn).not.toHaveBeenCalled();
  });
});
