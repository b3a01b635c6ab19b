import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type ServerClock } from './server-clock.js';
import { type DataDirectory } from './data-directory.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { isSystemError } from './system-error.js';
import { type PostgresBinaries } from './postgres-binaries.js';
import { programCannotRun } from './program-failure.js';
import { serverEnvironment } from './postgres-settings.js';
import { isStillRunning, type ProcessIdentity } from './process-identity.js';
import { type ServerLog } from './server-log.js';
import { spawnIdentity } from './server-user.js';
import { waitUntil } from './wait-until.js';

const run = promisify(execFile);
const lookEveryMs = 1_000;

/** The main process of a running server: a child of this process, or one that outlived the process that started it. */
export class PostgresProcess {
  private wantsToEnd = false;
  private watch: NodeJS.Timeout | undefined;
  private readonly stopAtExit = (): void => {
    if (this.child?.exitCode === null && this.child.signalCode === null) this.child.kill('SIGINT');
  };

  private constructor(
    readonly pid: number,
    private readonly runs: () => Promise<boolean>,
    private readonly child: ChildProcess | undefined,
    private readonly binaries: PostgresBinaries,
    private readonly clock: ServerClock,
  ) {}

  /** Takes over a server that is already there. */
  static adopt(identity: ProcessIdentity, binaries: PostgresBinaries, clock: ServerClock): PostgresProcess {
    return new PostgresProcess(identity.pid, () => isStillRunning(identity), undefined, binaries, clock);
  }

  /** Resolves when the program runs. The server may not answer yet. */
  static async spawn(
    directory: DataDirectory,
    binaries: PostgresBinaries,
    settings: Record<string, string>,
    log: ServerLog,
    clock: ServerClock,
  ): Promise<PostgresProcess> {
    const output = await log.openForServer();
    try {
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const child = spawn(binaries.postgres, ['-D', directory.cluster, ...options], {
        ...spawnIdentity(directory.user),
        cwd: directory.path,
        env: serverEnvironment(),
        stdio: ['ignore', output.fd, output.fd],
        // A group of its own: Ctrl-C is for the app, which still needs its database to shut down in order.
        detached: true,
        windowsHide: true,
      });
      await once(child, 'spawn');
      child.unref();
      const alive = () => Promise.resolve(child.exitCode === null && child.signalCode === null);
      const started = new PostgresProcess(child.pid ?? 0, alive, child, binaries, clock);
      process.once('exit', started.stopAtExit);
      return started;
    } catch (error) {
      throw programCannotRun(binaries.postgres, error);
    } finally {
      await output.close();
    }
  }

  isRunning(): Promise<boolean> {
    return this.runs();
  }

  /** Calls `ended` once, with how it ended, if the process ends without having been asked to. */
  onUnexpectedEnd(ended: (how: string) => void): void {
    if (this.child !== undefined) {
      this.child.once('exit', (code, signal) => {
        if (!this.wantsToEnd) ended(signal ?? `code ${String(code)}`);
      });
      return;
    }
    this.watch = setInterval(() => {
      void this.endIfGone(() => ended('unknown'));
    }, lookEveryMs).unref();
  }

  /**
   * Asks for a fast shutdown (open transactions are rolled back), after `timeoutMs` for an immediate one, which the next
   * start recovers from, then kills. Resolves when the process is gone.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.wantsToEnd = true;
    clearInterval(this.watch);
    process.off('exit', this.stopAtExit);
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (!(await this.isRunning())) return;
      await this.signal(signal);
      if (await waitUntil(this.clock, timeoutMs, async () => !(await this.isRunning()))) return;
    }
    throw new EmbeddedPostgresFailed(`Its process ${this.pid} cannot be stopped: stop it by hand.`);
  }

  private async endIfGone(ended: () => void): Promise<void> {
    if ((await this.isRunning()) || this.wantsToEnd) return;
    this.wantsToEnd = true;
    clearInterval(this.watch);
    ended();
  }

  private async signal(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    if (process.platform === 'win32' && signal !== 'SIGKILL') {
      // Windows has no signals; the server brings its own.
      await run(this.binaries.pgCtl, ['kill', signal.slice(3), String(this.pid)], { timeout: 5_000 });
      return;
    }
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // Gone in the meantime is what we wanted.
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  }
}
