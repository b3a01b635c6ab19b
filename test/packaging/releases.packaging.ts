import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NEEDED = [
  '.changeset/config.json',
  '.changeset/changelog.cjs',
  'CHANGELOG.md',
  'dashboard/package.json',
  'package-lock.json',
  'package.json',
  'scripts/release-version.mjs',
  'server/package.json',
  'src/common/version.ts',
];

// It needs the registry.
describe('npm run release:version', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nest-lti-release-'));
    for (const path of NEEDED) {
      await mkdir(join(directory, dirname(path)), { recursive: true });
      await cp(join(process.cwd(), path), join(directory, path));
    }
    const changeset = `---\n'nest-lti': minor\n---\n\nPlatforms are greeted.\n`;
    await writeFile(join(directory, '.changeset/kind-words.md'), changeset);
    const git = (...args: string[]) => run('git', args, { cwd: directory });
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'feat: all');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('raises the version everywhere, and puts changesets and hand-written entries into one section', async () => {
    await run('npm', ['run', '-s', 'release:version'], { cwd: directory });
    const text = (path: string) => readFile(join(directory, path), 'utf8');
    const manifest = async (path: string) => JSON.parse(await text(path)) as { version: string };
    const { version } = await manifest('package.json');
    const [, minor = ''] = /^0\.(\d+)\.0$/.exec(version) ?? [];
    expect(Number(minor)).toBeGreaterThan(1);
    expect((await manifest('dashboard/package.json')).version).toBe(version);
    expect(await manifest('server/package.json')).toMatchObject({
      version,
      dependencies: { 'nest-lti': version, 'nest-lti-dashboard': version },
    });
    expect(await text('src/common/version.ts')).toContain(`VERSION = '${version}'`);
    const changelog = await text('CHANGELOG.md');
    expect(changelog).toMatch(
      new RegExp(`^# Changelog\\n\\n## ${version}\\n\\n### Minor Changes\\n\\n- Platforms are greeted\\.\\n`),
    );
    expect(changelog).not.toContain('Unreleased');
  });
});
