import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { testRedisUrl } from '../support/redis-fixture.js';

const ROOT = resolve(__dirname, '../..');
const NOBODY = 65_534;

interface DemoRun {
  user?: { uid: number; gid: number };
  args?: readonly string[];
  env?: Record<string, string>;
}

async function runDemo({ user, args = [], env = {} }: DemoRun = {}) {
  const { PATH = '' } = process.env;
  const demo = resolve(ROOT, 'dist/src/demo/demo.main.js');
  const child = spawn(process.execPath, [demo, '--exit', '--json', ...args], {
    ...user,
    cwd: '/',
    env: { PATH, ...env },
  });
  const [output, messages] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const last = output.trim().split('\n').at(-1) ?? '';
  return { messages, last: last === '' ? undefined : JSON.parse(last) };
}

/** Whether another user can read this checkout: not if it is below root's home. */
function isOpenToOthers(): boolean {
  const parts = ROOT.split('/').slice(1);
  return parts.every((_, index) => {
    const { mode } = statSync(`/${parts.slice(0, index + 1).join('/')}`);
    return (mode & 0o005) === 0o005;
  });
}

describe('npm run demo', () => {
  const figures = {
    courses: 5,
    members: 2480,
    tokenRequests: 1,
    syncRuns: 5,
    dynamicRegistrations: 1,
    deepLinkedItems: 2,
    keysRotated: 1,
  };
  const scores = { scoresPosted: 1000, scoresRejected: 0, scoresSuperseded: 25 };

  it('prints its options for --help and does nothing else', () => {
    const demo = resolve(ROOT, 'dist/src/demo/demo.main.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [demo, '--help'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    for (const option of ['--processes', '--store', '--exit', '--json', '--help']) {
      expect(stdout).toMatch(new RegExp(`^  ${option}\\b`, 'm'));
    }
  });

  it('shows a progress bar in a terminal, and after Ctrl-C ends, deletes its data, and leaves the terminal as it was', async () => {
    const { PATH = '' } = process.env;
    const demo = resolve(ROOT, 'dist/src/demo/demo.main.js');
    // `script` runs it in a terminal of its own.
    const terminal = spawn('script', ['-qec', `exec "${process.execPath}" "${demo}"`, '/dev/null'], {
      cwd: '/',
      env: { PATH, TERM: 'xterm' },
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
      // Ctrl-C, once the bar is there.
      if (!shown.includes('0/6') && (shown + part).includes('0/6')) terminal.stdin.write('\x03');
      shown += part;
    });
    const [code] = (await once(terminal, 'exit')) as [number | null];
    expect([code, shown]).toEqual([0, expect.stringContaining('0/6 Waiting for your first click')]);
    const ANSI_WRAPS = '\x1B[?7h';
    expect(shown.lastIndexOf(ANSI_WRAPS)).toBeGreaterThan(shown.lastIndexOf('\x1B[?7l'));
    expect(shown).toContain('The demo ends, and deletes its data.');
    const [, directory = ''] = /Logs +(\S+)/.exec(shown) ?? [];
    expect([directory, existsSync(directory)]).toEqual([expect.stringContaining('nest-lti-demo-'), false]);
  }, 60_000);

  // Only root can become another user, who must reach this checkout; elsewhere whoever runs the tests is such a user already.
  const isRoot = process.getuid?.() === 0 && isOpenToOthers();
  it('syncs five courses with one token request, whose events arrive, posts 1,000 scores with two, and ends with the figures, for a user who is not root', async () => {
    const { last, messages } = await runDemo(isRoot ? { user: { uid: NOBODY, gid: NOBODY } } : {});
    expect(last).toMatchObject({ ...figures, ...scores, scoreTokenRequests: 2 });
    expect(messages).toMatch(
      /A webhook received \d+ signed events .*lti\.sync\.completed \{"registrationId":/,
    );
    expect(last.eventsReceived).toBeGreaterThanOrEqual(10);
  }, 120_000);

  const shared = { ...figures, ...scores, processes: 2 };
  it('compares stores: each of two processes asks for itself with memory, and one for both with Postgres', async () => {
    const run = await runDemo({ args: ['--processes', '2', '--store', 'memory', '--store', 'postgres'] });
    const stores = [
      { ...shared, store: 'memory', tokenRequests: 2 },
      { ...shared, store: 'postgres' },
    ];
    expect(run).toMatchObject({ last: { stores } });
    // Two demos.
  }, 240_000);

  // Only where SKIP_REDIS=1 was said is there none; jest's globalSetup says so loudly, and never skips in CI.
  const withRedis = process.env.TEST_REDIS_URL === undefined ? it.skip : it;
  withRedis(
    'has one token request for both processes with Redis',
    async () => {
      const run = await runDemo({
        args: ['--processes', '2', '--store', 'redis'],
        env: { REDIS_URL: testRedisUrl() },
      });
      expect(run).toMatchObject({ last: { ...shared, store: 'redis' } });
    },
    120_000,
  );
});
