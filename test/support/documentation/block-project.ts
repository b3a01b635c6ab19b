import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { type Page, ROOT } from './page.js';

/** As `nest new` writes it for ES modules, and strict. */
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: ['node', 'jest'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  isolatedModules: true,
  esModuleInterop: true,
  skipLibCheck: true,
};

/**
 * The TypeScript blocks of all pages, as projects of a host that imports the package by its name: a directory for each page. The
 * first line of a block names its file (`// src/app.module.ts`), or says `// continued`: then it goes on where the block before it ended. Any other
 * block is a file of its own.
 */
export class BlockProject {
  private constructor(
    readonly directory: string,
    /** The text of each file, by its path. */
    private readonly files: ReadonlyMap<string, string>,
  ) {}

  /** @param more other files, by their paths in the project */
  static async create(
    pages: readonly Page[],
    more: ReadonlyMap<string, string> = new Map(),
  ): Promise<BlockProject> {
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-docs-'));
    await linkPackages(join(directory, 'node_modules'));
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    const files = new Map([...pages.flatMap((page) => filesOf(page)), ...more]);
    for (const [path, text] of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    return new BlockProject(directory, files);
  }

  /** Compiles all files beside their sources. Returns the faults, each with its file and line. */
  compile(): string[] {
    const paths = [...this.files.keys()].map((path) => join(this.directory, path));
    const program = ts.createProgram(paths, { ...compilerOptions, rootDir: this.directory });
    const { diagnostics } = program.emit();
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, start, messageText }) => {
      const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start ?? 0).line + 1;
      const where = file?.fileName.slice(this.directory.length + 1) ?? '';
      return `${where}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  }

  /** The directory of a page's files. */
  directoryOf(page: string): string {
    return join(this.directory, folderOf(page));
  }

  /** Runs `node` in a page's directory. Rejects with its output when it fails. */
  async node(page: string, args: readonly string[], env: Record<string, string>): Promise<string> {
    return this.execute(page, process.execPath, args, env);
  }

  /** Runs a script in a page's directory. Rejects with its output when it fails. */
  async bash(page: string, script: string, env: Record<string, string>): Promise<string> {
    return this.execute(page, 'bash', ['-c', script], env);
  }

  private execute(
    page: string,
    program: string,
    args: readonly string[],
    env: Record<string, string>,
  ): Promise<string> {
    const { PATH = '', HOME = '' } = process.env;
    const options = { cwd: this.directoryOf(page), env: { PATH, HOME, ...env }, timeout: 120_000 };
    return new Promise((done, fail) => {
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null) done(stdout + stderr);
        else fail(new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`));
      });
    });
  }

  /** Runs a page's tests with the jest of this repository, as the host's own jest would. */
  async jest(page: string, env: Record<string, string>): Promise<string> {
    const base = JSON.stringify(pathToFileURL(join(ROOT, 'jest.config.js')).href);
    await writeFile(
      join(this.directoryOf(page), 'jest.config.mjs'),
      `import base from ${base};
const { globalSetup, globalTeardown, moduleNameMapper, ...settings } = base;
export default { ...settings, roots: ['<rootDir>'], testMatch: ['**/*.e2e-spec.ts'],
  moduleNameMapper: { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' } };`,
    );
    return this.node(page, [join(ROOT, 'node_modules/jest/bin/jest.js'), '--runInBand'], env);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** Links the package by its name, and all its dependencies. */
async function linkPackages(modules: string): Promise<void> {
  await mkdir(modules);
  await symlink(ROOT, join(modules, 'nest-lti'), 'junction');
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || name === 'nest-lti') continue;
    await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  }
}

function folderOf(page: string): string {
  return page.replace(/\.md$/, '');
}

function filesOf({ path: page, blocks }: Page): [path: string, text: string][] {
  const files = new Map<string, string>();
  let last = '';
  for (const { code, line, language } of blocks) {
    if (language !== 'ts') continue;
    const [first = ''] = code.split('\n', 1);
    if (first === '// continued') {
      if (last === '') throw new Error(`${page}:${line}: there is no block that this one continues.`);
      files.set(last, `${files.get(last) ?? ''}\n${code}`);
      continue;
    }
    last = join(folderOf(page), /^\/\/ ([\w./-]+\.ts)$/.exec(first)?.[1] ?? `block-at-line-${line}.ts`);
    files.set(last, `${code}\nexport {};\n`);
  }
  return [...files];
}
