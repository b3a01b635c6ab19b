import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packedTarballs } from './packed-tarballs.js';

const run = promisify(execFile);

const BARE_APP = {
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  '@nestjs/typeorm': '12.0.2',
  pg: '8.23.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  typeorm: '1.1.1',
};

/** The size of an install. */
export interface Install {
  megabytes: number;
  /** Its packages, with the bytes of each. */
  packages: Map<string, number>;
}

/** What nest-lti may add to a bare Nest application with TypeORM and pg. */
export const MAX_ADDED = { megabytes: 60, packages: 150 } as const;

/** Installs a bare Nest application with TypeORM and pg, and the same with the packed nest-lti, from the registry. */
export async function installSizes(): Promise<{ bare: Install; embedder: Install }> {
  const bare = await install(BARE_APP);
  // It loads without the optional peers: ioredis, and the other adapter.
  const check = `await import('nest-lti'); await import('nest-lti/testing');`;
  const embedder = await install(
    { ...BARE_APP, 'nest-lti': `file:${packedTarballs()['nest-lti'] ?? ''}` },
    check,
  );
  return { bare, embedder };
}

/** The contents of node_modules after an install. `check` runs in that directory. */
async function install(dependencies: Record<string, string>, check = ''): Promise<Install> {
  const directory = await mkdtemp(join(tmpdir(), 'nest-lti-size-'));
  try {
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory });
    await run('node', ['--input-type=module', '--eval', check], { cwd: directory });
    const lock = JSON.parse(await readFile(join(directory, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, object>;
    };
    const packages = new Map<string, number>();
    for (const path of Object.keys(lock.packages)) packages.set(path, await sizeOf(join(directory, path)));
    const bytes = [...packages.values()].reduce((sum, size) => sum + size, 0);
    return { megabytes: bytes / 1e6, packages };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The size of a package without its own node_modules, whose packages are counted separately. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += entry.name === 'node_modules' ? 0 : await sizeOf(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
