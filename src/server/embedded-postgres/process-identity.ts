import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isSystemError } from './system-error.js';

const run = promisify(execFile);

/** One process, told apart from a later one that got the same id. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, comparable only for equality; empty where the system does not tell. */
  started: string;
}

/** The process that has this id now; undefined when there is none, or when it is dead and only not yet collected. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (!exists(pid)) return undefined;
  const facts = await factsOf(pid);
  if (facts === undefined) return { pid, started: '' };
  return facts.state.startsWith('Z') ? undefined : { pid, started: facts.started };
}

/** Where the start is unknown, a process with this id counts as the same: two servers on one directory are the worse fault. */
export async function isStillRunning(identity: ProcessIdentity): Promise<boolean> {
  const present = await identifyProcess(identity.pid);
  if (present === undefined) return false;
  return present.started === '' || identity.started === '' || present.started === identity.started;
}

/** True if the process works in `directory` (PostgreSQL always does in its data), false if not, undefined where unknowable. */
export async function worksIn(pid: number, directory: string): Promise<boolean | undefined> {
  if (process.platform === 'win32') return undefined;
  try {
    if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`)) === directory;
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], { timeout: 5_000 });
    return stdout.includes(directory);
  } catch {
    return undefined;
  }
}

/** Identifies the container, because the same process id names another process there. Empty outside of Linux. */
export async function processNamespace(): Promise<string> {
  try {
    return await readlink('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return isSystemError(error, 'EPERM');
  }
}

async function factsOf(pid: number): Promise<{ state: string; started: string } | undefined> {
  try {
    if (process.platform === 'linux') return await factsFromProc(pid);
    if (process.platform === 'win32') return undefined;
    const { stdout } = await run('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
      timeout: 5_000,
    });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return { state, started: started.join(' ') };
  } catch {
    return undefined;
  }
}

async function factsFromProc(pid: number): Promise<{ state: string; started: string } | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ]);
  // The second field is the name in brackets and may hold spaces and brackets; field 3 is the state, 22 the start in
  // clock ticks since the boot (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  if (state === undefined || started === undefined) return undefined;
  return { state, started: `${boot.trim()}:${started}` };
}
