import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { sql } from './sql.js';

export interface TestDatabase {
  url: string;
  /** Also ends the connections that are still open. */
  drop(): Promise<void>;
}

/** A new, empty database on the server of this test run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = process.env.TEST_DATABASE_URL;
  if (admin === undefined)
    throw new Error('TEST_DATABASE_URL is not set: jest runs without its globalSetup.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await sql(admin, `CREATE DATABASE ${escapeIdentifier(name)}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await sql(admin, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}
