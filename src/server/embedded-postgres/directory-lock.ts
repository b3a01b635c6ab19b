import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { type ServerClock } from './server-clock.js';
import { type DataDirectory } from './data-directory.js';
import { DataDirectoryInUse } from './embedded-postgres.errors.js';
import { ifExists } from './system-error.js';
import { identifyProcess, isStillRunning, processNamespace } from './process-identity.js';
import { waitUntil } from './wait-until.js';

const Holder = z.object({
  id: z.string(),
  pid: z.int().positive(),
  started: z.string(),
  namespace: z.string(),
});
type Holder = z.infer<typeof Holder>;

/** An empty lock file, which a power failure can leave. */
const noHolder: Holder = { id: '', pid: 0, started: '', namespace: '' };

const beatEveryMs = 2_000;
const silenceMs = 7_000;
/** Each further one means that another start was faster, or that something else than a lock lies there. */
const mostAttempts = 100;

/**
 * The right to run a server in a directory, held by one living process. It names its holder by process id and start
 * time, so that the lock of a killed process differs from a lock in use, and from one of another process with the same id.
 */
export class DirectoryLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(
    private readonly directory: DataDirectory,
    private readonly name: string,
    private readonly id: string,
    clock: ServerClock,
  ) {
    // For starts in other containers, which cannot see this process.
    this.beat = setInterval(() => {
      directory.touch(name, clock.now()).catch(() => undefined);
    }, beatEveryMs).unref();
  }

  /** Rejects with DataDirectoryInUse while another holder is alive. */
  static async acquire(directory: DataDirectory, clock: ServerClock, name = 'lock'): Promise<DirectoryLock> {
    const me = await self();
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (await directory.create(name, JSON.stringify(me))) {
        return new DirectoryLock(directory, name, me.id, clock);
      }
      const holder = await read(directory, name);
      if (holder === undefined) continue;
      if (await isAlive(holder, directory, name, clock)) {
        const visible = holder.namespace === me.namespace;
        throw new DataDirectoryInUse(directory.path, visible ? holder.pid : undefined);
      }
      await removeStale(directory, clock, name, holder);
    }
    throw new DataDirectoryInUse(directory.path);
  }

  async release(): Promise<void> {
    clearInterval(this.beat);
    const holder = await read(this.directory, this.name);
    if (holder?.id === this.id) await this.directory.remove(this.name);
  }
}

/**
 * Of two that found the same dead holder, the slower must not remove the faster one's new lock: looking again and
 * removing happen under a lock of their own, which may itself have been left by a dead process.
 */
async function removeStale(
  directory: DataDirectory,
  clock: ServerClock,
  name: string,
  stale: Holder,
): Promise<void> {
  const remover = await DirectoryLock.acquire(directory, clock, `${name}-removal`);
  try {
    const present = await read(directory, name);
    if (present?.id === stale.id) await directory.remove(name);
  } finally {
    await remover.release();
  }
}

async function self(): Promise<Holder> {
  const identity = await identifyProcess(process.pid);
  return {
    id: randomUUID(),
    pid: process.pid,
    started: identity?.started ?? '',
    namespace: await processNamespace(),
  };
}

async function read(directory: DataDirectory, name: string): Promise<Holder | undefined> {
  const text = await directory.read(name);
  if (text === undefined) return undefined;
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return noHolder;
  }
}

async function isAlive(
  holder: Holder,
  directory: DataDirectory,
  name: string,
  clock: ServerClock,
): Promise<boolean> {
  if (holder.id === noHolder.id) return false;
  if (holder.namespace === (await processNamespace())) return isStillRunning(holder);
  const touched = async () => (await ifExists(stat(directory.file(name))))?.mtimeMs;
  const before = await touched();
  return waitUntil(clock, silenceMs, async () => {
    const now = await touched();
    return now !== undefined && now !== before;
  });
}
