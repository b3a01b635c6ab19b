import { PlatformHttp } from '../../src/platform-http/platform-http.service.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { LtiTestApp } from '../support/lti-app.js';
import { LimitedPlatform } from '../support/limited-platform.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { sql } from '../support/sql.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const LIMIT = { concurrencyPerPlatform: 4 };
/** For parts that are to end. */
const BRIEF = { times: { termMs: 1000 } };

let database: TestDatabase;
let platform: LimitedPlatform;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await platform.stop();
});

/** The slots that each process has by the platform's row, the most first. */
async function slots(): Promise<number[]> {
  const record = await platform.record();
  return (record?.holders ?? []).map((holder) => holder.slots).toSorted((one, other) => other - one);
}

function untilSlots(...expected: number[]): Promise<true> {
  return until(`slots ${expected.join(', ')}`, async () =>
    JSON.stringify(await slots()) === JSON.stringify(expected) ? true : undefined,
  );
}

const all = (count: number, status = 200): number[] => Array<number>(count).fill(status);

describe('the limit of one platform', () => {
  it('holds for all processes together, while they come, go and die', async () => {
    platform = await LimitedPlatform.start(database.url);
    const [first, second] = [await platform.process(LIMIT), await platform.process(LIMIT)];
    const [busy, briefly] = [new AbortController(), new AbortController()];
    const loads = [first, second].map((process) => platform.keepBusy(process, busy.signal));
    await untilSlots(2, 2);
    const third = await platform.process(LIMIT);
    loads.push(platform.keepBusy(third, briefly.signal));
    await untilSlots(2, 1, 1);
    briefly.abort();
    await loads[2];
    // Its part is nobody's until it ends.
    await third.die();
    await platform.load(first, 50);
    busy.abort();
    for (const statuses of await Promise.all(loads)) expect(new Set(statuses)).toEqual(new Set([200]));
    expect(platform.mostInFlight).toBe(4);
  });

  it('is the own of a process that is alone, and nobody has a part when all are idle', async () => {
    platform = await LimitedPlatform.start(database.url);
    const [one, other] = [await platform.process(LIMIT), await platform.process(LIMIT)];
    await platform.load(one, 20);
    expect(await slots()).toEqual([4]);
    await until('nothing', async () => ((await platform.record()) === undefined ? true : undefined));
    await platform.load(other, 20);
    expect(await slots()).toEqual([4]);
    await other.http.onApplicationShutdown();
    expect(await platform.record()).toBeUndefined();
  });

  it('is given back by an application that stops, before its connections to the database close', async () => {
    platform = await LimitedPlatform.start(database.url);
    const lti = await LtiTestApp.start({
      database: { url: database.url },
      platformHttp: { allowPrivateNetworks: true, ...LIMIT },
    });
    await lti.app.get(PlatformHttp, { strict: false }).send({ method: 'GET', url: platform.server.url() });
    expect(await slots()).toEqual([4]);
    await lti.stop();
    expect(await platform.record()).toBeUndefined();
  });

  it('is free again when a process that had all of it was killed', async () => {
    platform = await LimitedPlatform.start(database.url);
    const [one, other] = [await platform.process(LIMIT, BRIEF), await platform.process(LIMIT, BRIEF)];
    await platform.load(one, 1);
    await one.die();
    expect(await slots()).toEqual([4]);
    expect(await platform.load(other, 20)).toEqual(all(20));
    expect(await slots()).toEqual([4]);
  });

  it('goes round when there are more processes than it has slots', async () => {
    platform = await LimitedPlatform.start(database.url);
    const processes = await Promise.all([1, 2, 3].map(() => platform.process({ concurrencyPerPlatform: 1 })));
    const loads = processes.map((process) => platform.load(process, 20));
    expect(await Promise.all(loads)).toEqual([all(20), all(20), all(20)]);
    expect(platform.mostInFlight).toBe(1);
  });

  it('keeps a request without a slot waiting for 10 s, whatever its patience with the platform, and says when to come back', async () => {
    const clock = new FakeClock();
    let end: () => void = () => undefined;
    const after = new Promise<void>((resolve) => (end = resolve));
    platform = await LimitedPlatform.start(database.url, (nth) => ({
      status: 200,
      ...(nth === 1 && { after }),
    }));
    const [one, other] = [
      await platform.process({ concurrencyPerPlatform: 1 }),
      await platform.process({ concurrencyPerPlatform: 1 }, { clock }),
    ];
    const busy = platform.load(one, 1);
    await platform.server.untilRequests(1);
    const request = { method: 'GET', url: platform.server.url(), maxThrottleWaitMs: 50 } as const;
    const refused = expect(other.http.send(request)).rejects.toMatchObject({
      code: 'platform_throttled',
      reason: 'taken_by_others',
      retryAt: new Date(clock.nowMs() + 15_000),
    });
    await clock.untilSleeping();
    clock.advance(9999);
    expect(clock.sleeping).toBe(1);
    clock.advance(1);
    await refused;
    // What is urgent has slots of its own.
    const urgent = await other.http.send({ ...request, urgency: 'urgent' });
    expect(urgent.status).toBe(200);
    end();
    await busy;
  });

  it('can be one of requests in a second', async () => {
    platform = await LimitedPlatform.start(database.url);
    const options = { ...LIMIT, requestsPerSecond: 100 };
    const processes = [await platform.process(options), await platform.process(options)];
    const startedAt = performance.now();
    await Promise.all(processes.map((process) => platform.load(process, 30)));
    // 60 requests, less what may go at once at the beginning; no upper bound: the machine may be slow.
    expect(performance.now() - startedAt).toBeGreaterThan(350);
  });
});

describe('a refusal', () => {
  it('pauses and slows down the platform for all processes, and counts once', async () => {
    platform = await LimitedPlatform.start(database.url, (nth) =>
      nth > 4 ? { status: 200 } : { status: 429, headers: { 'retry-after': '20' } },
    );
    const [clock, otherClock] = [new FakeClock(), new FakeClock()];
    const one = await platform.process(LIMIT, { clock });
    const other = await platform.process(LIMIT, { clock: otherClock });
    const urgent = { method: 'GET', url: platform.server.url(), urgency: 'urgent' } as const;
    const refused = platform.load(one, 4);
    await clock.untilSleeping(4);
    await until('the pause', async () => (await platform.record())?.pause ?? undefined);

    const waiting = [other.http.send({ ...urgent, urgency: 'usual' }), other.http.send(urgent)];
    await otherClock.untilSleeping(2);
    expect(platform.server.requests).toHaveLength(4);
    expect((await platform.record())?.slowDown.level).toBe(0.5);
    otherClock.advance(20_000);
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    clock.advance(20_000);
    expect(await refused).toEqual(all(4));
  });

  it('outlives the process that met it, and leaves less for a while', async () => {
    platform = await LimitedPlatform.start(database.url, (nth) =>
      nth > 1 ? { status: 200 } : { status: 503, headers: { 'retry-after': '1' } },
    );
    const one = await platform.process(LIMIT);
    const impatient = { method: 'GET', url: platform.server.url(), maxThrottleWaitMs: 0 } as const;
    await expect(one.http.send(impatient)).rejects.toMatchObject({ reason: 'refused' });
    await one.http.onApplicationShutdown();
    // However long the test takes until it looks.
    await setSlowSince(60);
    const other = await platform.process(LIMIT);
    await expect(other.http.send(impatient)).rejects.toMatchObject({ reason: 'refused' });
    platform.mostInFlight = 0;
    await platform.load(other, 30);
    expect(platform.mostInFlight).toBe(2);

    // As if it were later: one eighth comes back each 5 s.
    for (const [seconds, most] of [
      [-10, 3],
      [-20, 4],
    ] as const) {
      await setSlowSince(seconds);
      await until(`${most} at once`, async () => {
        await platform.load(other, 30);
        return platform.mostInFlight === most ? true : undefined;
      });
    }
  });

  async function setSlowSince(seconds: number): Promise<void> {
    const since = `(extract(epoch FROM clock_timestamp()) + ${seconds}) * 1000`;
    await sql(
      database.url,
      `UPDATE nest_lti.platform_limit
       SET revision = gen_random_uuid(), record = jsonb_set(record, '{slowDown,since}', to_jsonb(${since}))
       WHERE record->'slowDown'->>'level' <> '1'`,
    );
  }
});

describe('without the database', () => {
  type Change = (proxy: PostgresProxy) => Promise<void> | void;

  it.each<[string, Change, Change]>([
    ['that is gone', (proxy) => proxy.goAway(), (proxy) => proxy.comeBack()],
    ['that is silent', (proxy) => proxy.fallSilent(), (proxy) => proxy.speakAgain()],
  ])('%s, requests go on with what each process had', async (_what, end, comeBack) => {
    platform = await LimitedPlatform.start(database.url);
    const proxy = await PostgresProxy.start(database.url);
    const settings = { ...BRIEF, url: proxy.url };
    const [one, other] = [await platform.process(LIMIT, settings), await platform.process(LIMIT, settings)];
    const busy = new AbortController();
    const loads = [one, other].map((process) => platform.keepBusy(process, busy.signal));
    await untilSlots(2, 2);
    await end(proxy);
    // Longer than any part lasts.
    await until('the end of the parts', async () => {
      const ends = (await platform.record())?.holders.map((holder) => holder.until) ?? [];
      return Math.max(...ends) < (await databaseNowMs()) ? true : undefined;
    });
    await Promise.all([platform.load(one, 20), platform.load(other, 20)]);
    await comeBack(proxy);
    await until('renewed parts', async () => {
      const ends = (await platform.record())?.holders.map((holder) => holder.until) ?? [];
      return ends.length === 2 && Math.min(...ends) > (await databaseNowMs()) ? true : undefined;
    });
    busy.abort();
    for (const statuses of await Promise.all(loads)) expect(new Set(statuses)).toEqual(new Set([200]));
    expect(platform.mostInFlight).toBe(4);
    await proxy.stop();
  });

  async function databaseNowMs(): Promise<number> {
    const statement = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
    const [row] = await sql<{ now: number }>(database.url, statement);
    return row?.now ?? 0;
  }
});
