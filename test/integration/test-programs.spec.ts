import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, installPrograms, programOnPath, testPrograms } from '../support/test-programs.js';

/** Records its calls; `install` adds a program for each package to the PATH. */
const APT_GET = `#!/bin/sh
here=$(/usr/bin/dirname "$0")
echo "$*" >> "$here/calls"
case "$*" in
  update) exit 100 ;;
  *' nothing') exit 100 ;;
esac
for word in "$@"; do
  case "$word" in
    -* | DPkg* | install) ;;
    *) printf '#!/bin/sh\\n' > "$here/$word"; /bin/chmod 755 "$here/$word" ;;
  esac
done
`;

describe('the programs that the tests need', () => {
  let path: string;
  let said: string[];
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'nest-lti-programs-'));
    said = [];
    writeFileSync(join(path, 'apt-get'), APT_GET);
    chmodSync(join(path, 'apt-get'), 0o755);
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  const install = (mayInstall: boolean) =>
    installPrograms({ wanted: testPrograms, path, mayInstall, say: (text) => said.push(text) });
  const calls = () => readFileSync(join(path, 'calls'), 'utf8').trim().split('\n');

  it('are installed by one call, after the package lists, which can be missing or unavailable', () => {
    install(true);
    expect(calls()).toEqual([
      'update',
      '-o DPkg::Lock::Timeout=300 install -y --no-install-recommends redis-server bash curl openssl pgbouncer chromium',
    ]);
    for (const program of testPrograms) expect(programOnPath(program, path)).toMatch(path);
    expect(said).toEqual([expect.stringContaining('Redis, Bash, curl, OpenSSL, PgBouncer, Chromium')]);
    install(true);
    expect(calls()).toHaveLength(2);
  });

  it('are not installed if they exist, under any of their names', () => {
    for (const name of ['valkey-server', 'bash', 'curl', 'openssl', 'google-chrome']) {
      writeFileSync(join(path, name), '#!/bin/sh\n');
      chmodSync(join(path, name), 0o755);
    }
    install(true);
    expect(calls()[1]).toMatch(/recommends pgbouncer$/);
  });

  it('are named with the command that installs them when the tests may not do that', () => {
    install(false);
    expect(() => calls()).toThrow('ENOENT');
    expect(said).toEqual([
      expect.stringContaining(
        'sudo apt-get install --no-install-recommends redis-server bash curl openssl pgbouncer chromium',
      ),
    ]);
  });

  it('are named with that command when the installation fails, too', () => {
    writeFileSync(join(path, 'apt-get'), '#!/bin/sh\nexit 100\n');
    install(true);
    expect(said).toEqual([
      expect.any(String),
      expect.stringMatching(/^That failed\. .*sudo apt-get install/),
    ]);
  });

  it('exist on this machine', () => {
    for (const program of testPrograms) expect(findProgram(program)).toMatch(/^\//);
  });
});
