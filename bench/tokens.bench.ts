import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/lti-data-source.js';
import { migrateDatabase } from '../src/database/migrate-database.js';
import { MemoryTokenStore } from '../src/access-tokens/stores/memory-token-store.js';
import { PostgresTokenStore } from '../src/access-tokens/stores/postgres/postgres-token-store.js';
import { RedisTokenStore } from '../src/access-tokens/stores/redis/redis-token-store.js';
import { allowMadeUpRegistrations } from '../test/support/made-up-registrations.js';
import { type StoreName, TokenStage } from '../test/support/token-stage.js';
import { type BenchServers, startServers } from './bench-servers.js';
import { type Row, rowOf } from './row.js';
import { sideBySide, type SideBySide } from './side-by-side.js';
import { benchRing, benchCipher, tokenBenchParts } from './token-bench-parts.js';

const CASE = 'tokens';
const BATCH = 1000;
const PROCESSES = 8;
const CALLERS = 1000;
const CONTEXT = 'bench';
/** The length of a platform's token, in characters. */
const TOKEN = 'x'.repeat(43);

/** Tokens: the cost of getting one, and how many requests a herd sends. */
export async function* tokensBench(): AsyncGenerator<Row> {
  yield costRow('local-hit', 3, await localHit());
  const servers = await startServers();
  try {
    yield costRow('redis-hit', 1.5, await redisHit(servers));
    yield costRow('postgres-hit', 1.5, await postgresHit(servers));
  } finally {
    await servers.stop();
  }
  for (const store of ['redis', 'postgres'] as const) yield herdRow(store, await herd(store));
}

/** Against an awaited look-up in a Map. */
async function localHit(): Promise<SideBySide> {
  const parts = await tokenBenchParts(new MemoryTokenStore());
  const map = new Map([[parts.registration.id, Promise.resolve(TOKEN)]]);
  try {
    await parts.obtain();
    return await sideBySide(
      async () => {
        for (let nth = 0; nth < BATCH; nth += 1) await map.get(parts.registration.id);
      },
      async () => {
        for (let nth = 0; nth < BATCH; nth += 1) await parts.obtain();
      },
      BATCH,
    );
  } finally {
    await parts.stop();
  }
}

/** Against a bare GET and the decryption of its value. */
async function redisHit({ redisUrl }: BenchServers): Promise<SideBySide> {
  const store = await RedisTokenStore.connect(
    { type: 'redis', url: redisUrl, keyPrefix: 'nest-lti' },
    benchCipher,
  );
  const parts = await tokenBenchParts(store);
  const redis = new Redis(redisUrl);
  try {
    await redis.set('bare', benchRing.encrypt(TOKEN, CONTEXT));
    return await sideBySide(
      async () => benchRing.decrypt((await redis.get('bare')) ?? '', CONTEXT),
      () => parts.obtainFromStore(),
    );
  } finally {
    redis.disconnect();
    await parts.stop();
    await store.close();
  }
}

/** Against a bare SELECT by primary key and the decryption of its value. */
async function postgresHit({ databaseUrl }: BenchServers): Promise<SideBySide> {
  await migrateDatabase(databaseUrl);
  await allowMadeUpRegistrations(databaseUrl);
  const dataSource = await new DataSource(dataSourceOptions(databaseUrl, 6)).initialize();
  const store = new PostgresTokenStore(dataSource, benchCipher, databaseUrl);
  const parts = await tokenBenchParts(store);
  const pool = new Pool({ connectionString: databaseUrl, max: 6 });
  try {
    await pool.query('CREATE TABLE bare (id text PRIMARY KEY, sealed text NOT NULL)');
    await pool.query('INSERT INTO bare VALUES ($1, $2)', [parts.key.id, benchRing.encrypt(TOKEN, CONTEXT)]);
    const select = 'SELECT sealed FROM bare WHERE id = $1';
    return await sideBySide(
      async () => {
        const { rows } = await pool.query<{ sealed: string }>(select, [parts.key.id]);
        return benchRing.decrypt(rows[0]?.sealed ?? '', CONTEXT);
      },
      () => parts.obtainFromStore(),
    );
  } finally {
    await pool.end();
    await parts.stop();
    await store.close();
    await dataSource.destroy();
  }
}

/** The token requests of eight processes with a thousand callers each, without a stored token. */
async function herd(store: StoreName): Promise<number> {
  const stage = await TokenStage.start();
  try {
    await stage.fill(PROCESSES);
    await stage.open('bench', stage.processes, stage.settings(store));
    const campus = await stage.campus('bench');
    const { outcomes } = await campus.authenticate(stage.processes, CALLERS);
    if (outcomes['200'] !== PROCESSES * CALLERS) {
      throw new Error(`Callers of the herd failed: ${JSON.stringify(outcomes)}`);
    }
    return campus.tokenRequests;
  } finally {
    await stage.stop();
  }
}

function costRow(name: string, atMost: number, { oursUs, floorUs, ratios }: SideBySide): Row {
  return rowOf({
    case: CASE,
    name,
    value: oursUs,
    unit: 'us',
    floor: floorUs,
    rounds: ratios,
    bar: { atMost },
  });
}

function herdRow(store: StoreName, requests: number): Row {
  return rowOf({
    case: CASE,
    name: `herd-${store}`,
    value: requests,
    unit: 'requests',
    bar: { atMost: 1 },
  });
}
