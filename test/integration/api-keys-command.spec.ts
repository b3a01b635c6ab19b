import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { migrateDatabase } from '../../src/database/migrate-database.js';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';
import { PostgresFixture } from '../support/postgres-fixture.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

describe('the api-keys command', () => {
  let compiled: CompiledSource;
  beforeAll(async () => (compiled = await compileSource('src/api-keys.ts')));
  afterAll(() => compiled.remove());

  const run = (env: Record<string, string>, ...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const { PATH = '', HOME = '' } = process.env;
      const options = { env: { PATH, HOME, ...env }, timeout: 60_000 };
      execFile(process.execPath, [compiled.entry, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });

  describe('with a database that is given', () => {
    let database: TestDatabase;
    let env: Record<string, string>;
    beforeAll(async () => {
      database = await createTestDatabase();
      env = {
        DATABASE_URL: database.url,
        PUBLIC_URL: 'https://tool.example.edu',
        ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 7).toString('base64')}`,
      };
    });
    afterAll(() => database.drop());

    it('says what to do while the database is not of this version', async () => {
      const { code, stdout, stderr } = await run(env, 'list');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^migrations_pending: .*npm run migrate/);
    });

    it('creates, lists and revokes, and touches no key of the configuration', async () => {
      await migrateDatabase(database.url);
      await sql(
        database.url,
        `INSERT INTO nest_lti.api_key (id, name, key_hash, scope, created_at)
         VALUES ('00000000-0000-7000-8000-000000000001', 'bootstrap', 'h', 'write', now())`,
      );
      const created = await run(env, 'create', '--name', 'Grading', '--scope', 'read');
      expect(created.code).toBe(0);
      // Alone, so that a script can capture it.
      expect(created.stdout).toMatch(/^nlti_[\w-]{43}\n$/);
      expect(created.stderr).not.toContain(created.stdout.trim());
      const id = /[0-9a-f-]{36}/.exec(created.stderr)?.[0] ?? '';

      const revoked = await run(env, 'revoke', id);
      expect([revoked.code, revoked.stdout]).toEqual([0, '']);
      const listed = await run(env, 'list');
      expect(listed.code).toBe(0);
      expect(listed.stdout).toMatch(new RegExp(`${id}.*Grading.*read.*never.*\\d{4}-\\d\\d-\\d\\dT`));
      expect(listed.stdout).toContain('bootstrap');
      expect(listed.stdout).not.toContain('nlti_');

      const configured = await run(env, 'revoke', '00000000-0000-7000-8000-000000000001');
      expect(configured.code).toBe(1);
      expect(configured.stderr).toMatch(/^api_key_configured: .*ADMIN_API_KEY/);
    }, 60_000);

    it('shows its usage after words that it does not know', async () => {
      const { code, stdout, stderr } = await run(env, 'create', '--name', 'x', '--scope', 'admin');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^--scope: .*\n\nUsage:\n/);
    });
  });

  describe('with the database of its own', () => {
    const fixture = new PostgresFixture();
    afterAll(() => fixture.clear());

    it('starts it while the service is stopped, and points to REST while it runs', async () => {
      const directory = await fixture.directory();
      const env = { DATA_DIR: join(directory, '..') };
      const early = await run(env, 'list');
      expect([early.code, early.stdout]).toEqual([1, '']);
      expect(early.stderr).toMatch(/^no_database: /);
      await (await fixture.start(directory)).stop();
      const { code, stdout } = await run(env, 'create', '--name', 'lost the other', '--scope', 'write');
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^nlti_/)]);

      const server = await fixture.start(directory);
      const names = 'SELECT name FROM nest_lti.api_key';
      expect(await sql(server.url, names)).toEqual([{ name: 'lost the other' }]);
      const refused = await run(env, 'list');
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toMatch(/^service_running: .*\/api\/api-keys/);
    }, 60_000);
  });
});
