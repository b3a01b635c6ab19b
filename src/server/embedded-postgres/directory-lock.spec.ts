import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { systemClock } from './server-clock.js';
import { DataDirectory } from './data-directory.js';
import { DirectoryLock } from './directory-lock.js';
import { DataDirectoryInUse } from './embedded-postgres.errors.js';
import { processNamespace } from './process-identity.js';

describe('DirectoryLock', () => {
  const clock = systemClock;
  let directory: DataDirectory;
  beforeEach(async () => {
    directory = await DataDirectory.secure(await mkdtemp(tmpdir() + '/nest-lti-test-'), undefined);
  });
  afterEach(() => rm(directory.path, { recursive: true, force: true }));

  async function leaveLock(name: string): Promise<void> {
    const dead = { id: name, pid: 2 ** 30, started: 'another boot:1', namespace: await processNamespace() };
    await directory.write(name, JSON.stringify(dead));
  }

  it('is acquired by exactly one of many processes that find the lock of a dead process', async () => {
    for (let round = 0; round < 30; round++) {
      await leaveLock('lock');
      const attempts = Array.from({ length: 8 }, () => DirectoryLock.acquire(directory, clock));
      const outcomes = await Promise.allSettled(attempts);
      const got = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const refusals = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []));
      expect(got.length).toBe(1);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(DataDirectoryInUse);
      await got[0]?.release();
      expect(await directory.read('lock')).toBeUndefined();
    }
  });

  it('is acquired after a process died while it removed the lock of a dead process', async () => {
    await leaveLock('lock');
    await leaveLock('lock-removal');
    const lock = await DirectoryLock.acquire(directory, clock);
    expect(await directory.read('lock-removal')).toBeUndefined();
    await lock.release();
  });

  it('is not removed by a process that lost it', async () => {
    const lock = await DirectoryLock.acquire(directory, clock);
    await leaveLock('lock');
    await lock.release();
    expect(await directory.read('lock')).toContain('another boot');
  });

  it('fails when something else is in its place', async () => {
    await symlink('nowhere', directory.file('lock'));
    await expect(DirectoryLock.acquire(directory, clock)).rejects.toBeInstanceOf(DataDirectoryInUse);
  });
});
