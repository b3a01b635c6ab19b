import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SystemClock } from '../../src/common/clock.js';
import { EmbeddedPostgres } from '../../src/server/embedded-postgres/embedded-postgres.js';
import { identifyProcess } from '../../src/server/embedded-postgres/process-identity.js';
import { PostgresFixture, serverPid } from '../support/postgres-fixture.js';
import { sql } from '../support/sql.js';

const systemTime = new SystemClock();

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await systemTime.sleep(5);
}

describe('EmbeddedPostgres after a crash', () => {
  const fixture = new PostgresFixture();
  afterEach(() => fixture.clear());
  afterAll(() => fixture.end());

  async function killedApp(directory: string): Promise<string> {
    const app = await fixture.app(directory);
    expect(app.report.error).toBeUndefined();
    const url = app.report.url!;
    await sql(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await app.kill();
    return url;
  }

  const expectKept = async (url: string) =>
    expect(await sql(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);

  it('takes over the server of an app that was killed, and stops it too', async () => {
    const directory = await fixture.directoryWithDatabase();
    const url = await killedApp(directory);
    const orphan = await serverPid(directory);
    const log: string[] = [];
    const server = await fixture.start(directory, { log: (line) => log.push(line) });
    expect(await serverPid(directory)).toBe(orphan);
    expect(server.url).toBe(url);
    expect(log).toEqual([expect.stringContaining('taking it over')]);
    await expectKept(server.url);
    await server.stop();
    expect(await identifyProcess(orphan)).toBeUndefined();
  });

  it('replaces an orphan that runs with other settings', async () => {
    const directory = await fixture.directoryWithDatabase();
    await killedApp(directory);
    const orphan = await serverPid(directory);
    const server = await fixture.start(directory, { maxConnections: 17 });
    expect(await identifyProcess(orphan)).toBeUndefined();
    expect(await sql(server.url, 'SHOW max_connections')).toEqual([{ max_connections: '17' }]);
    await expectKept(server.url);
  });

  it('replaces an orphan that hangs', async () => {
    const directory = await fixture.directoryWithDatabase();
    await killedApp(directory);
    const orphan = await serverPid(directory);
    process.kill(orphan, 'SIGSTOP');
    // A part of it is the wait for the orphan; the rest has to be enough for the new server on a busy machine.
    const server = await fixture.start(directory, { startTimeoutMs: 12_000 });
    expect(await serverPid(directory)).not.toBe(orphan);
    await expectKept(server.url);
  });

  it('is not stopped by the pid file of a server that was killed with its app', async () => {
    const directory = await fixture.directoryWithDatabase();
    await killedApp(directory);
    process.kill(await serverPid(directory), 'SIGKILL');
    await expectKept((await fixture.start(directory)).url);
  });

  it('starts although another process now has the id of the killed server', async () => {
    const directory = await fixture.directoryWithDatabase();
    await killedApp(directory);
    const orphan = await serverPid(directory);
    const { uid, gid } = await stat(join(directory, 'cluster'));
    const stranger = spawn('sleep', ['600'], { cwd: '/', uid, gid });
    await once(stranger, 'spawn');
    try {
      process.kill(orphan, 'SIGKILL');
      const note = join(directory, 'cluster', 'postmaster.pid');
      await writeFile(note, (await readFile(note, 'utf8')).replace(/^\d+/, String(stranger.pid)));
      await until(() => !worksThere(directory));
      await expectKept((await fixture.start(directory)).url);
      expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
    } finally {
      stranger.kill();
    }
  });

  it('reports when the server ends by itself, and starts again after a stop', async () => {
    const directory = await fixture.directoryWithDatabase();
    const lines: string[] = [];
    const first = await fixture.start(directory, { log: (line) => lines.push(line) });
    await sql(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(await serverPid(directory), 'SIGKILL');
    await until(() => lines.length > 0);
    expect(lines).toEqual([expect.stringContaining('ended by itself (SIGKILL)')]);
    await first.stop();
    await expectKept((await fixture.start(directory)).url);
  });

  it('reports when a server that was taken over ends by itself', async () => {
    const directory = await fixture.directoryWithDatabase();
    await killedApp(directory);
    const lines: string[] = [];
    await fixture.start(directory, { log: (line) => lines.push(line) });
    process.kill(await serverPid(directory), 'SIGKILL');
    await until(() => lines.length > 1);
    expect(lines[1]).toContain('ended by itself');
  });

  it('keeps running after the Ctrl-C that its app is still handling', async () => {
    const directory = await fixture.directoryWithDatabase();
    // A process group, as a shell creates for each command. The app ignores the signal.
    const app = await fixture.app(directory, {}, { detached: true });
    process.kill(-app.child.pid!, 'SIGINT');
    await sql(app.report.url!, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await expectKept(app.report.url!);
    await app.end();
    expect(await readdir(directory)).not.toContain('lock');
  });

  it('ends with an app that exits without stopping it', async () => {
    const directory = await fixture.directoryWithDatabase();
    const module = join(
      dirname(await fixture.script()),
      '../../src/server/embedded-postgres/embedded-postgres.js',
    );
    const code = `const { EmbeddedPostgres } = await import(${JSON.stringify(pathToFileURL(module).href)});
      await EmbeddedPostgres.start({ directory: ${JSON.stringify(directory)}, durability: 'none' });
      process.exit(7);`;
    const app = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
    expect(await once(app, 'exit')).toEqual([7, null]);
    await until(() => !worksThere(directory));
  });

  it('creates the database again when the app was killed during its creation', async () => {
    const directory = await fixture.directory();
    const app = spawn(process.execPath, [await fixture.script(), JSON.stringify({ directory })], {
      stdio: 'ignore',
    });
    const names = () => readdir(directory).catch((): string[] => []);
    await until(async () => (await names()).some((name) => name.startsWith('cluster.new-')));
    app.kill('SIGKILL');
    await once(app, 'exit');
    expect(await names()).not.toContain('cluster');
    await mkdir(join(directory, 'cluster.new-half', 'base'), { recursive: true });
    await writeFile(join(directory, 'cluster.new-half', 'PG_VERSION'), '18\n');
    const server = await fixture.start(directory);
    expect(await sql(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await names()).filter((name) => name.includes('new'))).toEqual([]);
  });
});

function worksThere(directory: string): boolean {
  const { stdout } = spawnSync('find', ['/proc', '-maxdepth', '2', '-lname', join(directory, 'cluster')], {
    encoding: 'utf8',
  });
  return stdout !== '';
}

describe('A directory in use', () => {
  const fixture = new PostgresFixture();
  afterEach(() => fixture.clear());

  it('is refused to a second app, and to a second server of the same app', async () => {
    const directory = await fixture.directory();
    const first = await fixture.app(directory);
    await expect(fixture.start(directory)).rejects.toMatchObject({
      code: 'database_directory_in_use',
      message: expect.stringContaining(`process ${first.child.pid ?? 0}`),
    });
    await sql(first.report.url!, 'SELECT 1');
    await first.end();
    await fixture.start(directory);
    const second = await fixture.app(directory);
    expect(second.report.error?.code).toBe('database_directory_in_use');
  });

  it('is given to exactly one of many apps that start at once after a crash', async () => {
    const directory = await fixture.directory();
    await (await fixture.app(directory)).kill();
    const apps = await Promise.all(Array.from({ length: 6 }, () => fixture.app(directory)));
    const codes = apps.flatMap(({ report }) => (report.url === undefined ? [report.error?.code] : []));
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'database_directory_in_use'));
  });

  it('is free when another process has the id of its dead owner', async () => {
    const directory = await fixture.directory();
    const app = await fixture.app(directory);
    await app.kill();
    const lock = JSON.parse(await readFile(join(directory, 'lock'), 'utf8')) as object;
    await writeFile(join(directory, 'lock'), JSON.stringify({ ...lock, pid: process.ppid }));
    await fixture.start(directory);
  });

  it('is free when its lock file is empty', async () => {
    const directory = await fixture.directory();
    await (await fixture.start(directory)).stop();
    await writeFile(join(directory, 'lock'), '');
    await fixture.start(directory);
  });

  // As in two containers with one volume: neither sees the other's processes.
  const isolated = ['--pid', '--fork', '--kill-child', '--mount-proc'];
  const canIsolate = spawnSync('unshare', [...isolated, 'true']).status === 0;
  (canIsolate ? it : it.skip)(
    'is refused while an owner in another container is alive, and free after',
    async () => {
      const directory = await fixture.directory();
      const options = JSON.stringify({ directory, durability: 'none' });
      const app = spawn('unshare', [...isolated, process.execPath, await fixture.script(), options], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      const [report] = await once(app, 'message');
      expect(report).toMatchObject({ url: expect.any(String) });
      // With a clock that runs ten times as fast.
      const from = systemTime.nowMs();
      const nowMs = (): number => from + 10 * (systemTime.nowMs() - from);
      const hurried = {
        now: () => new Date(nowMs()),
        nowMs,
        sleep: (ms: number) => systemTime.sleep(ms / 10),
      };
      await expect(EmbeddedPostgres.start({ directory })).rejects.toMatchObject({
        code: 'database_directory_in_use',
        message: expect.stringContaining('another container'),
      });
      app.kill('SIGKILL');
      await once(app, 'exit');
      await until(() => !worksThere(directory));
      await fixture.start(directory, { clock: hurried, startTimeoutMs: 300_000 });
    },
  );
});
