import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends chromium';

/** The Chromium (or Chrome) of this machine; installed, where that is one command and we may. */
export function findChromium(): string {
  return onPath() ?? installed() ?? fail();
}

function onPath(): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find(isExecutable);
}

function installed(): string | undefined {
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!mayInstall) return undefined;
  process.stderr.write(`The tests need Chromium, and there is none: ${INSTALL}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('sh', ['-c', `(${INSTALL}) >&2`], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    return undefined;
  }
  return onPath();
}

function fail(): never {
  throw new Error(
    'The tests need Chromium. Install it: sudo apt-get install --no-install-recommends chromium',
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
