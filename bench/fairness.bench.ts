import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../src/demo/free-port.js';
import { CourseService, CourseSyncService, LtiModule } from '../src/index.js';
import { SimulatedPlatform } from '../src/testing/index.js';
import { BenchPostgres } from './bench-postgres.js';
import { median } from './median.js';
import { round, type Row, rowOf } from './row.js';

const PLATFORMS = 18;
const COURSES = 40;
const MEMBERS = 20;
const ROUNDS = 5;
const POLL_MS = 20;

@Module({})
class Host {}

interface Connected {
  lms: SimulatedPlatform;
  registrationId: string;
}

/** Syncs of 18 platforms, alone and beside a platform that hangs and one that throttles, in turns. */
export async function* fairnessBench(): AsyncGenerator<Row> {
  const postgres = await BenchPostgres.start();
  const client = new Client({ connectionString: postgres.url });
  const platforms: Connected[] = [];
  try {
    await client.connect();
    const app = await startApp(postgres.url);
    try {
      for (let nth = 0; nth < PLATFORMS; nth += 1) platforms.push(await connect(app));
      // The first syncs store the members and obtain the tokens.
      await syncMs(app, client, platforms);
      const [alone, beside]: [number[], number[]] = [[], []];
      for (let nth = 0; nth < ROUNDS; nth += 1) {
        alone.push(await syncMs(app, client, platforms));
        beside.push(await besideMs(app, client, platforms));
      }
      yield rowOf({
        case: 'fairness',
        name: 'beside-hanging-and-throttling',
        value: median(beside),
        unit: 'ms',
        floor: round(median(alone)),
        rounds: beside.map((ms, nth) => ms / (alone[nth] ?? NaN)),
        bar: { atMost: 1.2 },
      });
    } finally {
      for (const { lms } of platforms) await lms.stop();
      await app.close();
    }
  } finally {
    await client.end();
    await postgres.stop();
  }
}

/** The two others are new in each round, and their courses are requested first. */
async function besideMs(
  app: INestApplication,
  client: Client,
  platforms: readonly Connected[],
): Promise<number> {
  const hanging = await connect(app);
  const throttling = await connect(app);
  hanging.lms.faults.add({ kind: 'hang', on: 'memberships', times: 'always' });
  throttling.lms.faults.add({ kind: 'throttle', retryAfter: 30, on: 'memberships', times: 'always' });
  try {
    return await syncMs(app, client, platforms, [hanging, throttling]);
  } finally {
    for (const { lms } of [hanging, throttling]) await lms.stop();
    await untilAlone(client);
  }
}

/** Ends the syncs of the two others, so that the next round is alone. Their delayed jobs would come back within a minute. */
async function untilAlone(client: Client): Promise<void> {
  await client.query(
    `UPDATE nest_lti.sync_run SET status = 'cancelled', finished_at = now() WHERE finished_at IS NULL`,
  );
  for (;;) {
    await client.query(`DELETE FROM nest_lti_jobs.job WHERE state = 'delayed'`);
    const { rows } = await client.query<{ left: number }>(
      'SELECT count(*)::int AS left FROM nest_lti_jobs.job',
    );
    if (rows[0]?.left === 0) return;
    await pause(POLL_MS);
  }
}

/** Requests all syncs, and waits for those of `platforms`. */
async function syncMs(
  app: INestApplication,
  client: Client,
  platforms: readonly Connected[],
  before: readonly Connected[] = [],
): Promise<number> {
  const syncs = app.get(CourseSyncService, { strict: false });
  const startMs = performance.now();
  const runIds: string[] = [];
  for (const { registrationId } of before) await syncs.syncRegistration(registrationId);
  for (const { registrationId } of platforms) {
    for (const { id } of await syncs.syncRegistration(registrationId)) runIds.push(id);
  }
  for (;;) {
    const { rows } = await client.query<{ status: string; runs: number }>(
      'SELECT status, count(*)::int AS runs FROM nest_lti.sync_run WHERE id = ANY($1) GROUP BY status',
      [runIds],
    );
    const runs = new Map(rows.map(({ status, runs: count }) => [status, count]));
    if (!runs.has('queued') && !runs.has('running')) {
      if (runs.get('completed') !== PLATFORMS * COURSES)
        throw new Error(`Not all syncs completed: ${JSON.stringify(rows)}`);
      return performance.now() - startMs;
    }
    await pause(POLL_MS);
  }
}

async function startApp(databaseUrl: string): Promise<INestApplication> {
  const port = await freePort(0);
  const lti = LtiModule.forRoot({
    publicUrl: `http://127.0.0.1:${port}`,
    database: { url: databaseUrl },
    tokenStore: 'memory',
    encryptionKeys: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    platformHttp: { allowPrivateNetworks: true },
    courseSync: { every: 'never' },
  });
  const app = await NestFactory.create(
    { module: Host, imports: [ScheduleModule.forRoot(), EventEmitterModule.forRoot(), lti] },
    { logger: false },
  );
  await app.listen(port, '127.0.0.1');
  return app;
}

async function connect(app: INestApplication): Promise<Connected> {
  const lms = await SimulatedPlatform.start();
  const { id: registrationId } = await lms.connect(app);
  const courses = app.get(CourseService, { strict: false });
  for (let nth = 0; nth < COURSES; nth += 1) {
    const { contextId, deploymentId, title, membershipsUrl } = lms.addCourse({ members: MEMBERS });
    await courses.create({
      registrationId,
      deploymentId: deploymentId ?? '1',
      contextId,
      title,
      membershipsUrl,
    });
  }
  return { lms, registrationId };
}
