import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTALL_MS, installNode, RUN_MS, runIn } from './run-in.js';
import { type SampleApp } from './sample-apps.js';

const apps = join(process.cwd(), 'test/packaging/apps');

/** Compiles our declarations as the strictest host does. */
const strictest = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true };

/** A host made of the template in `apps/sample`, in a temporary directory, with the tarball installed. */
export class SampleAppDirectory {
  private constructor(
    readonly app: SampleApp,
    readonly path: string,
  ) {}

  static async make(app: SampleApp, tarball: string): Promise<SampleAppDirectory> {
    const directory = new SampleAppDirectory(app, await mkdtemp(join(tmpdir(), 'nest-lti-sample-')));
    await directory.writeFiles(tarball);
    await directory.command('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], INSTALL_MS);
    return directory;
  }

  private get isEsm(): boolean {
    return this.app.modules === 'ES modules';
  }

  private async writeFiles(tarball: string): Promise<void> {
    const { app, path } = this;
    for (const folder of ['src', 'test']) await this.copySources(folder);
    await writeFile(join(path, 'src/adapter.ts'), adapterFile(app.adapter));
    await this.writeJson('package.json', manifestOf(app, tarball));
    await cp(join(apps, 'nest-new', `${app.project.tsconfig}.json`), join(path, 'tsconfig.json'));
    const extension = { extends: './tsconfig.json', include: ['src'] };
    await this.writeJson('tsconfig.build.json', { ...extension, compilerOptions: { rootDir: './src' } });
    await this.writeJson('tsconfig.strictest.json', { ...extension, compilerOptions: strictest });
    await this.writeJson('jest-e2e.json', {
      moduleFileExtensions: ['js', 'json', 'ts'],
      rootDir: '.',
      testEnvironment: 'node',
      testRegex: '.e2e-spec.ts$',
      transform: { '^.+\\.(t|j)s$': 'ts-jest' },
    });
    await writeFile(
      join(path, 'vitest.config.e2e.mjs'),
      `export default { test: { globals: true, root: './', include: ['**/*.e2e-spec.ts'] } };\n`,
    );
  }

  /** As `nest new` has it: file endings in the imports of ES modules, and none in those of CommonJS. */
  private async copySources(folder: string): Promise<void> {
    await mkdir(join(this.path, folder));
    for (const name of await readdir(join(apps, 'sample', folder))) {
      const text = await readFile(join(apps, 'sample', folder, name), 'utf8');
      const adapted = this.isEsm ? text : text.replace(/(from '\.{1,2}\/[^']+)\.js'/g, `$1'`);
      await writeFile(join(this.path, folder, name), adapted);
    }
  }

  private writeJson(name: string, value: unknown): Promise<void> {
    return writeFile(join(this.path, name), JSON.stringify(value, null, 2));
  }

  /** @throws Error with the compiler's output */
  async compile(): Promise<void> {
    await this.command('npx', ['tsc', '-p', 'tsconfig.build.json']);
  }

  /** The compiler's errors in the declarations of nest-lti. Those in other packages are ignored: a host cannot mend them. */
  async complaintsAboutOurTypes(): Promise<string[]> {
    const output = await this.command('npx', ['tsc', '-p', 'tsconfig.strictest.json']).catch(
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    return output.split('\n').filter((line) => line.startsWith('node_modules/nest-lti'));
  }

  /** Boots, is used, closes, ends by itself, and logs no error. */
  async start(environment: Record<string, string>): Promise<void> {
    // With an old Node's `require`, which loads no ES modules: jest's is no better, and Nest 11 is CommonJS.
    const old =
      this.app.release.nest.startsWith('11') && !this.isEsm ? ['--no-experimental-require-module'] : [];
    const output = await this.command('node', [...old, 'dist/main.js'], RUN_MS, environment);
    if (!output.endsWith('done\n') || output.includes('ERROR')) throw new Error(output);
  }

  /** Runs the host's own test with the test runner of `nest new`. */
  async test(environment: Record<string, string>): Promise<void> {
    const runner = this.isEsm
      ? ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.config.e2e.mjs']
      : ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest-e2e.json'];
    const options = this.app.release.nest.startsWith('11') && !this.isEsm ? runner.slice(1) : runner;
    await this.command(await this.testNode(), options, RUN_MS, environment);
  }

  private async testNode(): Promise<string> {
    const { testNode } = this.app.project;
    return testNode === undefined ? 'node' : installNode(this.path, testNode);
  }

  private command(
    file: string,
    args: readonly string[],
    timeout?: number,
    environment?: Record<string, string>,
  ): Promise<string> {
    return runIn(this.path, file, args, { timeout, environment });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

function adapterFile(adapter: SampleApp['adapter']): string {
  const [name, type] = {
    express: ['@nestjs/platform-express', 'ExpressAdapter'],
    fastify: ['@nestjs/platform-fastify', 'FastifyAdapter'],
  }[adapter] as [string, string];
  return `import { ${type} } from '${name}';\n\nexport const adapter = (): ${type} => new ${type}();\n`;
}

function manifestOf(
  { release, project, adapter, modules, typeorm, ioredis }: SampleApp,
  tarball: string,
): object {
  return {
    name: 'sample-app',
    private: true,
    ...(modules === 'ES modules' && { type: 'module' }),
    dependencies: {
      'nest-lti': `file:${tarball}`,
      '@nestjs/common': release.nest,
      '@nestjs/core': release.nest,
      [`@nestjs/platform-${adapter}`]: release[adapter],
      ...release.packages,
      ...project.packages,
      typeorm,
      ...(ioredis !== undefined && { ioredis }),
    },
    // typeorm's range stops at ioredis 5, which it has for its query cache alone.
    ...(ioredis?.startsWith('6') && { overrides: { typeorm: { ioredis: '$ioredis' } } }),
  };
}
