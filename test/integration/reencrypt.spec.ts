import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { parseLtiConfig } from '../../src/config/lti-config.js';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { reencrypt } from '../../src/reencryption.js';
import { startStandalone } from '../../src/standalone.js';
import { AccessToken } from '../../src/token-store/access-token.js';
import { AccessTokenKey } from '../../src/token-store/access-token-key.js';
import { type RedisSettings } from '../../src/token-store/redis/redis-connection.js';
import { RedisTokenStore } from '../../src/token-store/redis/redis-token-store.js';
import { resealStoredTokens } from '../../src/token-store/stored-token-resealing.js';
import { TokenSeal } from '../../src/token-store/token-seal.js';
import { TokenStore } from '../../src/token-store/token-store.js';
import { type CompiledSource, compileSource } from '../support/compiled-source.js';
import { LtiTestApp } from '../support/lti-app.js';
import { openDirectory } from '../support/open-directory.js';
import { describeWithRedis, redisPrefix, testRedisUrl } from '../support/redis-fixture.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { ringOf } from '../support/token-store-database.js';

const keyText = (id: string): string => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
const ring = (...ids: string[]): string => ids.map(keyText).join(',');

const given = (databaseUrl: string, encryptionKeys: string) => ({
  DATABASE_URL: databaseUrl,
  PUBLIC_URL: 'https://tool.example.edu',
  ENCRYPTION_KEYS: encryptionKeys,
});
const LEASE = { termMs: 10_000, holder: 'here' };

const token = new AccessToken({
  value: 'bearer-of-the-platform',
  scopes: ['a'],
  issuedAt: new Date('2026-01-05T08:00:00Z'),
  expiresAt: new Date('2026-01-05T09:00:00Z'),
});

describe('keys:reencrypt', () => {
  let compiled: CompiledSource;
  let database: TestDatabase;
  beforeAll(async () => (compiled = await compileSource('src/reencrypt.ts')));
  beforeEach(async () => (database = await createTestDatabase()));
  afterEach(() => database.drop());
  afterAll(() => compiled.remove());

  /** The command in a process of its own, as an operator runs it. */
  function run(encryptionKeys: string): Promise<{ code: unknown; output: string }> {
    const env = { PATH: process.env.PATH ?? '', ...given(database.url, encryptionKeys) };
    return new Promise((resolve) => {
      execFile(process.execPath, [compiled.entry], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
      });
    });
  }

  const boot = (encryptionKeys: string): Promise<LtiTestApp> =>
    LtiTestApp.start({ database: { url: database.url }, encryptionKeys, tokenStore: 'postgres' });

  const store = (lti: LtiTestApp): TokenStore => lti.app.get<TokenStore>(TokenStore, { strict: false });

  async function commit(lti: LtiTestApp, key: AccessTokenKey): Promise<void> {
    const lease = await store(lti).acquire(key, LEASE);
    expect(await store(lti).commit(lease!, token)).toBe(true);
  }

  it('lets the old key go: rings k1, then k1 k2, then k2 k1, then k2', async () => {
    const key = new AccessTokenKey(randomUUID(), 1, ['a']);
    const first = await boot(ring('k1'));
    const { body: jwks } = await request(first.url).get('/lti/jwks.json').expect(200);
    await commit(first, key);
    await first.stop();
    // What still runs with the old order while the new one comes goes on reading.
    const running = await boot(ring('k1', 'k2'));
    const rotated = await boot(ring('k2', 'k1'));
    await expect(boot(ring('k2'))).rejects.toMatchObject({ code: 'wrong_encryption_keys' });

    const { code, output } = await run(ring('k2', 'k1'));
    expect(code).toBe(0);
    expect(output).toContain('tool_key: 1 sealed anew');
    expect(output).toContain('access_token: 1 sealed anew');
    expect(output).toContain('encryption_check: 1 sealed anew');
    expect(output).not.toContain(Buffer.alloc(32, 'k1').toString('base64'));
    expect(output).not.toContain(token.value);
    for (const lti of [running, rotated]) {
      lti.clock.advance(60_000);
      await lti.app.get(ToolKeyService, { strict: false }).sign({ sub: 'us' });
      expect((await store(lti).get(key))?.token?.value).toBe(token.value);
      await lti.stop();
    }

    const last = await boot(ring('k2'));
    expect((await request(last.url).get('/lti/jwks.json').expect(200)).body).toEqual(jwks);
    await last.app.get(ToolKeyService, { strict: false }).sign({ sub: 'us' });
    expect((await store(last).get(key))?.token?.value).toBe(token.value);
    await last.stop();
    await expect(boot(ring('k1'))).rejects.toMatchObject({ code: 'wrong_encryption_keys' });
  });

  it('names what does not open, leaves it as it is, seals the rest, and fails', async () => {
    const lti = await boot(ring('k1'));
    const [lost, kept] = [new AccessTokenKey('lost', 1, ['a']), new AccessTokenKey('kept', 1, ['a'])];
    for (const key of [lost, kept]) await commit(lti, key);
    await lti.stop();
    await sql(
      database.url,
      `UPDATE nest_lti.access_token SET sealed_token = 'v1.k0.AAAA' WHERE key_id = '${lost.id}'`,
    );
    await sql(
      database.url,
      `INSERT INTO nest_lti.tool_key SELECT 'other', algorithm, public_jwk, sealed_private_key, created_at, now() FROM nest_lti.tool_key`,
    );
    const { code, output } = await run(ring('k2', 'k1'));
    expect(code).toBe(1);
    expect(output).toContain(`access_token ${lost.id}: opens with no key of ENCRYPTION_KEYS`);
    expect(output).toContain('tool_key other: opens with no key of ENCRYPTION_KEYS');
    expect(output).toContain('tool_key: 1 sealed anew');
    expect(output).not.toContain(`access_token ${kept.id}`);
    const rows = await sql(database.url, 'SELECT key_id, sealed_token FROM nest_lti.access_token ORDER BY 1');
    expect(rows).toMatchObject([
      { key_id: kept.id, sealed_token: expect.stringMatching(/^v1\.k2\./) },
      { key_id: lost.id, sealed_token: 'v1.k0.AAAA' },
    ]);
  });

  it('says what is wrong with the database', async () => {
    const reencryptAt = (url: string) => reencrypt(loadEnvironment(given(url, ring('k1'))), () => undefined);
    await expect(reencryptAt(database.url)).rejects.toMatchObject({ code: 'migrations_pending' });
    await expect(reencryptAt('postgres://me@127.0.0.1:9/none')).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });

  it('works on the database of the service itself, but not while that runs, and makes none', async () => {
    const directory = await openDirectory('nest-lti-reencrypt-');
    const variables = { DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent' };
    const environment = loadEnvironment(variables);
    const start = () => startStandalone(environment, () => undefined);
    const reencryptHere = () => reencrypt(environment, () => undefined);
    await expect(reencryptHere()).rejects.toMatchObject({ code: 'nothing_to_reencrypt' });

    const file = join(directory, 'encryption-keys');
    await writeFile(file, ring('k1'));
    const service = await start();
    const { body: jwks } = await request(service.url).get('/lti/jwks.json');
    await expect(reencryptHere()).rejects.toMatchObject({ code: 'service_running' });
    await service.stop();

    await writeFile(file, ring('k2', 'k1'));
    expect(await reencryptHere()).toContainEqual({ table: 'tool_key', count: 1, unreadable: [] });
    await writeFile(file, ring('k2'));
    const again = await start();
    expect((await request(again.url).get('/lti/jwks.json').expect(200)).body).toEqual(jwks);
    await again.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  describeWithRedis('with tokens in Redis', () => {
    it('seals those', async () => {
      const { tokenStore, database: place } = parseLtiConfig({
        publicUrl: 'https://tool.example.edu',
        database: { url: database.url },
        tokenStore: { type: 'redis', url: testRedisUrl(), keyPrefix: redisPrefix() },
        encryptionKeys: ring('k1'),
      });
      const open = (id: string) =>
        RedisTokenStore.connect(tokenStore as RedisSettings, new TokenSeal(ringOf(id)));
      const key = new AccessTokenKey(randomUUID(), 1, ['a']);
      const before = await open('k1');
      await before.commit((await before.acquire(key, LEASE))!, token);
      await before.close();
      const resealed = await resealStoredTokens({ tokenStore, database: place }, ringOf('k2', 'k1'));
      expect(resealed).toEqual({ count: 1, unreadable: [] });
      const unread = await resealStoredTokens({ tokenStore, database: place }, ringOf('k3'));
      expect(unread).toEqual({ count: 0, unreadable: [key.id] });
      const after = await open('k2');
      expect((await after.get(key))?.token?.value).toBe(token.value);
      await after.deleteRegistration(key.registrationId);
      await after.close();
    });
  });
});
