import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDatabaseOutage } from '../../src/common/database-outage.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { PgClient } from '../../src/database/pg-client.js';
import { JobsConnection } from '../../src/jobs/jobs-connection.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** An error without a listener is uncaught, and fails the test that runs. */
describe('a PostgreSQL that stops as it makes a connection ready', () => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createMigratedDatabase();
    proxy = await PostgresProxy.start(database.url);
  });
  afterEach(async () => {
    proxy.stopAtReady(false);
    for (const end of ends.splice(0)) await end();
  });
  afterAll(async () => {
    await proxy.stop();
    await database.drop();
  });

  const outageOf = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isDatabaseOutage(error)) throw new Error(`It is not known as an outage: ${String(error)}`);
    return error.name;
  };

  it('ends no process, and is reported to a listener that is added later', async () => {
    proxy.stopAtReady(true);
    const client = new PgClient({ connectionString: proxy.url });
    ends.push(() => client.end().catch(() => undefined));
    await client.connect();
    await until('the connection has ended', () =>
      client.query('SELECT 1').then(
        () => undefined,
        () => true,
      ),
    );
    const heard = new Promise((resolve) => client.on('error', resolve));
    expect(await heard).toMatchObject({ code: '57P01' });
    await outageOf(client.query('SELECT 1'));
  });

  it('is an outage for a pool of TypeORM that is being opened', async () => {
    proxy.stopAtReady(true);
    await outageOf(new DataSource(dataSourceOptions(proxy.url, 2)).initialize());
  });

  it('is an outage between two statements, in a transaction and without one, and the pool recovers', async () => {
    const dataSource = await new DataSource(dataSourceOptions(proxy.url, 2)).initialize();
    ends.push(() => dataSource.destroy());
    const runner = dataSource.createQueryRunner();
    await runner.connect();
    proxy.stopAtReady(true);
    await runner.query('SELECT 1');
    expect(await outageOf(runner.query('SELECT 1'))).toBe('QueryRunnerAlreadyReleasedError');

    proxy.stopAtReady(false);
    await dataSource.query('SELECT 1');
    const begun = dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      proxy.stopAtReady(true);
      await manager.query('SELECT 1');
      await manager.query('SELECT 1');
    });
    await outageOf(begun);

    proxy.stopAtReady(false);
    await until('the pool is well again', () =>
      dataSource.query<unknown[]>('SELECT 1').then(
        () => true,
        () => undefined,
      ),
    );
  });

  it('does not end LISTEN of the job engine for good', async () => {
    const connection = new JobsConnection(proxy.url, { connections: 2, isDurable: false });
    ends.push(() => connection.end());
    const listen = async (): Promise<boolean> => {
      const client = await connection.getListenClient();
      await client.query('LISTEN something');
      return true;
    };
    proxy.stopAtReady(true);
    await outageOf(listen());
    proxy.stopAtReady(false);
    await until('it listens again', () => listen().catch(() => undefined));
  });
});
