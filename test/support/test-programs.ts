import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Only Node's own modules here: jest's globalSetup loads this file, and cannot map our imports.

/** What `npm test` needs on this machine: the names under which it may be on the PATH, and its package at Debian and Ubuntu. */
const ofTests = {
  Redis: { names: ['redis-server', 'valkey-server'], debian: 'redis-server' },
  Bash: { names: ['bash'], debian: 'bash' },
  curl: { names: ['curl'], debian: 'curl' },
  OpenSSL: { names: ['openssl'], debian: 'openssl' },
  PgBouncer: { names: ['pgbouncer'], debian: 'pgbouncer' },
  Chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
} as const;
const programs = {
  ...ofTests,
  // Those of examples/standalone, for `npm run test:packaging`.
  nginx: { names: ['nginx'], debian: 'nginx' },
  Python: { names: ['python3'], debian: 'python3' },
} as const;

export type TestProgram = keyof typeof programs;
export const testPrograms = Object.keys(ofTests) as TestProgram[];

/** The PATH with Debian's directory for servers, which only root's PATH has. */
function systemPath(): string {
  return [process.env.PATH ?? '', '/usr/sbin'].join(delimiter);
}

/** @throws Error with the command that installs it */
export function findProgram(program: TestProgram): string {
  const found = programOnPath(program);
  if (found === undefined) throw new Error(`The tests need ${program}. ${adviceFor([program])}`);
  return found;
}

export function programOnPath(program: TestProgram, path = systemPath()): string | undefined {
  return programs[program].names
    .flatMap((name) => path.split(delimiter).map((directory) => join(directory, name)))
    .find(isExecutable);
}

export interface Installation {
  wanted: readonly TestProgram[];
  say: (text: string) => void;
  /** Where programs are looked for; this process' PATH by default. */
  path?: string;
  /** Default: as root on Debian or Ubuntu. */
  mayInstall?: boolean;
}

/**
 * Installs what is missing of these, all at once and before any test: workers that each installed their own would wait for
 * apt's lock and fail. Where it may not, or cannot, it says which line does.
 */
export function installPrograms({
  wanted,
  say,
  path = systemPath(),
  mayInstall = isRootOnDebian(),
}: Installation): void {
  const missing = wanted.filter((program) => programOnPath(program, path) === undefined);
  if (missing.length === 0) return;
  if (!mayInstall) {
    say(`The tests need ${missing.join(', ')}. ${adviceFor(missing)}`);
    return;
  }
  // A new machine has no package lists, and an old one may have outdated ones.
  const line = `apt-get update; ${installLine(missing)}`;
  say(`The tests need ${missing.join(', ')}, which this installs now: ${line}`);
  // RUNLEVEL: the packages' services are not started, for the tests start servers of their own.
  const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    execFileSync('/bin/sh', ['-c', `(${line}) >&2`], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    say(`That failed. ${adviceFor(missing)}`);
  }
}

function installLine(missing: readonly TestProgram[]): string {
  const packages = missing.map((program) => programs[program].debian).join(' ');
  return `apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends ${packages}`;
}

function adviceFor(missing: readonly TestProgram[]): string {
  const packages = missing.map((program) => programs[program].debian).join(' ');
  const names = missing.map((program) => programs[program].names.join(' or ')).join(', ');
  return `On Debian or Ubuntu: sudo apt-get install --no-install-recommends ${packages}. Elsewhere put these on the PATH: ${names}.`;
}

function isRootOnDebian(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
