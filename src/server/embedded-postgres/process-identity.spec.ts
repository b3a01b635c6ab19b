import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { systemClock } from './server-clock.js';
import { identifyProcess, isStillRunning, worksIn } from './process-identity.js';
import { waitUntil } from './wait-until.js';

const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('The identity of a process', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Runs a shell script and answers its first line. */
  async function shell(script: string): Promise<string> {
    const child = spawn('sh', ['-c', script], { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return line.toString().trim();
  }

  it('gives one process the same identity each time, and another process with the same id another one', async () => {
    const identity = await identifyProcess(process.pid);
    expect(identity).toEqual(await identifyProcess(process.pid));
    expect(await isStillRunning({ pid: process.pid, started: identity?.started ?? '' })).toBe(true);
    expect(await isStillRunning({ pid: process.pid, started: 'another boot:1' })).toBe(false);
  });

  it('treats a process whose start is unknown as the same', async () => {
    expect(await isStillRunning({ pid: process.pid, started: '' })).toBe(true);
  });

  it('gives no identity to a dead process that its parent has not collected', async () => {
    // What the shell becomes never asks for the shell's child.
    const pid = Number(await shell('sleep 0.2 & echo $!; exec sleep 600'));
    const gone = async () => (await identifyProcess(pid)) === undefined;
    expect(await waitUntil(systemClock, 10_000, gone)).toBe(true);
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('goes with the directory it works in', async () => {
    const pid = Number(await shell('echo $$; exec sleep 600'));
    expect(await worksIn(pid, await realpath(tmpdir()))).toBe(true);
    expect(await worksIn(pid, '/')).toBe(false);
    expect(await worksIn(2 ** 30, '/')).toBeUndefined();
  });
});
