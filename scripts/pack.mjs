// Assembles what is published, under build/, and packs it:
//
//   build/nest-lti          the library. CommonJS, because Nest 11 hosts and their jest need it, and ES modules that re-export
//                           it: two builds would have two classes of each name, and injection goes by class.
//   build/nest-lti-dashboard  the operator's dashboard: built files, and where they are.
//   build/nest-lti-server   the service, as ES modules, from src/server and the folder server/.
//
// `npm start`, the demo and the tests of the repository run dist/, which `nest build` makes.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const buildDirectory = join(root, 'build');
const manifest = readJson(join(root, 'package.json'));

/** Dependencies that are ES modules only: jest cannot `require` them, so they are bundled. */
const BUNDLED = ['jose', 'p-limit', 'uuid'];

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function writeJson(path, value) {
  write(path, `${JSON.stringify(value, null, 2)}\n`);
}

function filesUnder(directory, names) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => names.test(path))
    .map((path) => join(directory, path));
}

/** `./dist/src/index.js` of package.json is compiled from `src/index.ts`. */
function sourceOf(compiled) {
  return compiled.replace(/^(?:\.\/)?dist\//, '').replace(/\.js$/, '.ts');
}

/** The code that package.json's `exports` name: `{ name: './testing', compiled: 'dist/src/testing/index.js' }`. */
function entriesOf({ exports }) {
  return Object.entries(exports)
    .filter(([name]) => name !== './package.json')
    .map(([name, target]) => ({ name, compiled: target.default.replace(/^\.\//, '') }));
}

/** The code of the schematics: `dist/src/nest-add/nest-add.js`. */
function factories() {
  const collection = join(root, manifest.schematics);
  return Object.values(readJson(collection).schematics).map(({ factory }) =>
    posixPath(relative(root, resolve(dirname(collection), factory.split('#')[0]))).replace(/^\.\//, ''),
  );
}

function compile(directory, entries, compilerOptions) {
  const config = join(buildDirectory, 'tsconfig.json');
  writeJson(config, {
    extends: '../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      sourceMap: false,
      types: ['node'],
      rootDir: '..',
      outDir: join(directory, 'dist'),
      ...compilerOptions,
    },
    include: [],
    files: entries.map((path) => `../${sourceOf(path)}`),
  });
  execFileSync(process.execPath, [join(root, 'node_modules/typescript-7/bin/tsc'), '-p', config], {
    stdio: 'inherit',
  });
  rmSync(config);
}

/** Puts packages into `dist/vendor`, with their types and licences, and makes our files refer to them there. */
async function bundle(directory, packages) {
  const vendor = join(directory, 'dist/vendor');
  const inputs = new Set();
  for (const name of packages) {
    const { metafile } = await build({
      entryPoints: [name],
      absWorkingDir: root,
      outfile: join(vendor, name, 'index.js'),
      bundle: true,
      metafile: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      legalComments: 'none',
    });
    for (const input of Object.keys(metafile.inputs)) inputs.add(input);
    const home = join(root, 'node_modules', name);
    const { types, exports } = readJson(join(home, 'package.json'));
    cpSync(dirname(join(home, types ?? exports.types)), join(vendor, name), {
      recursive: true,
      filter: (path) => path.endsWith('.d.ts') || statSync(path).isDirectory(),
    });
  }
  write(join(vendor, 'LICENSES.txt'), licencesOf(inputs));
  for (const path of filesUnder(join(directory, 'dist'), /\.(?:js|d\.ts)$/)) {
    if (!path.startsWith(vendor)) redirect(path, packages, vendor);
  }
}

function licencesOf(inputs) {
  const names = new Set([...inputs].map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)[1]));
  return [...names]
    .sort()
    .map((name) => {
      const home = join(root, 'node_modules', name);
      const file = readdirSync(home).find((path) => /^licen[cs]e/i.test(path));
      return `${name}\n\n${readFileSync(join(home, file), 'utf8').trim()}\n`;
    })
    .join('\n---\n\n');
}

function redirect(path, packages, vendor) {
  const text = readFileSync(path, 'utf8');
  const redirected = text.replace(
    /(\bfrom |\bimport\(|\brequire\()(['"])([^'"]+)\2/g,
    (whole, start, quote, name) => {
      if (!packages.includes(name)) return whole;
      return `${start}${quote}${posixPath(relative(dirname(path), join(vendor, name, 'index.js')))}${quote}`;
    },
  );
  if (redirected !== text) writeFileSync(path, redirected);
}

function posixPath(path) {
  const slashes = path.split(sep).join('/');
  return slashes.startsWith('.') ? slashes : `./${slashes}`;
}

/** ES modules beside the CommonJS ones, which re-export each name of theirs, and the same for the types. */
function wrap(directory, entries) {
  const require = createRequire(import.meta.url);
  for (const { compiled } of entries) {
    const path = join(directory, compiled);
    const file = `./${basename(path)}`;
    const names = Object.keys(require(path)).filter((name) => name !== '__esModule');
    write(
      path.replace(/\.js$/, '.mjs'),
      `import all from '${file}';\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = all;\n`,
    );
    write(path.replace(/\.js$/, '.d.mts'), `export * from '${file}';\n`);
    // Our errors take `ErrorOptions`, and the `target` of `nest new` 11.0 is ES2021.
    const types = path.replace(/\.js$/, '.d.ts');
    writeFileSync(types, `/// <reference lib="es2022.error" />\n${readFileSync(types, 'utf8')}`);
  }
}

/** Of the publishing workflow: npm compares it with the repository of the provenance. */
function repository() {
  return manifest.repository === undefined ? {} : { repository: manifest.repository };
}

function exportsOf(entries) {
  const both = entries.map(({ name, compiled }) => {
    const stem = `./${compiled.replace(/\.js$/, '')}`;
    return [
      name,
      {
        import: { types: `${stem}.d.mts`, default: `${stem}.mjs` },
        require: { types: `${stem}.d.ts`, default: `${stem}.js` },
      },
    ];
  });
  return { ...Object.fromEntries(both), './package.json': './package.json' };
}

/**
 * The packages that the files import.
 *
 * @throws Error for one that is neither a dependency nor a peer
 */
async function importedPackages(directory, files, { dependencies, peerDependencies = {} }) {
  const { metafile } = await build({
    entryPoints: files,
    absWorkingDir: directory,
    outdir: directory,
    bundle: true,
    packages: 'external',
    // Not the tsconfig of the repository, whose `paths` lead to the sources.
    tsconfigRaw: '{}',
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const imported = imports
    .filter(({ external, path }) => external === true && !isBuiltin(path))
    .map(({ path }) => /^(?:@[^/]+\/)?[^/]+/.exec(path)[0]);
  const names = [...new Set(imported)].sort();
  const undeclared = names.filter((name) => !(name in dependencies) && !(name in peerDependencies));
  if (undeclared.length > 0) throw new Error(`Not in package.json: ${undeclared.join(', ')}`);
  return names;
}

async function buildLibrary() {
  const directory = join(buildDirectory, 'nest-lti');
  const entries = entriesOf(manifest);
  const files = [
    ...entries.map(({ compiled }) => compiled),
    ...Object.values(manifest.bin ?? {}),
    ...factories(),
  ];
  compile(directory, files, {
    module: 'CommonJS',
    moduleResolution: 'Bundler',
  });
  await bundle(directory, BUNDLED);
  const imported = await importedPackages(directory, files, manifest);
  const main = entries.find(({ name }) => name === '.').compiled;
  const types = main.replace(/\.js$/, '.d.ts');
  const { name, version, description, license, engines, bin, schematics } = manifest;
  const { peerDependencies, peerDependenciesMeta } = manifest;
  writeJson(join(directory, 'package.json'), {
    ...{ name, version, description, license, engines, ...repository() },
    type: 'commonjs',
    main: `./${main}`,
    types: `./${types}`,
    // For hosts whose TypeScript does not read `exports`: `module: commonjs`, as `nest new` of Nest 11.0 makes them.
    typesVersions: {
      '*': Object.fromEntries(
        entries
          .filter(({ name }) => name !== '.')
          .map(({ name, compiled }) => [name.slice(2), [`./${compiled.replace(/\.js$/, '.d.ts')}`]]),
      ),
    },
    exports: exportsOf(entries),
    ...{ bin, schematics, files: ['dist', 'docs', 'schematics', 'CHANGELOG.md'] },
    ...{ peerDependencies, peerDependenciesMeta },
    // Ranges, so that a host can share the packages and update them without a release of nest-lti.
    dependencies: Object.fromEntries(
      imported
        .filter((name) => name in manifest.dependencies)
        .map((name) => [name, `^${manifest.dependencies[name].replace(/^\^/, '')}`]),
    ),
  });
  wrap(directory, entries);
  for (const path of ['docs', 'schematics', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    cpSync(join(root, path), join(directory, path), { recursive: true, filter: isNoPartOfSite });
  return directory;
}

/** The pages of docs are packed; their pictures, and what makes a site of them, are not. */
function isNoPartOfSite(path) {
  return !/[\\/]docs[\\/](?:\.vitepress|reference|public|images)(?:$|[\\/])/.test(path);
}

/** Compiles against the files of the library's tarball, as its users do. */
async function buildServer(library) {
  const directory = join(buildDirectory, 'nest-lti-server');
  const own = readJson(join(root, 'server/package.json'));
  const types = entriesOf(manifest).map(({ name, compiled }) => [
    posix.join('nest-lti', name),
    [join(library, compiled.replace(/\.js$/, '.d.mts'))],
  ]);
  compile(directory, ['dist/src/server/main.js'], {
    rootDir: '../src/server',
    declaration: false,
    paths: Object.fromEntries(types),
  });
  cpSync(join(root, 'server'), directory, { recursive: true });
  writeJson(join(directory, 'package.json'), { ...own, ...repository() });
  await importedPackages(directory, Object.values(own.bin), own);
  return directory;
}

/** Its files are the same for Express and Fastify, Nest 11 and 12: `LtiModule` serves them. */
function buildDashboard() {
  execFileSync(process.execPath, [join(root, 'scripts/build-dashboard.mjs')], { stdio: 'inherit' });
  const home = join(root, 'dashboard');
  const directory = join(buildDirectory, 'nest-lti-dashboard');
  const { files } = readJson(join(home, 'package.json'));
  for (const path of [...files, 'package.json', 'README.md', 'LICENSE'])
    cpSync(join(home, path), join(directory, path), { recursive: true });
  writeJson(join(directory, 'package.json'), { ...readJson(join(home, 'package.json')), ...repository() });
  return directory;
}

function pack(directory) {
  const options = { cwd: directory, encoding: 'utf8' };
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', buildDirectory], options),
  );
  const kilobytes = (bytes) => `${Math.round(bytes / 1024)} kB`;
  console.log(
    `build/${filename}: ${kilobytes(size)}, ${kilobytes(unpackedSize)} unpacked, ${entryCount} files`,
  );
}

rmSync(buildDirectory, { recursive: true, force: true });
const library = await buildLibrary();
pack(library);
pack(buildDashboard());
pack(await buildServer(library));
