import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { nestLti } from '../../src/commands/nest-lti.js';
import { parseLtiConfig } from '../../src/config/lti-config.js';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type RedisSettings } from '../../src/access-tokens/stores/redis/redis-connection.js';
import { RedisTokenStore } from '../../src/access-tokens/stores/redis/redis-token-store.js';
import { reencryptStoredTokens } from '../../src/access-tokens/stores/token-reencryption.js';
import { TokenCipher } from '../../src/access-tokens/token-cipher.js';
import { TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { type CommandRun, runCommandHere } from '../support/command-run.js';
import { LtiTestApp } from '../support/lti-app.js';
import { describeWithRedis, redisPrefix, testRedisUrl } from '../support/redis-fixture.js';
import { allowMadeUpRegistrations } from '../support/made-up-registrations.js';
import { sql } from '../support/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { ringOf } from '../support/key-ring.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const keyText = (id: string): string => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
const ring = (...ids: string[]): string => ids.map(keyText).join(',');
const LEASE = { termMs: 10_000, holder: 'here' };

const token = new AccessToken({
  value: 'bearer-of-the-platform',
  scopes: ['a'],
  issuedAt: new Date('2026-01-05T08:00:00Z'),
  expiresAt: new Date('2026-01-05T09:00:00Z'),
});

async function commit(store: TokenStore, key: AccessTokenKey): Promise<void> {
  expect(await store.commit((await store.acquire(key, LEASE))!, token)).toBe(true);
}

// The tests build on each other: each takes the database as the last one left it.
describe('nest-lti encryption-keys reencrypt', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  beforeEach(() => jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined));
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => database.drop());

  const run = (encryptionKeys: string, databaseUrl = database.url): Promise<CommandRun> =>
    runCommandHere(
      nestLti,
      { DATABASE_URL: databaseUrl, ENCRYPTION_KEYS: encryptionKeys },
      'encryption-keys',
      'reencrypt',
    );

  const boot = (encryptionKeys: string): Promise<LtiTestApp> =>
    LtiTestApp.start({ database: { url: database.url }, encryptionKeys, tokenStore: 'postgres' });

  const storeOf = (lti: LtiTestApp): TokenStore => lti.app.get<TokenStore>(TokenStore, { strict: false });

  it('reports what is wrong with the database', async () => {
    expect((await run(ring('k1'))).said).toMatch(/^migrations_pending: /);
    const nowhere = await run(ring('k1'), 'postgres://me@127.0.0.1:9/none');
    expect([nowhere.code, nowhere.answered]).toEqual([1, '']);
    expect(nowhere.said).toMatch(/^database_unavailable: /);
  });

  it('makes the old key unnecessary: rings k1 k2, then k2 k1, then k2', async () => {
    const key = new AccessTokenKey(randomUUID(), 1, ['a']);
    // Processes that still have the old order of keys can decrypt during the change.
    const running = await boot(ring('k1', 'k2'));
    await allowMadeUpRegistrations(database.url);
    const { body: jwks } = await request(running.url).get('/lti/jwks.json').expect(200);
    await commit(storeOf(running), key);
    const receiver = await WebhookReceiver.start();
    const { body: webhook } = await running
      .api('post', '/api/v1/webhooks', { url: receiver.url })
      .expect(201);
    const webhookPath = `/api/v1/webhooks/${webhook.id as string}`;
    const { body: renewed } = await running.api('post', `${webhookPath}/rotate-secret`).send({}).expect(200);
    const rotated = await boot(ring('k2', 'k1'));
    await expect(boot(ring('k2'))).rejects.toMatchObject({ code: 'wrong_encryption_keys' });

    const { code, answered, said } = await run(ring('k2', 'k1'));
    expect([code, said]).toEqual([0, '']);
    expect(answered).toContain('tool_key: 1 encrypted anew');
    expect(answered).toContain('access_token: 1 encrypted anew');
    expect(answered).toContain('encryption_check: 1 encrypted anew');
    // The secret, and the one that the rotation replaced.
    expect(answered).toContain('event_subscription: 2 encrypted anew');
    expect(answered).not.toContain(Buffer.alloc(32, 'k1').toString('base64'));
    expect(answered).not.toContain(token.value);
    for (const lti of [running, rotated]) {
      lti.clock.advance(60_000);
      await lti.app.get(ToolKeyService, { strict: false }).sign({ sub: 'us' });
      expect((await storeOf(lti).get(key))?.token?.value).toBe(token.value);
      await lti.stop();
    }

    const last = await boot(ring('k2'));
    expect((await request(last.url).get('/lti/jwks.json').expect(200)).body).toEqual(jwks);
    await last.app.get(ToolKeyService, { strict: false }).sign({ sub: 'us' });
    expect((await storeOf(last).get(key))?.token?.value).toBe(token.value);
    for (const { secret } of [webhook, renewed] as { secret: string }[]) {
      receiver.secret = secret;
      await last.api('post', `${webhookPath}/test`).expect(200, { isDelivered: true, status: 204 });
    }
    expect(receiver.unsigned).toEqual([]);
    await last.api('delete', webhookPath).expect(204);
    await receiver.stop();
    await storeOf(last).deleteRegistration(key.registrationId);
    await last.stop();
  });

  it('names what it cannot decrypt, leaves that unchanged, re-encrypts the rest, and fails', async () => {
    // In the order of their ids.
    const [kept, lost] = ['1', '2'].map(
      (end) => new AccessTokenKey(`0198a000-0000-7000-8000-00000000000${end}`, 1, ['a']),
    ) as [AccessTokenKey, AccessTokenKey];
    const cipher = new TokenCipher(ringOf('k2'));
    for (const { id, registrationId } of [lost, kept]) {
      const encrypted = id === lost.id ? 'v1.k0.AAAA' : cipher.encrypt({ id }, token.value);
      await sql(
        database.url,
        `INSERT INTO nest_lti.access_token (key_id, registration_id, sealed_token, token_hash, token_facts, keep_until)
         VALUES ('${id}', '${registrationId}', '${encrypted}', 'h', '{}', now())`,
      );
    }
    await sql(
      database.url,
      `INSERT INTO nest_lti.tool_key SELECT 'other', algorithm, public_jwk, sealed_private_key, created_at, now() FROM nest_lti.tool_key`,
    );
    const { code, answered, said } = await run(ring('k3', 'k2'));
    expect(code).toBe(1);
    expect(said).toContain(`access_token ${lost.id}: no key of ENCRYPTION_KEYS decrypts it`);
    expect(said).toContain('tool_key other: no key of ENCRYPTION_KEYS decrypts it');
    expect(said).toContain('secrets_unreadable: 2 secrets could not be decrypted');
    expect(said).not.toContain(kept.id);
    expect(answered).toContain('tool_key: 1 encrypted anew');
    expect(answered).not.toContain('the other keys may go');
    const rows = await sql(database.url, 'SELECT key_id, sealed_token FROM nest_lti.access_token ORDER BY 1');
    expect(rows).toMatchObject([
      { key_id: kept.id, sealed_token: expect.stringMatching(/^v1\.k3\./) },
      { key_id: lost.id, sealed_token: 'v1.k0.AAAA' },
    ]);
  });

  describeWithRedis('with tokens in Redis', () => {
    it('re-encrypts the tokens in Redis', async () => {
      const { tokenStore, database: place } = parseLtiConfig({
        publicUrl: 'https://tool.example.edu',
        database: { url: database.url },
        tokenStore: { type: 'redis', url: testRedisUrl(), keyPrefix: redisPrefix() },
        encryptionKeys: ring('k1'),
      });
      const open = (id: string) =>
        RedisTokenStore.connect(tokenStore as RedisSettings, new TokenCipher(ringOf(id)));
      const key = new AccessTokenKey(randomUUID(), 1, ['a']);
      const before = await open('k1');
      await before.commit((await before.acquire(key, LEASE))!, token);
      await before.close();
      const reencrypted = await reencryptStoredTokens({ tokenStore, database: place }, ringOf('k2', 'k1'));
      expect(reencrypted).toEqual({ count: 1, unreadable: [] });
      const unread = await reencryptStoredTokens({ tokenStore, database: place }, ringOf('k3'));
      expect(unread).toEqual({ count: 0, unreadable: [key.id] });
      const after = await open('k2');
      expect((await after.get(key))?.token?.value).toBe(token.value);
      await after.deleteRegistration(key.registrationId);
      await after.close();
    });
  });
});
