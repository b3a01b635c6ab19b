import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataDirectory } from './data-directory.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { ifExists, isSystemError } from './system-error.js';
import { isRoot, mayEnter, serverUserFor } from './server-user.js';

/** The data directory for root, in a place that the server's user can reach. */
export const systemDirectory = '/var/lib/nest-lti';

/** A file in the configured directory with the path of the real one. If the configured directory is removed, so is the link. */
const marker = 'location';

/**
 * Creates the directory for the server's data in a place that the server's user can reach: the configured directory. If root
 * runs the service and that directory is under a closed path such as /root, a directory in /var/lib/nest-lti is used, and
 * its path is reported.
 */
export async function openDataDirectory(wanted: string, log: (line: string) => void): Promise<DataDirectory> {
  const path = resolve(wanted);
  const moved = await ifExists(readFile(join(path, marker), 'utf8'));
  if (moved !== undefined) return openMoved(moved.trim(), path, log);
  if (!isRoot()) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return DataDirectory.secure(await realpath(path), undefined);
  }
  const user = await serverUserFor(join(path, 'cluster'));
  await makeParents(path);
  if (await mayEnter(user, (await ifExists(realpath(path).then(dirname))) ?? dirname(path))) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return DataDirectory.secure(await realpath(path), user);
  }
  if ((await ifExists(stat(join(path, 'cluster')))) !== undefined) {
    throw new EmbeddedPostgresFailed(
      `There is data in ${path}, but user ${user.uid}, whom the server runs as, cannot get there: open the directories above (chmod o+x) or move the data.`,
    );
  }
  return openMoved(await moveAway(path), path, log);
}

async function openMoved(path: string, wanted: string, log: (line: string) => void): Promise<DataDirectory> {
  // The server's user may write the marker, so root checks the path before it changes the owner of that directory.
  if (dirname(path) !== systemDirectory || (await ifExists(stat(path))) === undefined) {
    throw new EmbeddedPostgresFailed(
      `${join(wanted, marker)} says that the data is in ${path}, but it is not there: bring it back, or delete that file to begin anew.`,
    );
  }
  log(
    `PostgreSQL does not run as root, and the user it runs as cannot reach ${wanted}: its data is in ${path}.`,
  );
  const user = isRoot() ? await serverUserFor(join(path, 'cluster')) : undefined;
  return DataDirectory.secure(path, user);
}

async function moveAway(wanted: string): Promise<string> {
  await mkdir(systemDirectory, { recursive: true });
  await chmod(systemDirectory, 0o755);
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  const made = await mkdtemp(join(systemDirectory, `${basename(dirname(wanted))}-${basename(wanted)}-`));
  const aside = join(wanted, `${marker}.${basename(made)}`);
  await writeFile(aside, `${made}\n`);
  try {
    await link(aside, join(wanted, marker));
    return made;
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    // Another process has started at the same time and was faster: its directory is used.
    await rmdir(made);
    return (await readFile(join(wanted, marker), 'utf8')).trim();
  } finally {
    await rm(aside, { force: true });
  }
}

// With root's umask the new directories may be closed to the server's user.
async function makeParents(path: string): Promise<void> {
  const first = await mkdir(dirname(path), { recursive: true });
  if (first === undefined) return;
  for (let made = dirname(path); made.startsWith(first); made = dirname(made)) await chmod(made, 0o755);
}
