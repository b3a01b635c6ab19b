// `npm run release:version`: turns the files of .changeset into the next version and its section of CHANGELOG.md, and gives the same
// version to the packages that are published together. Commit the result; the tag `v<version>` starts the publishing workflow.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

// Not a development dependency: it brings 60 packages for a command that runs once per release.
const CHANGESETS = '@changesets/cli@2.31.0';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
const edit = (path, change) => writeFileSync(path, change(readFileSync(path, 'utf8')));

const before = readJson('package.json').version;
execFileSync('npx', ['--yes', CHANGESETS, 'version'], { stdio: 'inherit' });
const { version } = readJson('package.json');
if (version === before) throw new Error('No changeset raises the version: `npm run changeset` makes one.');

const dashboard = readJson('dashboard/package.json');
writeJson('dashboard/package.json', { ...dashboard, version });
const server = readJson('server/package.json');
// The service is made of parts that are not public, so it wants this very version.
const dependencies = { ...server.dependencies, 'nest-lti': version, 'nest-lti-dashboard': version };
writeJson('server/package.json', { ...server, version, dependencies });
edit('src/common/version.ts', (text) => text.replace(/VERSION = '[^']+'/, `VERSION = '${version}'`));
// What was written by hand under this heading belongs to the version.
edit('CHANGELOG.md', (text) => text.replace(/\n+## Unreleased\n+/, '\n'));
execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund', '--ignore-scripts'], {
  stdio: 'inherit',
});
console.log(`Version ${version}. Review the changelog, commit, and push the tag v${version}.`);
