import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { UserGrantClients1763700000011 } from '../../migrations/0011-user-grant-clients.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

it('migrates a database that has the tables of user grant clients by the migration’s first name', async () => {
  const upTo = migrations.indexOf(UserGrantClients1763700000011) + 1;
  const setup = await new DataSource(dataSourceOptions(database.url, 1)).initialize();
  await setup.query('CREATE SCHEMA nest_lti');
  await setup.destroy();
  const old = await new DataSource({
    ...dataSourceOptions(database.url, 1),
    migrations: migrations.slice(0, upTo),
  }).initialize();
  await old.runMigrations();
  await old.query(
    `UPDATE nest_lti.migration SET name = 'UserGrantClients1763700000014', timestamp = 1763700000014
     WHERE name = 'UserGrantClients1763700000011'`,
  );
  await old.destroy();
  const ran = await migrateDatabase(database.url);
  expect(ran).toEqual(migrations.slice(upTo - 1).map(({ name }) => name));
  expect(await migrateDatabase(database.url)).toEqual([]);
});
