import { transformFile } from '@swc/core';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';

const root = process.cwd();

/** The service imports the library by its name. */
const selfReferences: Readonly<Record<string, string>> = {
  'nest-lti': 'src/index.ts',
  'nest-lti/internal': 'src/internal.ts',
  'nest-lti/openapi': 'src/openapi.ts',
  'nest-lti/testing': 'src/testing/index.ts',
};

export interface CompiledSource {
  /** The entry as JavaScript, for `node`. */
  entry: string;
  directory: string;
  remove(): Promise<void>;
}

/**
 * Compiles a TypeScript file of ours, with all it imports of ours, to ES modules as in production, for processes of
 * their own: Node 20 runs no TypeScript. `entry` is relative to the project's root; packages are found in
 * `nodeModules`.
 */
export async function compileSource(
  entry: string,
  nodeModules = join(root, 'node_modules'),
): Promise<CompiledSource> {
  const directory = await mkdtemp(join(tmpdir(), 'nest-lti-compiled-'));
  // Some of these processes run as another user.
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'package.json'), JSON.stringify(packageJson()));
  await symlink(nodeModules, join(directory, 'node_modules'), 'junction');
  const todo = [normalize(entry)];
  const seen = new Set(todo);
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    for (const imported of await compileFile(file, directory)) {
      if (seen.has(imported)) continue;
      seen.add(imported);
      todo.push(imported);
    }
  }
  return {
    entry: join(directory, toJavaScript(entry)),
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Returns the files of this repository that it imports, relative to the root. */
async function compileFile(file: string, directory: string): Promise<string[]> {
  const { code } = await transformFile(join(root, file), {
    swcrc: false,
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
    module: { type: 'es6' },
  });
  const target = join(directory, toJavaScript(file));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
  const imports = code.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+\.js|nest-lti(?:\/\w+)?)['"]/g);
  return [...imports].map(
    ([, path = '']) => selfReferences[path] ?? normalize(join(dirname(file), path.replace(/\.js$/, '.ts'))),
  );
}

function packageJson() {
  const exports = Object.entries(selfReferences).map(([name, file]) => [
    name.replace('nest-lti', '.'),
    `./${toJavaScript(file)}`,
  ]);
  return { name: 'nest-lti', type: 'module', exports: Object.fromEntries(exports) as Record<string, string> };
}

function toJavaScript(file: string): string {
  return file.replace(/\.ts$/, '.js');
}
