import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemDirectory } from './data-location.js';
import { ifExists, isSystemError } from './system-error.js';

/**
 * Root's copy of the programs where everybody can run them, for a node_modules that the server's user cannot reach.
 * Made once for each version, whole or not at all, and shared by all directories of this machine.
 */
export async function copyToSystem(native: string, name: string): Promise<string> {
  const copy = join(systemDirectory, name);
  if ((await ifExists(stat(copy))) !== undefined) return copy;
  await mkdir(systemDirectory, { recursive: true });
  await chmod(systemDirectory, 0o755);
  const aside = await mkdtemp(`${copy}.new-`);
  try {
    // Links as they are: made absolute, they would lead back to the closed place.
    await cp(native, aside, { recursive: true, verbatimSymlinks: true });
    await openToAll(aside);
    await rename(aside, copy);
  } catch (error) {
    // Another start was faster.
    if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return copy;
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(directory) === 'bin' ? 0o755 : 0o644);
  }
}
