import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/server/embedded-postgres/embedded-postgres.js';
import { worksIn } from '../../src/server/embedded-postgres/process-identity.js';
import { type CompiledSource, compileSource } from './compiled-source.js';
import { runPostgresApp, type PostgresAppProcess } from './postgres-app-process.js';
import { type PostgresAppOptions } from './postgres-app.js';

type HowToRun = Parameters<typeof runPostgresApp>[2];

/** The directories, servers and apps of one test. `clear` removes all of them. */
export class PostgresFixture {
  private readonly servers: EmbeddedPostgres[] = [];
  private readonly apps: PostgresAppProcess[] = [];
  private readonly directories: string[] = [];
  private compiled: CompiledSource | undefined;
  /** The directory of a server that was started and stopped. */
  private stopped: string | undefined;

  /** The path of a new directory that all users can reach (`mode` 0o755), or only its owner (0o700). */
  async directory(mode = 0o755): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'nest-lti-test-'));
    await chmod(made, mode);
    this.directories.push(made);
    return join(made, 'postgres');
  }

  /**
   * The path of a new directory with the database of a server that was stopped. Only the first one is created by initdb, which takes a
   * second of CPU time; the others are copies. The caller calls `end` after its last test.
   */
  async directoryWithDatabase(): Promise<string> {
    this.stopped ??= await this.makeDatabase();
    const directory = await this.directory();
    // Not `cp` of node:fs, which does not keep the owner.
    await promisify(execFile)('cp', ['-a', this.stopped, directory]);
    return directory;
  }

  private async makeDatabase(): Promise<string> {
    const parent = await mkdtemp(join(tmpdir(), 'nest-lti-test-'));
    await chmod(parent, 0o755);
    const server = await EmbeddedPostgres.start({
      directory: join(parent, 'postgres'),
      durability: 'none',
    });
    await server.stop();
    return server.directory;
  }

  /** Starts an app in this process. */
  async start(directory: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const server = await EmbeddedPostgres.start({ durability: 'none', ...options, directory });
    this.servers.push(server);
    return server;
  }

  /** Starts an app in its own process. */
  async app(directory: string, options: Partial<PostgresAppOptions> = {}, how: HowToRun = {}) {
    const app = await runPostgresApp(
      await this.script(),
      { durability: 'none', ...options, directory },
      { cwd: tmpdir(), ...how },
    );
    this.apps.push(app);
    return app;
  }

  async script(): Promise<string> {
    this.compiled ??= await compileSource('test/support/postgres-app.ts');
    return this.compiled.entry;
  }

  /** `clear` removes this directory, too. */
  alsoRemove(directory: string | undefined): void {
    if (directory !== undefined) this.directories.push(directory);
  }

  async clear(): Promise<void> {
    for (const server of this.servers.splice(0)) await server.stop();
    for (const app of this.apps.splice(0)) await app.end();
    for (const directory of this.directories) await killOrphan(join(directory, 'postgres'));
    for (const directory of this.directories.splice(0)) await rm(directory, { recursive: true, force: true });
    await this.compiled?.remove();
    this.compiled = undefined;
  }

  /** Removes what `clear` keeps for the next test. */
  async end(): Promise<void> {
    await this.clear();
    if (this.stopped !== undefined) await rm(dirname(this.stopped), { recursive: true, force: true });
    this.stopped = undefined;
  }
}

/** The id of the server's main process, from its pid file. */
export async function serverPid(directory: string): Promise<number> {
  const record = await readFile(join(directory, 'cluster', 'postmaster.pid'), 'utf8');
  return Number(record.split('\n')[0]);
}

/** The server of a killed app that no later start adopted, because the test failed before. */
async function killOrphan(directory: string): Promise<void> {
  const pid = await serverPid(directory).catch(() => 0);
  if (pid > 0 && (await worksIn(pid, join(directory, 'cluster'))) === true) process.kill(pid, 'SIGKILL');
}
