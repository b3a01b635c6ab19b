import { Client } from 'pg';
import { sql } from '../support/sql.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { createMigratedDatabase, createTestDatabase } from '../support/test-database.js';

describe('createTestDatabase', () => {
  it('creates databases that do not see each other, and drops one while a client is still connected', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await sql(one.url, 'CREATE TABLE things (id int)');
    expect(await sql(other.url, "SELECT to_regclass('things') AS found")).toEqual([{ found: null }]);

    const lingering = new Client({ connectionString: one.url });
    const ended = new Promise((resolve) => lingering.on('error', resolve));
    await lingering.connect();
    await one.drop();
    await ended;
    await other.drop();
    await expect(sql(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('createMigratedDatabase', () => {
  it('has no pending migration', async () => {
    const database = await createMigratedDatabase();
    expect(await migrateDatabase(database.url)).toEqual([]);
    await database.drop();
  });
});
