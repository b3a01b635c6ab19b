import { Client } from 'pg';
import { sql } from '../support/sql.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { createMigratedDatabase, createTestDatabase } from '../support/test-database.js';

describe('createTestDatabase', () => {
  it('makes databases that do not see each other, and drops one while somebody is still connected', async () => {
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
  it('leaves no migration to do', async () => {
    const database = await createMigratedDatabase();
    expect(await migrateDatabase(database.url)).toEqual([]);
    await database.drop();
  });
});
