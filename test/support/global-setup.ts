import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type * as CompiledSourceFile from './compiled-source.js';
import type * as PostgresAppProcessFile from './postgres-app-process.js';
import type * as RedisServerFile from './redis-server.js';
import type * as TestProgramsFile from './test-programs.js';

// Jest compiles this file but does not map its imports' .js to .ts, so each is required by its real name, and what the
// server's code imports is run in a process of its own. That process also stops the server when jest is interrupted or
// killed: it notices that its parent is gone.
const require = createRequire(import.meta.url);
const { compileSource } = require('./compiled-source.ts') as typeof CompiledSourceFile;
const { runPostgresApp } = require('./postgres-app-process.ts') as typeof PostgresAppProcessFile;
const { RedisServer } = require('./redis-server.ts') as typeof RedisServerFile;
const { findProgram, installPrograms, programOnPath, testPrograms } =
  require('./test-programs.ts') as typeof TestProgramsFile;

/** Many times what the data of a run takes. */
const ENOUGH_BYTES = 4 * 1024 ** 3;

declare global {
  var stopTestPostgres: (() => Promise<void>) | undefined;
  var stopTestRedis: (() => Promise<void>) | undefined;
}

/**
 * One PostgreSQL for the whole run, as a superuser's URL in TEST_DATABASE_URL; one given there is used as it is. And one
 * Redis, its URL in TEST_REDIS_URL.
 */
export default async function globalSetup(): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`\n${text}\n\n`);
  installPrograms({ wanted: testPrograms.filter((program) => program !== 'Redis' || !skipsRedis()), say });
  await Promise.all([provideRedis(), providePostgres()]);
}

async function providePostgres(): Promise<void> {
  const template = `template_${randomBytes(8).toString('hex')}`;
  process.env.TEST_TEMPLATE_DATABASE = template;
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined) {
    globalThis.stopTestPostgres = () => dropDatabase(given, template);
    return;
  }
  const directory = await mkdtemp(join(await parentOfData(), 'nest-lti-test-'));
  await chmod(directory, 0o755);
  const compiled = await compileSource('test/support/postgres-app.ts');
  const app = await runPostgresApp(compiled.entry, {
    directory: join(directory, 'postgres'),
    durability: 'none',
    maxConnections: 200,
    temporary: directory,
  });
  await compiled.remove();
  const { url, error } = app.report;
  if (url === undefined) {
    await app.end();
    await rm(directory, { recursive: true, force: true });
    throw new Error(`The tests have no PostgreSQL: ${error?.message ?? 'unknown'}`);
  }
  process.env.TEST_DATABASE_URL = url;
  globalThis.stopTestPostgres = async () => {
    delete process.env.TEST_DATABASE_URL;
    await app.end();
  };
}

/** Memory where there is enough: the tests make and delete hundreds of databases, and each of them is hundreds of files. */
async function parentOfData(): Promise<string> {
  const memory = '/dev/shm';
  const space = await statfs(memory).catch(() => undefined);
  return space !== undefined && space.bavail * space.bsize >= ENOUGH_BYTES ? memory : tmpdir();
}

async function dropDatabase(admin: string, name: string): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.end();
}

/** Never in CI. */
function skipsRedis(): boolean {
  const { SKIP_REDIS, CI } = process.env;
  return SKIP_REDIS === '1' && (CI ?? '') === '';
}

/** The Redis of REDIS_URL, or a new one. Tests never flush it: each spec file has its own key prefix. */
async function provideRedis(): Promise<void> {
  if (skipsRedis()) {
    process.stderr.write('\nSKIP_REDIS=1: THE TESTS OF THE REDIS TOKEN STORE ARE NOT RUN.\n\n');
    return;
  }
  const { REDIS_URL } = process.env;
  if ((REDIS_URL ?? '') !== '') {
    process.env.TEST_REDIS_URL = REDIS_URL;
    // Tests of outages stop a server, so they start their own.
    process.env.TEST_REDIS_SERVER = programOnPath('Redis') ?? 'redis-server';
    return;
  }
  process.env.TEST_REDIS_SERVER = findProgram('Redis');
  const server = await RedisServer.start();
  process.env.TEST_REDIS_URL = server.url;
  globalThis.stopTestRedis = async () => {
    delete process.env.TEST_REDIS_URL;
    await server.stop();
  };
}
