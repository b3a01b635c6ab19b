import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Only Node's own modules here: jest's globalSetup loads this file, and cannot map our imports.

const INSTALL = 'apt-get update && apt-get install -y redis-server openssl';

/** The Redis (or Valkey) server of this machine; installed, where that is one command and we may. */
export function findRedisServer(): string {
  return onPath() ?? installed() ?? fail();
}

/** As `findRedisServer`, but undefined where it would have to be installed. */
export function onPath(): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return ['redis-server', 'valkey-server']
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find(isExecutable);
}

function installed(): string | undefined {
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!mayInstall) return undefined;
  process.stderr.write(`The tests need a Redis server, and there is none: ${INSTALL}\n`);
  // The package's service is not started: the tests start servers of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    execFileSync('sh', ['-c', `(${INSTALL}) >&2`], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    return undefined;
  }
  return onPath();
}

function fail(): never {
  throw new Error(
    `The tests need a Redis server. Install one (Debian: sudo apt-get install redis-server), or set REDIS_URL to one, or SKIP_REDIS=1.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
