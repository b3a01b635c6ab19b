// Runs the units and the integration tests on the other versions of Node that are supported, which the npm package `node`
// brings. `npm run test:nodes -- test/integration/launch.spec.ts` runs single files.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const VERSIONS = ['22', '24'];

const files = process.argv.slice(2);
const suites = files.length > 0 ? files : ['--config', 'jest.grouped.config.js', 'test/groups'];

for (const version of VERSIONS) {
  const directory = mkdtempSync(join(tmpdir(), 'nest-lti-node-'));
  try {
    // The install script of the package downloads the binary.
    const install = ['install', '--prefix', directory, '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...install, '--ignore-scripts=false', `node@${version}`], { stdio: 'inherit' });
    const node = join(directory, 'node_modules/node/bin/node');
    console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
    // The processes that the tests start run on it, too.
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
    execFileSync(node, ['node_modules/jest/bin/jest.js', ...suites], { stdio: 'inherit', env });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
