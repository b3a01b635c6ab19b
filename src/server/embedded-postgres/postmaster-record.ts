import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from './system-error.js';

/** The postmaster.pid file of a data directory. It stays when the server is killed. */
export interface PostmasterRecord {
  pid: number;
  port: number;
  /** It takes connections, or did when it was killed; false while it starts or stops. */
  ready: boolean;
}

const fileName = 'postmaster.pid';

export async function readPostmasterRecord(cluster: string): Promise<PostmasterRecord | undefined> {
  const text = await ifExists(readFile(join(cluster, fileName), 'utf8'));
  const lines = text?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

export async function removePostmasterRecord(cluster: string): Promise<void> {
  await rm(join(cluster, fileName), { force: true });
}
