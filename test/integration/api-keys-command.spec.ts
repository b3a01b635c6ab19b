import { nestLti } from '../../src/commands/nest-lti.js';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { type CommandRun, runCommandHere } from '../support/command-run.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the api-keys command', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  const run = (...args: string[]): Promise<CommandRun> =>
    runCommandHere(nestLti, { DATABASE_URL: database.url }, 'api-keys', ...args);

  it('says what to do when the database has another version', async () => {
    const { code, answered, said } = await run('list');
    expect([code, answered]).toEqual([1, '']);
    expect(said).toMatch(/^migrations_pending: .*nest-lti migrate/);
  });

  it('creates, lists and revokes keys, and changes no key of the configuration', async () => {
    await migrateDatabase(database.url);
    await sql(
      database.url,
      `INSERT INTO nest_lti.api_key (id, name, key_hash, scope, created_at)
       VALUES ('00000000-0000-7000-8000-000000000001', 'bootstrap', 'h', 'write', now())`,
    );
    const created = await run('create', '--name', 'Grading', '--scope', 'read');
    expect(created.code).toBe(0);
    // Only the key, so that a script can capture it.
    expect(created.answered).toMatch(/^nlti_[\w-]{43}\n$/);
    expect(created.said).not.toContain(created.answered.trim());
    const id = /[0-9a-f-]{36}/.exec(created.said)?.[0] ?? '';

    const revoked = await run('revoke', id);
    expect([revoked.code, revoked.answered]).toEqual([0, '']);
    const listed = await run('list');
    expect(listed.code).toBe(0);
    expect(listed.answered).toMatch(new RegExp(`${id}.*Grading.*read.*never.*\\d{4}-\\d\\d-\\d\\dT`));
    expect(listed.answered).toContain('bootstrap');
    expect(listed.answered).not.toContain('nlti_');

    const configured = await run('revoke', '00000000-0000-7000-8000-000000000001');
    expect(configured.code).toBe(1);
    expect(configured.said).toMatch(/^api_key_configured: .*ADMIN_API_KEY/);
  });
});
