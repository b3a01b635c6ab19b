import { randomBytes } from 'node:crypto';
import { chmod, chown, link, open, readFile, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, isSystemError } from './system-error.js';
import { type ServerUser } from './server-user.js';

/**
 * The directory of one embedded server: PostgreSQL's own files in `cluster`, and beside them the small files by which
 * the next start finds its way. Only the server's user can look into it (0700), and all of it belongs to that user.
 */
export class DataDirectory {
  private constructor(
    readonly path: string,
    /** Undefined: the server runs as ourselves. */
    readonly user: ServerUser | undefined,
  ) {}

  static async secure(path: string, user: ServerUser | undefined): Promise<DataDirectory> {
    await chmod(path, 0o700);
    if (user !== undefined) await chown(path, user.uid, user.gid);
    return new DataDirectory(path, user);
  }

  /** PostgreSQL's data; there only when it is whole. */
  get cluster(): string {
    return this.file('cluster');
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Undefined if the file does not exist. */
  async read(name: string): Promise<string | undefined> {
    return ifExists(readFile(this.file(name), 'utf8'));
  }

  /** Replaces the file at once, never in part; mode 0600. */
  async write(name: string, content: string): Promise<void> {
    await rename(await this.writeAside(name, content), this.file(name));
  }

  /** Makes the file with its content in one step; false when it is there already. */
  async create(name: string, content: string): Promise<boolean> {
    const aside = await this.writeAside(name, content);
    try {
      await link(aside, this.file(name));
      return true;
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) return false;
      throw error;
    } finally {
      await rm(aside, { force: true });
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.file(name), { force: true });
  }

  async touch(name: string, at: Date): Promise<void> {
    await ifExists(utimes(this.file(name), at, at));
  }

  // Always a new file ('wx'): root must not follow a link that the server's user has laid out.
  private async writeAside(name: string, content: string): Promise<string> {
    const path = this.file(`${name}.${randomBytes(6).toString('hex')}`);
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      if (this.user !== undefined) await handle.chown(this.user.uid, this.user.gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return path;
  }
}
