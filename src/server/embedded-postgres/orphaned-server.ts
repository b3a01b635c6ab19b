import { readdir } from 'node:fs/promises';
import { type ServerClock } from './server-clock.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { type PostgresBinaries } from './postgres-binaries.js';
import { type PostgresCluster } from './postgres-cluster.js';
import { clusterNameOf, type PostgresLogin } from './postgres-login.js';
import { PostgresProcess } from './postgres-process.js';
import { readPostmasterRecord, removePostmasterRecord } from './postmaster-record.js';
import { identifyProcess, worksIn } from './process-identity.js';
import { waitUntil } from './wait-until.js';

/** A running server that a killed application left behind. */
export interface OrphanedServer {
  process: PostgresProcess;
  login: PostgresLogin;
}

export interface OrphanSearch {
  cluster: PostgresCluster;
  binaries: PostgresBinaries;
  clusterName: string;
  stopTimeoutMs: number;
  clock: ServerClock;
  log: (line: string) => void;
}

/**
 * Finds the server that was left running in this cluster, if it answers to our password and runs as we want it; any other
 * one is stopped. Afterwards, only the returned server runs there. The caller holds the directory's lock.
 */
export async function takeOverOrphan(search: OrphanSearch): Promise<OrphanedServer | undefined> {
  const { cluster, binaries, stopTimeoutMs, clock, log } = search;
  const record = await readPostmasterRecord(cluster.path);
  if (record === undefined) return undefined;
  const identity = await identifyProcess(record.pid);
  if (identity === undefined) return undefined;
  const ours = await worksIn(record.pid, cluster.path);
  if (ours === false) {
    await forgetStranger(cluster, record.pid);
    return undefined;
  }
  const found = PostgresProcess.adopt(identity, binaries, clock);
  const login = await loginTo(search, found);
  if (login !== undefined) {
    log(
      `PostgreSQL is still running from before (process ${record.pid}, port ${login.port}): taking it over.`,
    );
    return { process: found, login };
  }
  // Where a process cannot be looked into, one that does not answer may be a stranger.
  if (ours !== true) return undefined;
  log(`PostgreSQL is still running from before (process ${record.pid}), but not as wanted: stopping it.`);
  await found.stop(stopTimeoutMs);
  return undefined;
}

/** Waits until it takes connections, as it may be starting; undefined if it never does, or does not answer as expected. */
async function loginTo(search: OrphanSearch, found: PostgresProcess): Promise<PostgresLogin | undefined> {
  const { cluster, clusterName, stopTimeoutMs, clock } = search;
  const ready = async () => (await readPostmasterRecord(cluster.path))?.ready === true;
  await waitUntil(clock, stopTimeoutMs, async () => !(await found.isRunning()) || ready());
  const record = await readPostmasterRecord(cluster.path);
  if (record?.ready !== true || !(await found.isRunning())) return undefined;
  const login = { port: record.port, password: cluster.password };
  const name = await clusterNameOf(login, stopTimeoutMs).catch(() => undefined);
  return name === clusterName ? login : undefined;
}

/**
 * The killed server's process id now names another process, and PostgreSQL would refuse to start because of it. The file
 * is also how PostgreSQL knows helpers of the killed server that still write: it may go only when there are none.
 */
async function forgetStranger(cluster: PostgresCluster, pid: number): Promise<void> {
  const helper = await someProcessIn(cluster.path);
  if (helper !== undefined) {
    throw new EmbeddedPostgresFailed(
      `Its main process ${pid} is gone, but process ${helper} still works in ${cluster.path}: stop it, then start again.`,
    );
  }
  await removePostmasterRecord(cluster.path);
}

async function someProcessIn(directory: string): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid) && (await worksIn(pid, directory)) === true) return pid;
  }
  return undefined;
}
