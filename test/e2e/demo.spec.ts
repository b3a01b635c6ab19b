import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
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

  it('syncs five courses with one token request, posts 1,000 scores with two, and ends with the figures', async () => {
    expect(await runDemo()).toMatchObject({ last: { ...figures, ...scores, scoreTokenRequests: 2 } });
  }, 120_000);

  // Only root can become another user, who must reach this checkout; elsewhere the test above is of such a user already.
  const asRoot = process.getuid?.() === 0 && isOpenToOthers() ? it : it.skip;
  asRoot(
    'does so for a user who is not root, too',
    async () => {
      expect(await runDemo({ user: { uid: NOBODY, gid: NOBODY } })).toMatchObject({ last: figures });
    },
    120_000,
  );

  // Only where SKIP_REDIS=1 was said is there none; jest's globalSetup says so loudly, and never skips in CI.
  const withRedis = process.env.TEST_REDIS_URL === undefined ? it.skip : it;
  withRedis(
    'compares stores: each of two processes asks for itself with memory, and one for all with a shared store',
    async () => {
      const run = await runDemo({
        args: ['--processes', '2', '--store', 'memory', '--store', 'postgres', '--store', 'redis'],
        env: { REDIS_URL: testRedisUrl() },
      });
      const shared = { ...figures, ...scores, processes: 2 };
      expect(run).toMatchObject({
        last: {
          stores: [
            { ...shared, store: 'memory', tokenRequests: 2 },
            { ...shared, store: 'postgres' },
            { ...shared, store: 'redis' },
          ],
        },
      });
    },
    120_000,
  );
});
