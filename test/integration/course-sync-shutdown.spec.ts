import { randomBytes } from 'node:crypto';
import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { sql } from '../support/sql.js';
import { idsOf, SyncedPlatform } from '../support/synced-platform.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';

const encryptionKeys = `test:${randomBytes(32).toString('base64')}`;

describe('a shutdown in mid-sync', () => {
  let database: TestDatabase;
  let first: LtiTestApp;
  let second: LtiTestApp;
  let synced: SyncedPlatform;
  const options = (concurrency?: number) => ({
    database: { url: database.url },
    encryptionKeys,
    ...(concurrency !== undefined && { courseSync: { concurrency } }),
  });
  /** Another process of the same tool. */
  const startSecond = async () => {
    second = await LtiTestApp.start(options(), first.clock);
    synced.moveTo(second);
  };
  const start = async (concurrency?: number) => {
    first = await LtiTestApp.start(options(concurrency));
    synced = await SyncedPlatform.start(first, { family: 'canvas' });
  };
  beforeEach(async () => (database = await createMigratedDatabase()));
  afterEach(async () => {
    await synced.stop();
    await second.stop();
    await database.drop();
  });

  it('returns the run to the queue and logs it, and the next process finishes it', async () => {
    await start();
    const course = await synced.addCourse(150);
    synced.platform.faults.add({ kind: 'latency', ms: 1000, on: 'memberships', after: 1 });
    const { id } = await synced.request(course);
    await first.clock.untilSleeping();
    await synced.untilRun(id, ({ counts }) => counts.pages === 1);
    await first.stop();
    expect(await sql(database.url, 'SELECT * FROM nest_lti.sync_run')).toMatchObject([
      {
        id,
        status: 'queued',
        error_code: 'sync_run_handed_back',
        retry_at: null,
        finished_at: null,
        added: 50,
        pages: 1,
      },
    ]);
    expect(await sql(database.url, 'SELECT id, state FROM nest_lti_jobs.job')).toEqual([
      { id, state: 'waiting' },
    ]);

    await startSecond();
    expect(await synced.untilEnded(id)).toMatchObject({
      status: 'completed',
      attempts: 2,
      counts: { added: 150, updated: 0, removed: 0, unchanged: 0, pages: 3 },
      error: null,
    });
    expect(await synced.memberIds(course)).toEqual(idsOf(course));
  });

  it('waits neither for a platform that hangs nor for one that asks to wait', async () => {
    await start();
    const hanging = await LoopbackServer.start(() => undefined);
    const atHanging = await synced.request(await synced.addCourse(3, hanging.url('/members')));
    await hanging.untilRequests(1);
    synced.platform.faults.add({ kind: 'throttle', retryAfter: 30, on: 'memberships', after: 1 });
    const atBusy = await synced.request(await synced.addCourse(150));
    await first.clock.untilSleeping();
    await first.stop();
    await hanging.stop();

    await startSecond();
    // The pause lasts longer than the process that was throttled.
    await first.clock.untilSleeping();
    first.clock.advance(30_000);
    expect(await synced.untilEnded(atBusy.id)).toMatchObject({ status: 'completed', attempts: 2 });
    expect(await synced.untilEnded(atHanging.id)).toMatchObject({
      status: 'failed',
      attempts: 2,
      error: { code: 'platform_unreachable' },
    });
  });

  it('leaves runs that have not started to the next process', async () => {
    await start(0);
    const runs = [
      await synced.request(await synced.addCourse(5)),
      await synced.request(await synced.addCourse(5)),
    ];
    await first.stop();

    await startSecond();
    for (const { id } of runs) {
      expect(await synced.untilEnded(id)).toMatchObject({
        status: 'completed',
        attempts: 1,
        counts: { added: 5 },
      });
    }
  });
});
