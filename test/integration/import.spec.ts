import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const run = promisify(execFile);

/** Reports what the import of `entry` changes in a new process. */
const PROBE = `
  // Node opens these pipes when they are first read, as libraries do that look for colour support.
  process.stdout.isTTY; process.stderr.isTTY; process.stdin.isTTY;
  const listeners = () => Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
  const before = { resources: process.getActiveResourcesInfo(), listeners: listeners(), variables: { ...process.env } };
  const { getDefaultBackendFactory } = await import('bullmq');
  const backend = getDefaultBackendFactory();
  const api = await import(process.argv[2]);
  console.log(JSON.stringify({
    exports: Object.keys(api).length,
    before: before.resources,
    after: process.getActiveResourcesInfo(),
    listenersBefore: before.listeners,
    listenersAfter: listeners(),
    sameEnvironment: JSON.stringify(process.env) === JSON.stringify(before.variables),
    sameBackend: getDefaultBackendFactory() === backend,
  }));
`;

/** Node finds no ioredis, no @nestjs/event-emitter and no @opentelemetry/api. */
const WITHOUT = `
  import { register } from 'node:module';
  // These names are looked up from a directory that has no packages, so the error is Node's own.
  register('data:text/javascript,' + encodeURIComponent(\`
    export const resolve = (name, context, next) =>
      next(name, /^(ioredis|@nestjs.event-emitter|@opentelemetry.api)$/.test(name) ? { ...context, parentURL: 'file:///nowhere/x.js' } : context);
  \`));
`;

/** Reports what the doctor finds of Redis. */
const CHECK_REDIS = `${WITHOUT}
  const { checkRedis } = await import(process.argv[2]);
  console.log(JSON.stringify(await checkRedis(JSON.parse(process.argv[3]))));
`;

/** Boots an application with nest-lti. */
const BOOT = `${WITHOUT}
  const { NestFactory } = await import('@nestjs/core');
  const { LtiModule } = await import(process.argv[2]);
  const [, , , url, changes] = process.argv;
  const options = {
    publicUrl: 'http://localhost',
    database: { url },
    encryptionKeys: 'a:' + Buffer.alloc(32, 1).toString('base64'),
    courseSync: { every: 'never' },
    ...JSON.parse(changes),
  };
  try {
    const app = await NestFactory.createApplicationContext(LtiModule.forRoot(options), { logger: false, abortOnError: false });
    await app.close();
    console.log('booted');
  } catch (error) {
    console.log(error.code + ': ' + error.message);
    // Nest does not close what a boot that failed has opened, and ends the process unless abortOnError is false.
    process.exit();
  }
`;

describe('importing nest-lti', () => {
  let compiled: CompiledSource;
  beforeAll(async () => (compiled = await compileSource('src/index.ts')));
  afterAll(() => compiled.remove());

  it('has no effect: no timer, socket or listener, and the process ends by itself', async () => {
    const script = join(compiled.directory, 'probe.js');
    await writeFile(script, PROBE);
    const { stdout, stderr } = await run(process.execPath, [script, compiled.entry], { timeout: 60_000 });
    const seen = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(seen.exports).toBeGreaterThan(0);
    // The module loader of Node 22 may still be reading a file.
    const left = seen.after.filter((resource: string) => resource !== 'FSReqCallback');
    expect(left.filter((resource: string) => !seen.before.includes(resource))).toEqual([]);
    expect(seen.listenersAfter).toEqual(seen.listenersBefore);
    expect(seen).toMatchObject({ sameEnvironment: true, sameBackend: true });
  });

  describe('where the optional packages are not installed', () => {
    let database: TestDatabase;
    beforeAll(async () => (database = await createTestDatabase()));
    afterAll(() => database.drop());

    /** The outcome of a boot with these options: `booted`, or the error. */
    async function boot(changes: object): Promise<string> {
      const script = join(compiled.directory, 'without.js');
      await writeFile(script, BOOT);
      const arguments_ = [script, compiled.entry, database.url, JSON.stringify(changes)];
      return (await run(process.execPath, arguments_, { timeout: 60_000 })).stdout.trim();
    }

    it('needs no ioredis, @nestjs/event-emitter or @opentelemetry/api for tokens and jobs in PostgreSQL', async () => {
      expect(await boot({ tokenStore: 'postgres', jobs: { backend: 'postgres' } })).toBe('booted');
    });

    it.each([
      ['tokens', 'tokenStore.type', { tokenStore: { type: 'redis', url: 'redis://127.0.0.1:1' } }],
      ['jobs', 'jobs.backend', { jobs: { backend: 'redis', url: 'redis://127.0.0.1:1' } }],
    ])('says what to install for %s in Redis', async (_, option, changes) => {
      expect(await boot(changes)).toBe(
        `configuration_invalid: The configuration is wrong. ${option}: 'redis' needs the package ioredis, of version 5 or 6: npm install ioredis@5`,
      );
    });

    it('the doctor says what to install', async () => {
      const doctor = await compileSource('src/doctor/redis-check.ts');
      const script = join(doctor.directory, 'check-redis.js');
      await writeFile(script, CHECK_REDIS);
      const config = {
        tokenStore: { type: 'redis', url: 'redis://127.0.0.1:1' },
        jobs: { backend: 'postgres' },
      };
      const { stdout } = await run(process.execPath, [script, doctor.entry, JSON.stringify(config)]);
      await doctor.remove();
      expect(JSON.parse(stdout)).toEqual([
        expect.objectContaining({ outcome: 'failed', code: 'redis_driver_missing' }),
      ]);
    });
  });
});
