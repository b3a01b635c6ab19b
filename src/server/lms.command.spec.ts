import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { createRegistrationSchema } from 'nest-lti';
import { type CompiledSource, compileSource } from '../../test/support/compiled-source.js';

describe('nest-lti-server lms', () => {
  let compiled: CompiledSource;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    compiled = await compileSource('src/server/main.ts');
  });
  afterEach(() => child?.kill('SIGKILL'));
  afterAll(() => compiled.remove());

  function run(...args: string[]): ChildProcess {
    child = fork(compiled.entry, ['lms', '--port', '0', ...args], { silent: true });
    return child;
  }

  async function firstLine(running: ChildProcess): Promise<{ url: string; pid: number }> {
    const [line] = (await once(createInterface(running.stdout!), 'line')) as [string];
    return JSON.parse(line) as { url: string; pid: number };
  }

  async function control<Body>(url: string, path: string): Promise<Body> {
    return (await (await fetch(`${url}/_control/${path}`)).json()) as Body;
  }

  it('prints its URL, serves the given courses, and ends by SIGTERM', async () => {
    const running = run(
      '--json',
      '--family',
      'canvas',
      '--courses',
      '2',
      '--members',
      '3',
      '--big-course',
      '20000',
    );
    const { url, pid } = await firstLine(running);
    expect(pid).toBe(running.pid);
    expect((await control<{ family: string }>(url, 'state')).family).toBe('canvas');
    const courses = await control<{ memberCount: number }[]>(url, 'courses');
    expect(courses.map(({ memberCount }) => memberCount)).toEqual([20_000, 3]);
    running.kill('SIGTERM');
    expect(await once(running, 'exit')).toEqual([0, null]);
  });

  it('prints how to register it at a tool, which it already knows and launches', async () => {
    const running = run('--family', 'moodle', '--tool', 'http://localhost:8080/', '--courses', '1');
    let said = '';
    for await (const line of createInterface(running.stdout!)) {
      said += `${line}\n`;
      if (line.startsWith('Ctrl-C')) break;
    }
    const registration = JSON.parse(/-d '(\{[^']*\})'/.exec(said)?.[1] ?? '') as object;
    expect(createRegistrationSchema.parse(registration)).toMatchObject({
      platformFamily: 'moodle',
      clientId: 'nest-lti',
    });
    expect(said).toContain('curl -X POST http://localhost:8080/api/v1/registrations');
    const page = /http:\S+\/_launch\S+/.exec(said)?.[0] ?? '';
    expect(await (await fetch(page)).text()).toContain('<form');
  });

  it('ends when its parent process ends', async () => {
    const running = run('--json');
    await firstLine(running);
    running.disconnect();
    expect(await once(running, 'exit')).toEqual([0, null]);
  });

  it.each([
    [['--family', 'emacs'], 2, "error: option '--family <family>' argument 'emacs' is invalid"],
    [['--members', 'many'], 2, 'It must be a whole number'],
    [['--membres', '3'], 2, '--membres'],
    [['--host', '0.0.0.0'], 1, 'loopback'],
  ])('does not start with %j, and says why', async (args, expected, reason) => {
    const running = run(...args);
    const [said, [code]] = await Promise.all([text(running.stderr!), once(running, 'exit')]);
    expect([code, said]).toEqual([expected, expect.stringContaining(reason)]);
  });
});
