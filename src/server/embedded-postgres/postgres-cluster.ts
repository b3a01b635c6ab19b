import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataDirectory } from './data-directory.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { ifExists } from './system-error.js';
import { type PostgresBinaries } from './postgres-binaries.js';
import { programCannotRun } from './program-failure.js';
import { serverEnvironment } from './postgres-settings.js';
import { spawnIdentity } from './server-user.js';

/** The role that owns everything, and the database. */
export const roleName = 'nest_lti';

export const passwordFile = 'password';
const unfinished = 'cluster.new-';

/** A data directory by initdb. It exists complete, with its password file, or not at all. */
export interface PostgresCluster {
  path: string;
  password: string;
}

/** Opens the directory's cluster, or creates it. The caller holds the directory's lock. */
export async function openCluster(
  directory: DataDirectory,
  binaries: PostgresBinaries,
  limits: { timeoutMs: number; sync: boolean },
): Promise<PostgresCluster> {
  await removeUnfinished(directory);
  if ((await ifExists(stat(directory.cluster))) === undefined) {
    return { path: directory.cluster, password: await makeCluster(directory, binaries, limits) };
  }
  const password = (await directory.read(passwordFile))?.trim() ?? '';
  if (password === '' || (await ifExists(stat(join(directory.cluster, 'PG_VERSION')))) === undefined) {
    throw new EmbeddedPostgresFailed(
      `There is no whole database: ${directory.file(passwordFile)} or ${join(directory.cluster, 'PG_VERSION')} is missing. Restore the directory from a backup, or move it away to begin anew.`,
    );
  }
  return { path: directory.cluster, password };
}

// An initdb that was killed in between leaves its own directory behind, never a cluster.
async function removeUnfinished(directory: DataDirectory): Promise<void> {
  for (const name of await readdir(directory.path)) {
    if (name.startsWith(unfinished)) {
      await rm(directory.file(name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

async function makeCluster(
  directory: DataDirectory,
  binaries: PostgresBinaries,
  limits: { timeoutMs: number; sync: boolean },
): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await directory.write(passwordFile, `${password}\n`);
  const aside = directory.file(unfinished + randomBytes(6).toString('hex'));
  const options = [
    `--pgdata=${aside}`,
    `--username=${roleName}`,
    `--pwfile=${directory.file(passwordFile)}`,
    '--auth-host=scram-sha-256',
    '--auth-local=scram-sha-256',
    '--encoding=UTF8',
    // The server's own rules: the same order of strings on every system, whatever its libraries.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(limits.sync ? [] : ['--no-sync']),
  ];
  await runInitdb(binaries.initdb, options, directory, limits.timeoutMs);
  await rename(aside, directory.cluster);
  return password;
}

async function runInitdb(
  initdb: string,
  options: string[],
  directory: DataDirectory,
  timeoutMs: number,
): Promise<void> {
  const child = spawn(initdb, options, {
    ...spawnIdentity(directory.user),
    cwd: directory.path,
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const collect = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-8_192));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const end = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', (error) => reject(programCannotRun(initdb, error)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (end.code === 0) return;
  const how = end.code === null ? `by ${String(end.signal)}` : `with code ${end.code}`;
  throw new EmbeddedPostgresFailed(
    `initdb, which makes the database files in ${directory.path}, ended ${how}. Its words below say why.`,
    output.split('\n').filter((line) => line !== ''),
  );
}
