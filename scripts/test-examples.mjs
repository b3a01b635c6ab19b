// `npm run test:examples`: installs each application of examples/ with the packed tarballs in a fresh directory, compiles it and runs
// its tests, as an engineer does who has copied it. `-- quiz-tool` runs one of them. It needs the registry.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const tarballs = Object.fromEntries(
  readdirSync(join(root, 'build'))
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => [name.replace(/-\d.*$/, ''), `file:${join(root, 'build', name)}`]),
);
const names = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(join(root, 'examples'));

for (const name of names) {
  // Its containers, as processes of this machine.
  if (name === 'standalone') {
    const jest = ['jest', '--config', 'jest.packaging.config.js', 'standalone'];
    execFileSync('npx', jest, { cwd: root, stdio: 'inherit' });
    continue;
  }
  const directory = mkdtempSync(join(tmpdir(), `nest-lti-example-${name}-`));
  try {
    // PostgreSQL does not run as root: its user has to get in.
    chmodSync(directory, 0o755);
    cpSync(join(root, 'examples', name), directory, {
      recursive: true,
      filter: (path) => !/node_modules|[/\\]dist$/.test(path.slice(root.length)),
    });
    const path = join(directory, 'package.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    for (const dependency of Object.keys(manifest.dependencies))
      if (dependency in tarballs) manifest.dependencies[dependency] = tarballs[dependency];
    writeFileSync(path, JSON.stringify(manifest, null, 2));
    for (const args of [
      ['install', '--no-audit', '--no-fund', '--loglevel=error'],
      ['run', '-s', 'build'],
      ['test', '-s'],
    ]) {
      const { NODE_OPTIONS: _, ...env } = process.env;
      execFileSync('npm', args, { cwd: directory, stdio: 'inherit', env });
    }
    console.log(`examples/${name}: passed`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
