import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { INSTALL_MS, installNode, runIn } from './run-in.js';

const apps = join(process.cwd(), 'test/packaging/apps');
const NOT_SOURCES = ['node', 'node_modules', 'dist'];

/** A project as `nest new` makes it. */
export interface Skeleton {
  /** Its folder in `apps/skeletons`, and its tsconfig.json in `apps/nest-new`. */
  name: string;
  adapter: 'express' | 'fastify';
  /** The Node that the CLI of Nest 12 needs; else the one that runs this. */
  node?: string;
}

const node = '24.21.0';

export const skeletons: readonly Skeleton[] = [
  { name: 'nest-11', adapter: 'express' },
  { name: 'nest-11', adapter: 'fastify' },
  { name: 'nest-12-esm', adapter: 'express', node },
  { name: 'nest-12-esm', adapter: 'fastify', node },
  { name: 'nest-12-commonjs', adapter: 'express', node },
  { name: 'nest-12-commonjs', adapter: 'fastify', node },
];

/** A skeleton in a temporary directory, with its packages installed, and the tarball of nest-lti beside them. */
export class SkeletonApp {
  private constructor(
    readonly path: string,
    private readonly programs: string,
  ) {}

  static async make({ name, adapter, node }: Skeleton, tarball: string): Promise<SkeletonApp> {
    const path = await mkdtemp(join(tmpdir(), 'nest-lti-skeleton-'));
    await cp(join(apps, 'skeletons', name), path, { recursive: true });
    await cp(join(apps, 'nest-new', `${name}.json`), join(path, 'tsconfig.json'));
    await cp(tarball, join(path, 'nest-lti.tgz'));
    if (adapter === 'fastify') await useFastify(path);
    const programs = node === undefined ? dirname(process.execPath) : dirname(await installNode(path, node));
    const app = new SkeletonApp(path, programs);
    await app.run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error']);
    return app;
  }

  /** Runs `npx nest add nest-lti` with the tarball, which the package manager of the application installs. Returns what it prints. */
  add(command: string): Promise<string> {
    return this.run('bash', ['-c', command.replace('nest-lti', 'nest-lti@file:nest-lti.tgz')]);
  }

  /** `nest add` once more, of the package that is installed. */
  addAgain(): Promise<string> {
    return this.run('npx', ['nest', 'add', 'nest-lti', '--skip-install']);
  }

  build(): Promise<string> {
    return this.run('npm', ['run', '-s', 'build']);
  }

  /** Runs the end-to-end tests with the script of the skeleton. */
  test(environment: Record<string, string>): Promise<string> {
    return this.run('npm', ['run', '-s', 'test:e2e'], environment);
  }

  /** The texts of its own files, by path. */
  async files(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name).slice(this.path.length + 1);
      if (!entry.isFile() || NOT_SOURCES.includes(path.split('/')[0] ?? '') || path.endsWith('.tgz'))
        continue;
      found.set(path, await readFile(join(this.path, path), 'utf8'));
    }
    return found;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.path, name), text);
  }

  move(from: string, to: string): Promise<void> {
    return rename(join(this.path, from), join(this.path, to));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  private run(
    file: string,
    args: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<string> {
    const PATH = `${this.programs}${delimiter}${process.env.PATH ?? ''}`;
    return runIn(this.path, file, args, { timeout: INSTALL_MS, environment: { PATH, ...environment } });
  }
}

/** As Nest's documentation has it. */
async function useFastify(path: string): Promise<void> {
  await edit(join(path, 'package.json'), 'platform-express', 'platform-fastify');
  await edit(
    join(path, 'src/main.ts'),
    'NestFactory.create(AppModule)',
    'NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter())',
  );
  await edit(
    join(path, 'src/main.ts'),
    /^/,
    "import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';\n",
  );
}

async function edit(path: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${path} does not have ${String(from)}`);
  await writeFile(path, after);
}
