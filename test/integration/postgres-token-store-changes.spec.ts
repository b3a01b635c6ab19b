import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type PostgresTokenStore } from '../../src/access-tokens/stores/postgres/postgres-token-store.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { sql } from '../support/sql.js';
import { TokenStoreDatabase } from '../support/token-store-database.js';
import { until } from '../support/until.js';

const LISTENERS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nest-lti-changes'`;
const BOUND_MS = 15_000;

describe('changes of tokens in Postgres', () => {
  let database: TokenStoreDatabase;
  let proxy: PostgresProxy;
  let writer: PostgresTokenStore;
  let reader: PostgresTokenStore;
  let heard: (string | undefined)[];
  let warn: jest.SpyInstance;
  let log: jest.SpyInstance;

  beforeAll(async () => {
    database = await TokenStoreDatabase.create();
    proxy = await PostgresProxy.start(database.url);
    writer = await database.open();
  });
  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    heard = [];
    reader = await database.open({ directUrl: proxy.url });
    reader.onChange((keyId) => heard.push(keyId));
    await hears(undefined);
  });
  afterEach(async () => {
    await reader.close();
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await database.drop();
    await proxy.stop();
  });

  const hears = (keyId: string | undefined) =>
    until(
      `word of ${String(keyId)}`,
      () => Promise.resolve(heard.includes(keyId) ? true : undefined),
      BOUND_MS,
    );

  async function changed(): Promise<string> {
    const key = new AccessTokenKey(randomUUID(), 1, ['a']);
    const lease = (await writer.acquire(key, { termMs: 10_000, holder: 'here' }))!;
    await writer.release(lease);
    return key.id;
  }

  const warnings = () => warn.mock.calls.map(([text]) => String(text));

  async function listening(): Promise<number> {
    const [row] = await sql<{ count: number }>(database.url, `SELECT count(*)::int ${LISTENERS}`);
    return row?.count ?? 0;
  }

  it('arrive over one connection, however many listeners there are, and it closes with the store', async () => {
    const ends = Array.from({ length: 5 }, () => reader.onChange(() => undefined));
    await hears(await changed());
    expect(await listening()).toBe(1);
    for (const end of ends) end();
    await reader.close();
    await until('the end of the connection', async () => ((await listening()) === 0 ? true : undefined));
    reader.onChange(() => undefined);
    expect(await listening()).toBe(0);
  });

  it('arrive again after the connection was closed, and listeners are notified of missed ones', async () => {
    heard.length = 0;
    await sql(database.url, `SELECT pg_terminate_backend(pid) ${LISTENERS}`);
    await hears(undefined);
    await hears(await changed());
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('do not arrive');
    expect(log.mock.calls.filter(([text]) => String(text).includes('arrive again'))).toHaveLength(1);
  });

  it('arrive again when a server is back that was down for several attempts; one warning, no password', async () => {
    heard.length = 0;
    await proxy.goAway();
    await until('a warning', () => Promise.resolve(warnings().length > 0 ? true : undefined), BOUND_MS);
    await proxy.comeBack();
    await hears(undefined);
    await hears(await changed());
    expect(warnings()).toHaveLength(1);
    expect(warnings().join()).not.toContain(new URL(database.url).password);
  });

  it('arrive again when the connection was open but silent', async () => {
    heard.length = 0;
    proxy.fallSilent();
    await until('a warning', () => Promise.resolve(warnings().length > 0 ? true : undefined), BOUND_MS);
    proxy.speakAgain();
    await hears(undefined);
    await hears(await changed());
    expect(warnings()).toHaveLength(1);
  });

  it('are sent to all listeners, also if one throws', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const told: unknown[] = [];
    reader.onChange(() => {
      throw new Error('of the listener');
    });
    reader.onChange((keyId) => told.push(keyId));
    for (let nth = 0; nth < 2; nth += 1) {
      const id = await changed();
      await until('word at the last listener', () => Promise.resolve(told.includes(id) ? true : undefined));
    }
    expect(error).toHaveBeenCalled();
    expect(warnings()).toEqual([]);
  });

  it('stop at once, while the server does not answer', async () => {
    proxy.fallSilent();
    await reader.close();
    proxy.speakAgain();
  });
});
