import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { Agent } from 'undici';
import { EmbeddedPostgres } from '../src/server/embedded-postgres/embedded-postgres.js';
import { SystemClock } from '../src/common/clock.js';
import {
  CourseService,
  createRegistrationSchema,
  GradePassbackService,
  LtiModule,
  RegistrationService,
} from '../src/index.js';
import { openDirectory } from '../test/support/open-directory.js';
import { registrationBody } from '../test/support/registration-body.js';

const COURSES = 5;
const clock = new SystemClock();
const MEDIA_TYPE = 'application/vnd.ims.lis.v1.score+json';

/** Both ways send `count` scores, and resolve when all of them are posted and stored as posted. */
export interface OutboxBenchParts {
  ours(round: number, scores: number): Promise<void>;
  floor(round: number, scores: number): Promise<void>;
  stop(): Promise<void>;
}

export async function outboxBenchParts(origin: string, inFlight: number): Promise<OutboxBenchParts> {
  const directory = await openDirectory('nest-lti-bench-');
  const postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres') });
  const tool = await startTool(postgres.url, origin, inFlight);
  const byHand = await startByHand(postgres.url, origin, inFlight);
  return {
    ours: tool.send,
    floor: byHand.send,
    stop: async () => {
      await tool.stop();
      await byHand.stop();
      await postgres.stop();
      for (const path of [postgres.directory, directory]) await rm(path, { recursive: true, force: true });
    },
  };
}

async function startTool(databaseUrl: string, origin: string, inFlight: number) {
  const module = await Test.createTestingModule({
    imports: [
      ScheduleModule.forRoot(),
      EventEmitterModule.forRoot(),
      LtiModule.forRoot({
        publicUrl: 'https://tool.example.edu',
        database: { url: databaseUrl },
        tokenStore: 'memory',
        encryptionKeys: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
        platformHttp: { allowPrivateNetworks: true, concurrencyPerPlatform: inFlight },
        courseSync: { every: 'never', concurrency: 0 },
      }),
    ],
  }).compile();
  await module.init();
  const passback = module.get(GradePassbackService, { strict: false });
  const urls = { authorizationUrl: `${origin}/auth`, tokenUrl: `${origin}/token`, jwksUrl: `${origin}/jwks` };
  const { id: registrationId } = await module
    .get(RegistrationService, { strict: false })
    .create(createRegistrationSchema.parse(registrationBody(urls)));
  const courses = await Promise.all(
    Array.from({ length: COURSES }, (_, nth) =>
      module.get(CourseService, { strict: false }).create({
        registrationId,
        deploymentId: '1',
        contextId: String(nth),
        title: null,
        membershipsUrl: `${origin}/courses/${nth}/members`,
        lineItemsUrl: `${origin}/courses/${nth}/lineitems`,
      }),
    ),
  );
  let posted = 0;
  let onPosted: () => void = () => undefined;
  module.get(EventEmitter2, { strict: false }).on('lti.score.posted', () => {
    posted += 1;
    onPosted();
  });
  return {
    send: async (round: number, scores: number): Promise<void> => {
      const wanted = posted + scores;
      const done = new Promise<void>((resolve) => {
        onPosted = () => posted >= wanted && resolve();
      });
      for (const [nth, course] of courses.entries()) {
        const userIds = Array.from({ length: scores / COURSES }, (_, user) => `${round}-${user}`);
        await passback.enqueueAll(
          course.id,
          userIds.map((userId) => ({ ...score(userId), lineItemId: `${origin}/courses/${nth}/lineitems/1` })),
        );
      }
      await done;
    },
    stop: () => module.close(),
  };
}

async function startByHand(databaseUrl: string, origin: string, inFlight: number) {
  const pool = new Pool({ connectionString: databaseUrl });
  // The error of connections that are being closed while the server stops.
  pool.on('error', () => undefined);
  const agent = new Agent({ connections: inFlight });
  await pool.query(`CREATE TABLE by_hand (id bigserial PRIMARY KEY, user_id text NOT NULL, score json NOT NULL,
    status text NOT NULL, posted_at timestamptz)`);
  const sendOne = async (course: number, userId: string): Promise<void> => {
    const body = JSON.stringify({ ...score(userId), timestamp: clock.now().toISOString() });
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO by_hand (user_id, score, status) VALUES ($1, $2, 'pending') RETURNING id`,
      [userId, body],
    );
    const answer = await agent.request({
      origin,
      path: `/courses/${course}/lineitems/1/scores`,
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE, authorization: `Bearer ${'x'.repeat(43)}` },
      body,
    });
    await answer.body.text();
    await pool.query(`UPDATE by_hand SET status = 'posted', posted_at = now() WHERE id = $1`, [rows[0]?.id]);
  };
  return {
    send: async (round: number, scores: number): Promise<void> => {
      let next = 0;
      const work = async (): Promise<void> => {
        for (let nth = next++; nth < scores; nth = next++) await sendOne(nth % COURSES, `${round}-${nth}`);
      };
      await Promise.all(Array.from({ length: inFlight }, work));
    },
    stop: async () => {
      await pool.end();
      await agent.destroy();
    },
  };
}

function score(userId: string) {
  const progress = { activityProgress: 'Completed', gradingProgress: 'FullyGraded' } as const;
  return { userId, scoreGiven: 17, scoreMaximum: 20, ...progress };
}
