import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { runBuiltCommand } from '../support/built-command.js';
import { openDirectory } from '../support/open-directory.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const KEYS = `a:${Buffer.alloc(32, 7).toString('base64')}`;

describe('the service with a database of its own', () => {
  let directory: string;
  beforeAll(async () => (directory = await openDirectory('nest-lti-standalone-')));
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('shows an API key once, keeps its keys over a restart, and stops its database at its end', async () => {
    const first = ServiceProcess.start({ env: { DATA_DIR: directory } });
    const firstUrl = await first.url();
    const isShown = () => Promise.resolve(first.lines.find((line) => line.startsWith('nlti_')));
    const key = await until('the first API key', isShown);
    // The last line has only the key.
    expect(first.lines.filter((line) => line !== '').at(-1)).toBe(key);
    expect(first.output).not.toContain('Warning');
    const { body: jwks } = await request(firstUrl).get('/lti/jwks.json');
    await request(firstUrl).get('/api/v1/registrations').set('Authorization', `Bearer ${key}`).expect(200);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(existsSync(join(directory, 'postgres', 'postmaster.pid'))).toBe(false);

    const second = ServiceProcess.start({ env: { DATA_DIR: directory } });
    const secondUrl = await second.url();
    expect(second.output).not.toContain('API key');
    expect((await request(secondUrl).get('/lti/jwks.json')).body).toEqual(jwks);
    await request(secondUrl).get('/api/v1/registrations').set('Authorization', `Bearer ${key}`).expect(200);
    expect(await second.end('SIGINT')).toBe(0);
  }, 90_000);
});

describe('the service with a database that is given', () => {
  let database: TestDatabase;
  let directory: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await openDirectory('nest-lti-standalone-');
  });
  afterAll(async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  it('reads its secrets from mounted files, and generates none', async () => {
    const keysFile = join(directory, 'keys');
    await writeFile(keysFile, `${KEYS}\n`);
    const service = ServiceProcess.start({
      env: {
        DATABASE_URL: database.url,
        PUBLIC_URL: 'https://tool.example.edu',
        ENCRYPTION_KEYS_FILE: keysFile,
        ADMIN_API_KEY: 'a-key-of-enough-characters',
      },
    });
    const url = await service.url();
    const { body } = await request(url).get('/health/ready').expect(200);
    expect(body.details).toMatchObject({
      database: { status: 'up' },
      migrations: { status: 'up' },
      jobs: { status: 'up' },
    });
    expect(await service.end('SIGTERM')).toBe(0);
  }, 60_000);

  it('lists every fault of its configuration by name and exits', async () => {
    const service = ServiceProcess.start({
      env: { DATABASE_URL: database.url, PORT: 'http', TOKEN_STORE: 'disk', SYNC_EVERY: 'often' },
    });
    expect(await service.exitCode()).toBe(1);
    expect(service.output).toMatch(/PORT: /);
    expect(service.output).toMatch(/TOKEN_STORE: must be/);
  });

  it('does not generate secrets for a given database, nor the address of a Redis', async () => {
    const service = ServiceProcess.start({ env: { DATABASE_URL: database.url, TOKEN_STORE: 'redis' } });
    expect(await service.exitCode()).toBe(1);
    expect(service.output).toMatch(/PUBLIC_URL: /);
    expect(service.output).toMatch(/ENCRYPTION_KEYS: /);
    expect(service.output).toMatch(/REDIS_URL: is needed/);
  });

  it('reports that the database is down, without its password', async () => {
    const service = ServiceProcess.start({
      env: {
        DATABASE_URL: 'postgres://somebody:geheim@127.0.0.1:9/nothing',
        PUBLIC_URL: 'https://tool.example.edu',
        ENCRYPTION_KEYS: KEYS,
        ADMIN_API_KEY: 'a-key-of-enough-characters',
      },
    });
    expect(await service.exitCode()).toBe(1);
    expect(service.output).toContain('database_unavailable: PostgreSQL at 127.0.0.1:9');
    expect(service.output).not.toContain('geheim');
  });

  it('migrates before a deployment', async () => {
    const fresh = await createTestDatabase();
    const env = { DATABASE_URL: fresh.url };
    const first = await runBuiltCommand('nest-lti-server', env, 'migrate');
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('Migrated: MainJob')]);
    expect(await runBuiltCommand('nest-lti', env, 'migrate')).toEqual({
      code: 0,
      stdout: 'Nothing to migrate.\n',
      stderr: '',
    });
    await fresh.drop();
  }, 60_000);
});
