import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packedTarballs } from './packed-tarballs.js';

const run = promisify(execFile);
const NOBODY = 65_534;

/** A user without rights, if these tests may become one. */
export const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** The last instruction of the Dockerfile with this name; a health check without its options. */
export function instruction(name: string): string {
  const lines = readFileSync(join(process.cwd(), 'Dockerfile'), 'utf8').split('\n');
  const found = lines.filter((line) => line.startsWith(`${name} `)).at(-1) ?? '';
  return found.replace(/^[A-Z]+ (?:.* CMD )?/, '');
}

/** An instruction that is a JSON list: the program, then its arguments. */
export const words = (name: string): string[] => JSON.parse(instruction(name)) as string[];

/** What the image has in /app. There is no engine here: the steps of its last two stages run in a fresh directory. */
export class ImageDirectory {
  private constructor(readonly path: string) {}

  /** From the packed tarballs. Nobody may write into it. */
  static async create(): Promise<ImageDirectory> {
    const path = await mkdtemp(join(tmpdir(), 'nest-lti-image-'));
    const install = instruction('RUN').replace('/tarballs/*.tgz', Object.values(packedTarballs()).join(' '));
    await run('sh', ['-c', install], { cwd: path });
    await chmod(path, 0o555);
    return new ImageDirectory(path);
  }

  async remove(): Promise<void> {
    await chmod(this.path, 0o755);
    await rm(this.path, { recursive: true, force: true });
  }
}
