import { setTimeout as delay } from 'node:timers/promises';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { LeaseDatabase, type LeaseParty } from '../support/lease-database.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const LONG = { termMs: 60_000, waitMs: 20_000 };
const SHORT = { termMs: 600, waitMs: 20_000 };

let database: LeaseDatabase;
let one: LeaseParty;
let other: LeaseParty;
let names = 0;
let name: string;

beforeAll(async () => {
  database = await LeaseDatabase.create();
  [one, other] = [await database.party(), await database.party()];
});

afterAll(() => database.drop());

beforeEach(async () => {
  name = `work ${++names}`;
  await sql(database.url, 'DELETE FROM nest_lti.lease');
});

/** The rows of leases; a test has at most one. */
async function row(): Promise<Record<string, unknown> | undefined> {
  const [first] = await sql(database.url, 'SELECT holder, held_by, expires_at FROM nest_lti.lease');
  return first;
}

describe('a lease', () => {
  it('has one holder at a time, in one process and in several', async () => {
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++holders);
      await delay(1);
      holders -= 1;
    };
    const parties = [one, other, await database.party()];
    const all = Array.from({ length: 30 }, (_, nth) => parties[nth % 3]!.leases.hold(name, LONG, work));
    await Promise.all(all);
    expect(most).toBe(1);
    expect(await row()).toBeUndefined();
  });

  it('is given to the callers of one process in the order of their requests', async () => {
    const order: number[] = [];
    const all = Array.from({ length: 5 }, (_, nth) =>
      one.leases.hold(name, LONG, () => Promise.resolve(order.push(nth))),
    );
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('of another name is independent, however long and unusual the names are', async () => {
    const long = `https://lms.example.edu/\0/${'x'.repeat(20_000)}`;
    const inner = await one.leases.hold(`${long}1`, LONG, () =>
      other.leases.hold(`${long}2`, LONG, () => Promise.resolve('both')),
    );
    expect(inner).toBe('both');
  });

  it('names its holder', async () => {
    const held = await one.leases.hold(name, LONG, async ({ id }) => ({ id, row: await row() }));
    expect(held.row).toMatchObject({
      holder: held.id,
      held_by: expect.stringMatching(`:${process.pid}$`) as string,
    });
  });

  it('is released when the work fails', async () => {
    const failure = new Error('the work');
    await expect(one.leases.hold(name, LONG, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await row()).toBeUndefined();
    expect(await one.leases.tryHold(name, LONG, () => Promise.resolve(1))).toEqual({ result: 1 });
  });

  it('is extended beyond its term while the work lasts', async () => {
    await one.leases.hold(name, SHORT, async ({ signal }) => {
      const first = (await row())?.expires_at as Date;
      await until('the end of the first term', async () => {
        const [now] = await sql<{ now: Date }>(database.url, 'SELECT clock_timestamp() AS now');
        return now!.now > first ? true : undefined;
      });
      expect(await other.leases.tryHold(name, SHORT, () => Promise.resolve())).toBeUndefined();
      expect(signal.aborted).toBe(false);
    });
  });

  it('of a holder that died is free after its term, and not before', async () => {
    await sql(
      database.url,
      `INSERT INTO nest_lti.lease SELECT '${(await rowNameOf(name))!}', gen_random_uuid(), 'dead:1',
        clock_timestamp() + interval '400 milliseconds'`,
    );
    const end = (await row())?.expires_at as Date;
    expect(await one.leases.tryHold(name, LONG, () => Promise.resolve())).toBeUndefined();
    const [taken] = await one.leases.hold(name, LONG, () =>
      sql<{ now: Date }>(database.url, 'SELECT clock_timestamp() AS now'),
    );
    expect(taken!.now.getTime()).toBeGreaterThanOrEqual(end.getTime());
  });

  it('of a name that no process asks for again is deleted after a day', async () => {
    await sql(
      database.url,
      `INSERT INTO nest_lti.lease VALUES
        ('dead', gen_random_uuid(), 'dead:1', clock_timestamp() - interval '25 hours'),
        ('late', gen_random_uuid(), 'late:1', clock_timestamp() - interval '23 hours')`,
    );
    await one.leases.hold(name, LONG, () => Promise.resolve());
    expect(await sql(database.url, 'SELECT name FROM nest_lti.lease')).toEqual([{ name: 'late' }]);
  });
});

describe('waiting for a lease', () => {
  let clock: FakeClock;
  let patient: LeaseParty;
  let letGo: () => void;
  let held: Promise<void>;

  beforeEach(async () => {
    clock = new FakeClock();
    patient = await database.party(clock);
    await new Promise<void>((begun) => {
      held = other.leases.hold(name, LONG, () => {
        begun();
        return new Promise<void>((resolve) => (letGo = resolve));
      });
    });
  });

  afterEach(async () => {
    letGo();
    await held;
  });

  it('has a bound, and the error says when to try again', async () => {
    const terms = { termMs: 5000, waitMs: 1000 };
    const waits = [1, 2].map(() => patient.leases.hold(name, terms, () => Promise.resolve()));
    const ends = Promise.allSettled(waits);
    // Each has a bound for its wait, and only the first one polls.
    await clock.untilSleeping(3);
    clock.advance(1000);
    const retryAt = new Date(clock.nowMs() + 5000);
    const busy = { reason: expect.objectContaining({ code: 'lease_busy', status: 503, retryAt }) as Error };
    expect(await ends).toMatchObject([busy, busy]);
  });

  it('ends when the caller aborts, and the next one in the queue gets the lease', async () => {
    const impatient = new AbortController();
    const reason = new Error('no more');
    const work = jest.fn(() => Promise.resolve());
    const waits = [1, 2].map(() => patient.leases.hold(name, { ...LONG, signal: impatient.signal }, work));
    const ends = Promise.allSettled(waits);
    const next = patient.leases.hold(name, LONG, () => Promise.resolve('next'));
    await clock.untilSleeping(4);
    impatient.abort(reason);
    expect(await ends).toMatchObject([{ reason }, { reason }]);
    letGo();
    await held;
    await until('the next one', async () => {
      clock.advance(250);
      return Promise.race([next, delay(10, undefined)]);
    });
    expect(work).not.toHaveBeenCalled();
    expect(clock.sleeping).toBe(0);
  });

  it('is optional', async () => {
    const work = jest.fn(() => Promise.resolve());
    expect(await one.leases.tryHold(name, LONG, work)).toBeUndefined();
    expect(await other.leases.tryHold(name, LONG, work)).toBeUndefined();
    expect(work).not.toHaveBeenCalled();
  });
});

/** The name of the lease's row. */
async function rowNameOf(leaseName: string): Promise<string | undefined> {
  const [held] = await one.leases.hold(leaseName, LONG, () =>
    sql<{ name: string }>(database.url, 'SELECT name FROM nest_lti.lease'),
  );
  return held?.name;
}
