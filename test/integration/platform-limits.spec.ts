import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { SlotTable } from '../../src/rate-limits/slot-table.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { LtiTestApp } from '../support/lti-app.js';
import { LimitedPlatform } from '../support/limited-platform.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const LIMIT = { concurrencyPerPlatform: 4 };
/** The time-out of tests in which slots expire. */
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

/** The slots of each process in the database, the most first. */
async function slots(): Promise<number[]> {
  return (await platform.users()).map((user) => user.slots);
}

function untilSlots(...expected: number[]): Promise<true> {
  return until(`slots ${expected.join(', ')}`, async () =>
    JSON.stringify(await slots()) === JSON.stringify(expected) ? true : undefined,
  );
}

const all = (count: number, status = 200): number[] => Array<number>(count).fill(status);

describe('the limit of one platform', () => {
  it('applies to all processes together, while they start, stop and are killed', async () => {
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
    // Its slots stay taken until they expire.
    await third.die();
    await platform.load(first, 50);
    busy.abort();
    for (const statuses of await Promise.all(loads)) expect(new Set(statuses)).toEqual(new Set([200]));
    expect(platform.mostInFlight).toBe(4);
  });

  it('is given to a process that is alone, and to no process when all are idle', async () => {
    platform = await LimitedPlatform.start(database.url);
    const [one, other] = [await platform.process(LIMIT), await platform.process(LIMIT)];
    await platform.load(one, 20);
    expect(await slots()).toEqual([4]);
    await untilSlots();
    await platform.load(other, 20);
    expect(await slots()).toEqual([4]);
    await other.http.onApplicationShutdown();
    expect(await slots()).toEqual([]);
  });

  it('is released by an application that stops, before its connections to the database close', async () => {
    platform = await LimitedPlatform.start(database.url);
    const lti = await LtiTestApp.start({
      database: { url: database.url },
      platformHttp: { allowPrivateNetworks: true, ...LIMIT },
    });
    await lti.app
      .get(PlatformHttpService, { strict: false })
      .send({ method: 'GET', url: platform.server.url() });
    expect(await slots()).toEqual([4]);
    await lti.stop();
    expect(await slots()).toEqual([]);
  });

  it('is free again when a process that had all of it was killed', async () => {
    platform = await LimitedPlatform.start(database.url);
    const [one, other] = [await platform.process(LIMIT, BRIEF), await platform.process(LIMIT, BRIEF)];
    await platform.load(one, 1);
    await one.die();
    expect(await slots()).toEqual([4]);
    expect(await platform.load(other, 20)).toEqual(all(20));
    expect(await slots()).toEqual([4]);
    await other.die();
    // As if the database's clock had been set back.
    await platform.change('rate_limit_user', `expires_at = expires_at + interval '1 hour'`);
    expect(await platform.load(await platform.process(LIMIT), 20)).toEqual(all(20));
    expect(await slots()).toEqual([4]);
  });

  it('is passed around when there are more processes than slots', async () => {
    platform = await LimitedPlatform.start(database.url);
    const processes = await Promise.all([1, 2, 3].map(() => platform.process({ concurrencyPerPlatform: 1 })));
    const loads = processes.map((process) => platform.load(process, 20));
    expect(await Promise.all(loads)).toEqual([all(20), all(20), all(20)]);
    expect(platform.mostInFlight).toBe(1);
  });

  it('makes a request without a slot wait for 10 s, whatever its time-out, and says when to try again', async () => {
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
    // Urgent requests have their own slots.
    const urgent = await other.http.send({ ...request, urgency: 'urgent' });
    expect(urgent.status).toBe(200);
    end();
    await busy;
  });

  it('can be a number of requests per second', async () => {
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
    await until('the refusal in the database', () => platform.level());

    const waiting = [other.http.send({ ...urgent, urgency: 'usual' }), other.http.send(urgent)];
    await otherClock.untilSleeping(2);
    expect(platform.server.requests).toHaveLength(4);
    expect(await platform.level()).toBe(0.5);
    otherClock.advance(20_000);
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    clock.advance(20_000);
    expect(await refused).toEqual(all(4));
  });

  it('of several processes during one cooldown keeps the lowest level and the latest end, and counts again after it', async () => {
    platform = await LimitedPlatform.start(database.url);
    const dataSource = await new DataSource(dataSourceOptions(database.url, 1)).initialize();
    const table = new SlotTable(dataSource, randomUUID());
    const { origin } = new URL(platform.server.url());
    const read = async () => (await table.read([origin], 1000, 0))[0]?.refusal;
    await table.refuse(origin, { level: 0.25, since: 0, measured: 40 }, 20_000);
    await table.refuse(origin, { level: 0.5, since: 0, measured: null }, 1000);
    const refusal = await read();
    expect(refusal).toMatchObject({ level: 0.25, measured: 40 });
    for (const end of [refusal?.since, refusal?.cooldownEnd]) expect(end).toBeGreaterThan(1000);
    await platform.change('rate_limit', 'cooldown_until = clock_timestamp()');
    await table.refuse(origin, { level: 0.5, since: 0, measured: 30 }, 1000);
    expect(await read()).toMatchObject({ level: 0.5, measured: 30 });
    await dataSource.destroy();
  });

  it('stays in effect after the process that met it has ended, and lowers the limit for a while', async () => {
    platform = await LimitedPlatform.start(database.url, (nth) =>
      nth > 1 ? { status: 200 } : { status: 503, headers: { 'retry-after': '1' } },
    );
    const one = await platform.process(LIMIT);
    const impatient = { method: 'GET', url: platform.server.url(), maxThrottleWaitMs: 0 } as const;
    await expect(one.http.send(impatient)).rejects.toMatchObject({ reason: 'refused' });
    await one.http.onApplicationShutdown();
    // However long the test takes until it looks.
    await recoverIn(60);
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
      await recoverIn(seconds);
      await until(`${most} at once`, async () => {
        await platform.load(other, 30);
        return platform.mostInFlight === most ? true : undefined;
      });
    }
  });

  function recoverIn(seconds: number): Promise<void> {
    return platform.change('rate_limit', `recovers_at = clock_timestamp() + ${seconds} * interval '1 s'`);
  }
});

describe('without the database', () => {
  type Change = (proxy: PostgresProxy) => Promise<void> | void;

  it.each<[string, Change, Change]>([
    ['that is gone', (proxy) => proxy.goAway(), (proxy) => proxy.comeBack()],
    ['that is silent', (proxy) => proxy.fallSilent(), (proxy) => proxy.speakAgain()],
  ])('%s, requests continue with the slots of each process', async (_what, end, comeBack) => {
    platform = await LimitedPlatform.start(database.url);
    const proxy = await PostgresProxy.start(database.url);
    const settings = { ...BRIEF, url: proxy.url };
    const [one, other] = [await platform.process(LIMIT, settings), await platform.process(LIMIT, settings)];
    const busy = new AbortController();
    const loads = [one, other].map((process) => platform.keepBusy(process, busy.signal));
    await untilSlots(2, 2);
    await end(proxy);
    await until('expired slots', async () =>
      (await platform.users()).every(({ isAlive }) => !isAlive) ? true : undefined,
    );
    await Promise.all([platform.load(one, 20), platform.load(other, 20)]);
    await comeBack(proxy);
    await until('renewed slots', async () => {
      const users = await platform.users();
      return users.length === 2 && users.every(({ isAlive }) => isAlive) ? true : undefined;
    });
    busy.abort();
    for (const statuses of await Promise.all(loads)) expect(new Set(statuses)).toEqual(new Set([200]));
    expect(platform.mostInFlight).toBe(4);
    await proxy.stop();
  });

  it('held up on its way, removes no process that could not renew its slots meanwhile', async () => {
    platform = await LimitedPlatform.start(database.url);
    const dataSource = await new DataSource(dataSourceOptions(database.url, 1)).initialize();
    const [own, other] = [randomUUID(), randomUUID()];
    const { origin } = new URL(platform.server.url());
    const user = { origin, wanted: 2, sent: null, concurrency: 4, perSecond: null };
    for (const id of [own, other]) await new SlotTable(dataSource, id).renew([user], 4000);
    const expire = (id: string, seconds: number) =>
      dataSource.query(
        `UPDATE nest_lti.rate_limit_user SET expires_at = clock_timestamp() + $2 * interval '1 s' WHERE process_id = $1`,
        [id, seconds],
      );
    await expire(other, -1);
    // As if the statement had been held up since the last renewal of its process.
    await expire(own, 1);
    await new SlotTable(dataSource, own).removeExpired(2000);
    expect(await platform.users()).toHaveLength(2);
    await expire(own, 4);
    await new SlotTable(dataSource, own).removeExpired(2000);
    expect(await platform.users()).toEqual([{ slots: 0, isAlive: true }]);
    await dataSource.destroy();
  });

  it('gives a process that cannot reach it yet the slots that have expired meanwhile', async () => {
    platform = await LimitedPlatform.start(database.url);
    const proxies = [await PostgresProxy.start(database.url), await PostgresProxy.start(database.url)];
    const processes = await Promise.all(proxies.map(({ url }) => platform.process(LIMIT, { url })));
    const busy = new AbortController();
    const loads = processes.map((process) => platform.keepBusy(process, busy.signal));
    await untilSlots(2, 2);
    const warn = jest.spyOn(Logger.prototype, 'warn');
    for (const proxy of proxies) await proxy.goAway();
    await until('two warnings', () => Promise.resolve(warn.mock.calls.length >= 2 || undefined));
    warn.mockRestore();
    await platform.change('rate_limit_user', 'expires_at = clock_timestamp()');
    await proxies[0]?.comeBack();
    await until('renewed slots', async () =>
      (await platform.users()).some(({ isAlive }) => isAlive) ? true : undefined,
    );
    await platform.load(processes[0]!, 50);
    const kept = await slots();
    busy.abort();
    await Promise.all(loads);
    expect(kept).toEqual([2, 2]);
    expect(platform.mostInFlight).toBe(4);
    for (const proxy of proxies) await proxy.stop();
  });
});
