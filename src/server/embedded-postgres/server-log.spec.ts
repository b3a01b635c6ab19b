import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectory } from './data-directory.js';
import { ServerLog } from './server-log.js';

describe('ServerLog', () => {
  let directory: DataDirectory;
  beforeEach(async () => {
    directory = await DataDirectory.secure(await mkdtemp(join(tmpdir(), 'nest-lti-test-')), undefined);
  });
  afterEach(() => rm(directory.path, { recursive: true, force: true }));

  it('is truncated to its last 256 KiB when it exceeds 4 MiB, and then grows at its end', async () => {
    const line = `${'x'.repeat(99)}\n`;
    await writeFile(directory.file('postgres.log'), `${line.repeat(50_000)}the last line\n`);
    const log = new ServerLog(directory);
    const server = await log.openForServer();
    await server.write('a new line\n');
    await server.close();
    expect((await stat(directory.file('postgres.log'))).size).toBe(256 * 1024 + 'a new line\n'.length);
    expect((await log.tail()).slice(-2)).toEqual(['the last line', 'a new line']);
  });

  it('returns the last lines, and none from before the given position', async () => {
    const log = new ServerLog(directory);
    expect([await log.size(), await log.tail()]).toEqual([0, []]);
    await writeFile(directory.file('postgres.log'), 'old\n');
    const from = await log.size();
    await writeFile(directory.file('postgres.log'), 'one\n\ntwo\n', { flag: 'a' });
    expect(await log.tail(from)).toEqual(['one', 'two']);
  });

  const notOnWindows = process.platform === 'win32' ? it.skip : it;
  notOnWindows('does not follow a link that somebody has laid in its place', async () => {
    const target = directory.file('target');
    await writeFile(target, 'untouched');
    await symlink(target, directory.file('postgres.log'));
    await expect(new ServerLog(directory).openForServer()).rejects.toMatchObject({ code: 'ELOOP' });
  });
});
