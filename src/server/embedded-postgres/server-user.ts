import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ifExists } from './system-error.js';

/** Whom the server runs as when we are root, which PostgreSQL refuses. */
export interface ServerUser {
  uid: number;
  gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The owner of existing data, so that root does not change the owner; otherwise the user `nobody`. */
export async function serverUserFor(cluster: string): Promise<ServerUser> {
  // Not through a link: its maker could choose any user.
  const owned = await ifExists(lstat(cluster));
  return owned?.isDirectory() === true && owned.uid !== 0 ? { uid: owned.uid, gid: owned.gid } : nobody();
}

/** User and group ids for `spawn`: signed numbers, while chown takes unsigned ones (`nobody` is -2 on macOS). */
export function spawnIdentity(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid | 0, gid: user.gid | 0 };
}

/** Whether the user may pass through `directory` and everything above it. Reads the modes only, not access lists. */
export async function mayEnter(user: ServerUser, directory: string): Promise<boolean> {
  for (let path = await realpath(directory); ; path = dirname(path)) {
    if (!(await permits(user, path, 0o1))) return false;
    if (path === dirname(path)) return true;
  }
}

/** Whether the path's own mode gives the user these rights: 4 read, 2 write, 1 execute or enter. */
export async function permits(user: ServerUser, path: string, rights: number): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  const given = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode;
  return (given & rights) === rights;
}

async function nobody(): Promise<ServerUser> {
  const users = (await ifExists(readFile('/etc/passwd', 'utf8'))) ?? '';
  const [, , uid = '65534', gid = '65534'] = /^nobody:.*$/m.exec(users)?.[0].split(':') ?? [];
  return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}
