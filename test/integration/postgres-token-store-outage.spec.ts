import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { TokenStoreUnavailable } from '../../src/access-tokens/access-token.errors.js';
import { type PostgresTokenStore } from '../../src/access-tokens/stores/postgres/postgres-token-store.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { sql } from '../support/sql.js';
import { TokenStoreDatabase } from '../support/token-store-database.js';

const HELD = { termMs: 60_000, holder: 'here:1' };

describe('an outage of the token store in Postgres', () => {
  let database: TokenStoreDatabase;
  let proxy: PostgresProxy;
  let store: PostgresTokenStore;
  beforeAll(async () => {
    database = await TokenStoreDatabase.create();
    proxy = await PostgresProxy.start(database.url);
    store = await database.open({ url: proxy.url });
  });
  afterAll(async () => {
    await database.drop();
    await proxy.stop();
  });

  const key = new AccessTokenKey(randomUUID(), 1, ['a']);
  const token = new AccessToken({
    value: 'bearer',
    scopes: ['a'],
    issuedAt: new Date('2026-01-05T08:00:00Z'),
    expiresAt: new Date('2026-01-05T09:00:00Z'),
  });
  const failure = { kind: 'failed', message: 'x', retryAt: token.expiresAt, attempts: 1 } as const;

  /** Calls every method once. */
  async function outcomes(): Promise<PromiseSettledResult<unknown>[]> {
    const lease = { key, id: randomUUID() };
    return Promise.allSettled([
      store.get(key),
      store.acquire(key, HELD),
      store.extend(lease, 1000),
      store.commit(lease, token),
      store.fail(lease, failure),
      store.release(lease),
      store.delete(key),
      store.deleteRegistration(key.registrationId),
      store.list(key.registrationId),
      store.reencryptAll(),
    ]);
  }

  async function expectAllRejected(): Promise<void> {
    for (const outcome of await outcomes()) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(TokenStoreUnavailable) });
      const { reason } = outcome as PromiseRejectedResult;
      expect(isNativeError((reason as Error).cause)).toBe(true);
      expect(inspect(reason, { depth: Infinity })).not.toContain(new URL(database.url).password);
    }
  }

  it('makes every method reject, which is never a miss, and ends by itself', async () => {
    expect(await store.commit((await store.acquire(key, HELD))!, token)).toBe(true);
    // The first statements get connections whose end has not been read.
    const gone = proxy.goAway();
    await expectAllRejected();
    await gone;
    await expectAllRejected();
    await proxy.comeBack();
    expect((await store.get(key))?.token?.value).toBe('bearer');
  });

  it('includes a database that refuses the statements', async () => {
    await sql(database.url, 'ALTER TABLE nest_lti.access_token RENAME TO elsewhere');
    await expectAllRejected();
    await expect(store.get(key)).rejects.toThrow('"nest_lti.access_token" does not exist');
    await sql(database.url, 'ALTER TABLE nest_lti.elsewhere RENAME TO access_token');
    expect((await store.get(key))?.token?.value).toBe('bearer');
  });

  it('loses no lease: a holder that could not reach the database commits when it is back', async () => {
    const lease = (await store.acquire(key, HELD))!;
    const gone = proxy.goAway();
    await expect(store.extend(lease, HELD.termMs)).rejects.toThrow(TokenStoreUnavailable);
    await gone;
    await proxy.comeBack();
    expect(await store.extend(lease, HELD.termMs)).toBe(true);
    expect(await store.commit(lease, token)).toBe(true);
  });
});
