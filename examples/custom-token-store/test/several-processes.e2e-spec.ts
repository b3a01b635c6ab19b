import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Clock, MembershipsService, OAuthService, type Registration } from 'nest-lti';
import {
  ShiftedClock,
  type SimulatedCourse,
  SimulatedPlatform,
  startTestDatabase,
  type TestDatabase,
} from 'nest-lti/testing';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppModule } from '../src/app.module.js';

describe('a tool that runs twice on one machine', () => {
  const clock = new ShiftedClock();
  const path = mkdtempSync(join(tmpdir(), 'custom-token-store-'));
  const running: INestApplication[] = [];
  let database: TestDatabase;
  let lms: SimulatedPlatform;
  let registration: Registration;
  let course: SimulatedCourse;

  /** Another process of the tool: it has its own connections and its own memory. */
  async function start(): Promise<INestApplication> {
    const testing = Test.createTestingModule({ imports: [AppModule] });
    const app = (await testing.overrideProvider(Clock).useValue(clock).compile()).createNestApplication();
    await app.listen(0);
    running.push(app);
    return app;
  }

  async function rosterSize(app: INestApplication): Promise<number> {
    const oauth = app.get(OAuthService, { strict: false });
    const client = await oauth.authenticate(registration, { memberships: course.membershipsUrl });
    return (await app.get(MembershipsService, { strict: false }).getMembers(client)).length;
  }

  beforeAll(async () => {
    database = await startTestDatabase();
    process.env['DATABASE_URL'] = database.url;
    process.env['PUBLIC_URL'] = 'https://tool.example.edu';
    process.env['ENCRYPTION_KEYS'] = `test:${randomBytes(32).toString('base64')}`;
    process.env['TOKEN_STORE_PATH'] = path;
    lms = await SimulatedPlatform.start({ family: 'moodle', clock });
    registration = await lms.connect(await start());
    await start();
    course = lms.addCourse({ members: 30 });
  });
  afterAll(async () => {
    for (const app of running) await app.close();
    await lms?.stop();
    await database?.stop();
    rmSync(path, { recursive: true });
  });

  it('needs one token for ten rosters that both processes read at once', async () => {
    const readers = Array.from({ length: 10 }, (_, index) => running[index % 2]!);
    expect(await Promise.all(readers.map(rosterSize))).toEqual(Array(10).fill(30));
    expect(lms.counts.tokenRequests).toBe(1);
  });

  it('needs no other token after a restart', async () => {
    for (const app of running.splice(0)) await app.close();
    expect(await rosterSize(await start())).toBe(30);
    expect(await rosterSize(await start())).toBe(30);
    expect(lms.counts.tokenRequests).toBe(1);
  });

  it('needs one more token when the first one has expired', async () => {
    clock.advance(3600_000);
    expect(await Promise.all(running.map(rosterSize))).toEqual([30, 30]);
    expect(lms.counts.tokenRequests).toBe(2);
  });

  it('gets another token when the platform has dropped this one early', async () => {
    lms.expireTokens();
    expect(await Promise.all(running.map(rosterSize))).toEqual([30, 30]);
    expect(lms.counts.tokenRequests).toBe(3);
  });
});
