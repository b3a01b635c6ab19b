import { type NamedLease } from '../../src/database/named-lease.js';
import { LeaseDatabase, type LeaseParty } from '../support/lease-database.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const LONG = { termMs: 60_000, waitMs: 20_000 };
const SHORT = { termMs: 600, waitMs: 20_000 };
const LOST = { code: 'lease_lost' };

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

async function isOver(): Promise<true | undefined> {
  const [row] = await sql<{ over: boolean }>(
    database.url,
    'SELECT expires_at <= clock_timestamp() AS over FROM nest_lti.lease',
  );
  return row?.over === true ? true : undefined;
}

/** Resolves when the lease's signal aborts, with the reason. */
function loss({ signal }: NamedLease): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
    if (signal.aborted) resolve(signal.reason);
  });
}

describe('a lease that was lost', () => {
  const take = () => sql(database.url, 'UPDATE nest_lti.lease SET holder = gen_random_uuid()');
  const expire = () => sql(database.url, 'UPDATE nest_lti.lease SET expires_at = clock_timestamp()');

  it('aborts the signal of its holder', async () => {
    const reason = await one.leases.hold(name, SHORT, async (lease) => {
      await take();
      return loss(lease);
    });
    expect(reason).toMatchObject({ code: 'lease_lost', status: 503, retryAt: expect.any(Date) as Date });
  });

  it.each([
    ['was taken by another', take],
    ['ran out', expire],
  ])('stops every write that checks it, because it %s', async (_, lose) => {
    await one.leases.hold(name, LONG, async (lease) => {
      await one.dataSource.transaction((manager) => lease.fence(manager));
      await lease.renew();
      await lose();
      const fenced = one.dataSource.transaction((manager) => lease.fence(manager));
      await expect(fenced).rejects.toMatchObject(LOST);
      expect(lease.signal.reason).toMatchObject(LOST);
      await expect(lease.renew()).rejects.toMatchObject(LOST);
    });
  });

  it('is not released for its new holder', async () => {
    await one.leases.hold(name, LONG, take);
    expect(await sql(database.url, 'SELECT 1 FROM nest_lti.lease')).toHaveLength(1);
  });

  it('aborts its signal by itself while the database does not answer', async () => {
    const way = await PostgresProxy.start(database.url);
    const far = await database.party(undefined, way.url);
    const reason = await far.leases.hold(name, SHORT, async (lease) => {
      way.fallSilent();
      const told = await loss(lease);
      way.speakAgain();
      return told;
    });
    expect(reason).toMatchObject(LOST);
    await far.dataSource.destroy();
    await way.stop();
  });
});

it('keeps other processes out until the transaction of a fence ends, even beyond the term', async () => {
  await one.leases.hold(name, SHORT, async (lease) => {
    await one.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      await until('the end of the term', isOver);
      expect(await other.leases.tryHold(name, SHORT, () => Promise.resolve())).toBeUndefined();
    });
    expect(await other.leases.hold(name, SHORT, () => Promise.resolve('free'))).toBe('free');
  });
});

it('ends the work when the signal of the caller aborts', async () => {
  const stopping = new AbortController();
  const reason = new Error('stopping');
  const held = one.leases.hold(name, { ...LONG, signal: stopping.signal }, (lease) => {
    stopping.abort(reason);
    return loss(lease);
  });
  expect(await held).toBe(reason);
});

it('gives no lease without a database, and says so in the error', async () => {
  const way = await PostgresProxy.start(database.url);
  const far = await database.party(undefined, way.url);
  await way.goAway();
  const unavailable = {
    code: 'database_unavailable',
    message: expect.stringContaining('127.0.0.1:') as string,
  };
  await expect(far.leases.hold(name, LONG, () => Promise.resolve())).rejects.toMatchObject(unavailable);
  await expect(far.leases.tryHold(name, LONG, () => Promise.resolve())).rejects.toMatchObject(unavailable);
  await way.comeBack();
  expect(await far.leases.hold(name, LONG, () => Promise.resolve('back'))).toBe('back');
  await far.dataSource.destroy();
  await way.stop();
});
