import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/demo/free-port.js';
import { testRedisUrl } from '../support/redis-fixture.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { packedTarballs } from './packed-tarballs.js';

const run = promisify(execFile);

describe('the packed nest-lti-server', () => {
  const encryptionKeys = `k:${randomBytes(32).toString('base64')}`;
  let directory: string;
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await mkdtemp(join(tmpdir(), 'nest-lti-service-'));
    const dependencies = Object.fromEntries(
      Object.entries(packedTarballs()).map(([name, path]) => [name, `file:${path}`]),
    );
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: directory });
  });
  afterAll(async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const command = (name: string): string => join(directory, 'node_modules/.bin', name);
  const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    DATABASE_URL: database.url,
    ENCRYPTION_KEYS: encryptionKeys,
    LOG_LEVEL: 'warn',
    ...changes,
  });

  it.each([['serve'], ['migrate'], ['api-keys'], ['encryption-keys', 'reencrypt'], ['lms']])(
    'has the command %s %s, with its help',
    async (...words) => {
      const { stdout } = await run(command('nest-lti-server'), [...words, '--help']);
      expect(stdout).toContain(`Usage: nest-lti-server ${words.join(' ')}`);
    },
  );

  it('migrates a database, as an embedder does with the command of nest-lti', async () => {
    await run(command('nest-lti-server'), ['migrate'], { env: environment() });
    await run(command('nest-lti'), ['migrate'], { env: environment() });
  });

  // As examples/standalone sets it: the service has to find the ioredis that npm installed.
  const onRedis = (): Record<string, string> => ({
    TOKEN_STORE: 'redis',
    JOBS_BACKEND: 'redis',
    REDIS_URL: testRedisUrl(),
  });

  it.each([
    ['PostgreSQL alone', (): Record<string, string> => ({})],
    ['tokens and jobs in Redis', onRedis],
  ])('serves requests with %s, and ends by SIGTERM', async (_name, stores) => {
    const port = String(await freePort(0));
    const url = `http://127.0.0.1:${port}`;
    const changes = {
      PORT: port,
      HOST: '127.0.0.1',
      PUBLIC_URL: url,
      ADMIN_API_KEY: 'a-key-for-the-packaging-tests',
      ...stores(),
    };
    const service = spawn(command('nest-lti-server'), ['serve'], {
      env: environment(changes),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exited = once(service, 'exit');
    const ready = (): Promise<true | undefined> =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      );
    try {
      await until('the service is ready', ready, 120_000);
      service.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    } finally {
      service.kill('SIGKILL');
    }
  });
});
