import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { personalTables } from '../../src/personal-data/personal-data.tables.js';
import { retentionRules } from '../support/retention-rules.js';
import { filledTables } from '../support/stored-courses.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';

/** Their personal columns are the operator's own words, or are found by their content. */
const NOT_BY_USER = ['api_key', 'notice', 'registration_invitation'];

describe('the rules of retention', () => {
  let database: TestDatabase;
  let columns: { table: string; column: string }[];
  beforeAll(async () => {
    database = await createMigratedDatabase();
    const dataSource = await new DataSource(dataSourceOptions(database.url, 2)).initialize();
    columns = await dataSource.query(
      `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = 'nest_lti'`,
    );
    await dataSource.destroy();
  });
  afterAll(() => database.drop());

  it('name every table and column of the schema, and no other', () => {
    const ruled = Object.entries(retentionRules).flatMap(([table, { personal, other }]) =>
      [...personal, ...other].map((column) => `${table}.${column}`),
    );
    expect(ruled.sort()).toEqual(columns.map(({ table, column }) => `${table}.${column}`).sort());
  });

  it('are the table of docs/privacy.md', () => {
    const text = readFileSync(join(__dirname, '../../docs/privacy.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, table = '', personal = '', until = '']) => ({ table, personal, until }),
    );
    expect(rows).toEqual(
      Object.entries(retentionRules).map(([table, { personal, until }]) => ({
        table,
        personal: personal.map((column) => `\`${column}\``).join(', ') || 'none',
        until,
      })),
    );
  });

  it('are kept by an erasure: each table with a personal column is one that it covers', () => {
    const personal = Object.keys(retentionRules).filter(
      (table) => (retentionRules[table]?.personal.length ?? 0) > 0 && !NOT_BY_USER.includes(table),
    );
    expect([...new Set(personalTables.map(({ table }) => table))].sort()).toEqual(personal);
  });

  it('are kept by deletions: each table that refers to a course or a registration is filled before them', () => {
    const referring = columns
      .filter(({ column }) => ['course_id', 'registration_id'].includes(column))
      .map(({ table }) => table);
    for (const table of new Set(referring)) expect([...filledTables, 'lti11_consumer']).toContain(table);
  });
});
