import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type DataDirectory } from './data-directory.js';
import { ifExists } from './system-error.js';

const largest = 4 * 1024 * 1024;
const keptWhenTooLarge = 256 * 1024;
const checkEveryMs = 60_000;
const tailBytes = 16 * 1024;
const tailLines = 15;

/** The server's log file. It continues when this process is killed. Its size is about 4 MiB at most. */
export class ServerLog {
  private readonly path: string;
  private check: NodeJS.Timeout | undefined;

  constructor(private readonly directory: DataDirectory) {
    this.path = directory.file('postgres.log');
  }

  /** For the server to write to; the caller closes it. Each line is appended, so cutting the file is safe. */
  async openForServer(): Promise<FileHandle> {
    await this.cut();
    const handle = await this.open(constants.O_CREAT);
    if (this.directory.user !== undefined) {
      await handle.chown(this.directory.user.uid, this.directory.user.gid);
    }
    return handle;
  }

  keepSmall(): void {
    this.check = setInterval(() => {
      this.cut().catch(() => undefined);
    }, checkEveryMs).unref();
  }

  close(): void {
    clearInterval(this.check);
  }

  /** Bytes written so far: where the next server's lines will begin. */
  async size(): Promise<number> {
    const handle = await ifExists(this.open());
    if (handle === undefined) return 0;
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  /** The last lines, none of them from before `from` (bytes). */
  async tail(from = 0): Promise<string[]> {
    const handle = await ifExists(this.open());
    if (handle === undefined) return [];
    try {
      const text = await lastBytes(handle, from, tailBytes);
      return text
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .slice(-tailLines);
    } finally {
      await handle.close();
    }
  }

  private async cut(): Promise<void> {
    const handle = await ifExists(this.open());
    if (handle === undefined) return;
    try {
      const { size } = await handle.stat();
      if (size <= largest) return;
      const kept = await lastBytes(handle, 0, keptWhenTooLarge);
      await handle.truncate(0);
      await handle.write(kept);
    } finally {
      await handle.close();
    }
  }

  // No links: see DataDirectory. Windows has no such flag, and no root either.
  private open(flags = 0): Promise<FileHandle> {
    const noLinks = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
    return open(this.path, constants.O_RDWR | constants.O_APPEND | noLinks | flags, 0o600);
  }
}

async function lastBytes(handle: FileHandle, from: number, most: number): Promise<Buffer> {
  const { size } = await handle.stat();
  const start = Math.max(from, size - most, 0);
  const buffer = Buffer.alloc(Math.max(size - start, 0));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  return buffer.subarray(0, bytesRead);
}
