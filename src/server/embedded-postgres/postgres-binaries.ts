import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { copyToSystem } from './binaries-copy.js';
import { PostgresBinariesMissing } from './embedded-postgres.errors.js';
import { ifExists, isSystemError } from './system-error.js';
import { mayEnter, permits, type ServerUser } from './server-user.js';

/** PostgreSQL's programs, as absolute paths that the server's user can run. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** The npm package's version, which is PostgreSQL's. */
  version: string;
}

const SymbolicLinks = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ version: z.string() });

/** Finds the programs of the package `embedded-postgres` for this system. Rejects with PostgresBinariesMissing. */
export async function findPostgresBinaries(user: ServerUser | undefined): Promise<PostgresBinaries> {
  const packageName = packageNameHere();
  const root = packageRoot(packageName);
  const native = join(root, 'native');
  await mend(packageName, root);
  const { version } = Manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  if (user === undefined || (await mayRun(user, native))) return programs(native, version);
  const name = `postgres-${version}-${process.platform}-${process.arch}`;
  return programs(await copyToSystem(native, name), version);
}

function packageNameHere(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

function packageRoot(packageName: string): string {
  try {
    // From embedded-postgres on: only there may the platform's package be visible.
    const here = createRequire(import.meta.url);
    const there = createRequire(here.resolve('embedded-postgres'));
    return dirname(dirname(there.resolve(packageName)));
  } catch (error) {
    throw new PostgresBinariesMissing(
      packageName,
      'It is not installed: either the dependencies were installed without optional ones (install without --omit=optional), or embedded-postgres has no build for this system.',
      { cause: error },
    );
  }
}

function programs(native: string, version: string): PostgresBinaries {
  return {
    initdb: program(native, 'initdb'),
    postgres: program(native, 'postgres'),
    pgCtl: program(native, 'pg_ctl'),
    version,
  };
}

function program(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/** Creates the symbolic links that npm packages cannot contain. `npm ci --ignore-scripts` skips the script that creates them. */
async function mend(packageName: string, root: string): Promise<void> {
  try {
    const list = await ifExists(readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'));
    for (const { source, target } of SymbolicLinks.parse(JSON.parse(list ?? '[]'))) {
      await makeLink(join(root, source), join(root, target));
    }
    for (const name of ['initdb', 'postgres', 'pg_ctl'])
      await makeExecutable(program(join(root, 'native'), name));
  } catch (error) {
    throw new PostgresBinariesMissing(
      packageName,
      `Its files are not whole and could not be mended: run npm rebuild ${packageName}.`,
      { cause: error },
    );
  }
}

async function makeLink(source: string, target: string): Promise<void> {
  if ((await ifExists(stat(target))) !== undefined) return;
  try {
    // Relative, so that a copy of the whole keeps it.
    await symlink(relative(dirname(target), source), target);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o100) === 0) await chmod(path, mode | 0o111);
}

async function mayRun(user: ServerUser, native: string): Promise<boolean> {
  for (const folder of ['bin', 'lib', 'share']) {
    if (!(await mayEnter(user, join(native, folder)))) return false;
  }
  return (
    (await permits(user, program(native, 'postgres'), 0o5)) && permits(user, program(native, 'initdb'), 0o5)
  );
}
