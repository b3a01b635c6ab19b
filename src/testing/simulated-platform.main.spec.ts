import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type CompiledSource, compileSource } from '../../test/support/compiled-source.js';

describe('the process of a simulated platform', () => {
  let compiled: CompiledSource;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    compiled = await compileSource('src/testing/simulated-platform.main.ts');
  });
  afterEach(() => child?.kill('SIGKILL'));
  afterAll(() => compiled.remove());

  function run(args: string[], env: Record<string, string> = {}): ChildProcess {
    child = fork(compiled.entry, args, { env: { ...process.env, ...env }, silent: true });
    return child;
  }

  async function firstLine(running: ChildProcess): Promise<{ url: string; pid: number }> {
    const [line] = (await once(createInterface(running.stdout!), 'line')) as [string];
    return JSON.parse(line) as { url: string; pid: number };
  }

  async function control<Body>(url: string, path: string): Promise<Body> {
    return (await (await fetch(`${url}/_control/${path}`)).json()) as Body;
  }

  it('says where it is, serves what it was told, and ends by SIGTERM', async () => {
    const running = run(['--family', 'canvas', '--courses', '2', '--members', '3', '--big-course', '20000']);
    const { url, pid } = await firstLine(running);
    expect(pid).toBe(running.pid);
    expect((await control<{ family: string }>(url, 'state')).family).toBe('canvas');
    const courses = await control<{ memberCount: number }[]>(url, 'courses');
    expect(courses.map(({ memberCount }) => memberCount)).toEqual([20_000, 3]);
    running.kill('SIGTERM');
    expect(await once(running, 'exit')).toEqual([0, null]);
  });

  it('takes the environment where an argument is missing', async () => {
    const running = run(['--courses', '1'], {
      SIMULATED_PLATFORM_COURSES: '9',
      SIMULATED_PLATFORM_MEMBERS: '4',
      SIMULATED_PLATFORM_FAMILY: 'sakai',
    });
    const { url } = await firstLine(running);
    expect(await control(url, 'courses')).toEqual([expect.objectContaining({ memberCount: 4 })]);
    expect((await control<{ family: string }>(url, 'state')).family).toBe('sakai');
  });

  it('ends with its parent', async () => {
    const running = run([]);
    await firstLine(running);
    running.disconnect();
    expect(await once(running, 'exit')).toEqual([0, null]);
  });

  it.each([
    [['--family', 'emacs'], 'family'],
    [['--members', 'many'], 'members'],
    [['--membres', '3'], '--membres'],
    [['--host', '0.0.0.0'], 'loopback'],
  ])('does not start with %j, and says why', async (args, reason) => {
    const running = run(args);
    const [said, [code]] = await Promise.all([text(running.stderr!), once(running, 'exit')]);
    expect([code, said]).toEqual([1, expect.stringContaining(reason)]);
  });
});
