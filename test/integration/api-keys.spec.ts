import { getRepositoryToken } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { ApiKey } from '../../src/access/api-key.entity.js';
import { ConfiguredApiKey } from '../../src/access/configured-api-key.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { Client } from 'pg';
import request from 'supertest';
import { ApiKeyService } from '../../src/access/api-key.service.js';
import { LtiConfig } from '../../src/config/lti-config.js';
import { API_KEY, LtiTestApp } from '../support/lti-app.js';
import { sql } from '../support/sql.js';
import { until } from '../support/until.js';

const BOOTSTRAP_ID = '00000000-0000-7000-8000-000000000001';
const UNKNOWN_ID = '01890000-0000-7000-8000-000000000000';

interface KeyView {
  id: string;
  name: string;
  scope: string;
  createdAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

describe('API keys by REST', () => {
  let lti: LtiTestApp;
  let databaseUrl: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ tokenStore: 'memory' });
    databaseUrl = lti.app.get<LtiConfig>(LtiConfig, { strict: false }).database.url;
  });
  afterAll(() => lti.stop());

  const create = async (scope = 'read', name = 'Grading'): Promise<KeyView & { key: string }> =>
    (await lti.api('post', '/api/v1/api-keys', { name, scope }).expect(201)).body;
  const as = (key: string, method: 'get' | 'post' | 'delete', path: string) =>
    request(lti.url)[method](path).set('Authorization', `Bearer ${key}`);
  const listed = async (id: string): Promise<KeyView | undefined> => {
    const { body } = await lti.api('get', '/api/v1/api-keys?limit=500').expect(200);
    return (body.items as KeyView[]).find((item) => item.id === id);
  };

  it('are created, shown once, and work at once', async () => {
    const { body, headers } = await lti
      .api('post', '/api/v1/api-keys', { name: ' Grading ', scope: 'read' })
      .expect(201);
    expect(headers['cache-control']).toBe('no-store');
    const { key, ...view } = body as KeyView & { key: string };
    expect(key).toMatch(/^nlti_[\w-]{43}$/);
    expect(view).toEqual({
      id: expect.any(String),
      name: 'Grading',
      scope: 'read',
      createdAt: lti.clock.now().toISOString(),
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(await listed(view.id)).toEqual(view);
    await as(key, 'get', '/api/v1/registrations').expect(200);
    await as(key, 'post', '/api/v1/syncs').expect(403);
  });

  it('can be created with a key that may write, and not with one that may read', async () => {
    const { key: readKey } = await create('read');
    const { key: writeKey, id } = await create('write');
    const refused = await as(readKey, 'post', '/api/v1/api-keys')
      .send({ name: 'x', scope: 'write' })
      .expect(403);
    expect(refused.body.code).toBe('api_key_read_only');
    await as(readKey, 'delete', `/api/v1/api-keys/${id}`).expect(403);
    await as(writeKey, 'post', '/api/v1/api-keys').send({ name: 'x', scope: 'write' }).expect(201);
  });

  it('are listed without a key or a hash, also to a key that may read', async () => {
    const { key } = await create('read');
    const { text } = await as(key, 'get', '/api/v1/api-keys?limit=500').expect(200);
    expect(text).not.toContain('nlti_');
    const rows = await sql<{ key_hash: string }>(databaseUrl, 'SELECT key_hash FROM nest_lti.api_key');
    expect(rows.length).toBeGreaterThan(1);
    for (const { key_hash: hash } of [...rows]) expect(text).not.toContain(hash);
    expect(JSON.stringify(rows)).not.toContain(key);
  });

  it('are listed page by page, the newest first or the oldest first', async () => {
    for (let count = 0; count < 3; count++) await create();
    const ids = (await lti.readPages('/api/v1/api-keys?order=asc')).map(({ id }) => id);
    const { body } = await lti.api('get', '/api/v1/api-keys?limit=500').expect(200);
    expect((body.items as KeyView[]).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(ids).toEqual([...ids].sort());
    expect(ids[0]).toBe(BOOTSTRAP_ID);
    expect((await lti.readPages('/api/v1/api-keys?')).map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it('can share a name, and can have any name that can be displayed', async () => {
    const names = [
      'Grading',
      'Grading',
      "Robert'); DROP TABLE api_key;--",
      '<script>',
      '成績 🎓',
      'x'.repeat(200),
    ];
    for (const name of names) expect((await create('read', name)).name).toBe(name);
  });

  it.each([
    ['no name', { scope: 'read' }, 'name'],
    ['an empty name', { name: '  ', scope: 'read' }, 'name'],
    ['a long name', { name: 'x'.repeat(201), scope: 'read' }, 'name'],
    ['a name of two lines', { name: 'a\r\nb', scope: 'read' }, 'name'],
    ['a name that colours the terminal', { name: '\u001b[31mred', scope: 'read' }, 'name'],
    ['a name that turns its reader around', { name: 'a\u202Eb', scope: 'read' }, 'name'],
    ['a name with NUL', { name: 'a\0b', scope: 'read' }, 'name'],
    ['no scope', { name: 'x' }, 'scope'],
    ['another scope', { name: 'x', scope: 'admin' }, 'scope'],
    ['a key of its own', { name: 'x', scope: 'read', key: 'nlti_mine' }, 'key'],
  ])('are not created with %s', async (_, body, field) => {
    const answer = await lti.api('post', '/api/v1/api-keys', body).expect(400);
    expect(answer.body.code).toBe('invalid_request');
    expect(answer.body.errors[0].field).toBe(field);
  });

  it('give no access once revoked, stay in the list, and can be revoked again', async () => {
    const { key, id } = await create('write');
    await as(key, 'get', '/api/v1/registrations').expect(200);
    await lti.api('delete', `/api/v1/api-keys/${id}`).expect(204);
    const { body } = await as(key, 'get', '/api/v1/registrations').expect(401);
    expect(body.code).toBe('api_key_rejected');
    const revokedAt = lti.clock.now().toISOString();
    lti.clock.advance(60_000);
    await lti.api('delete', `/api/v1/api-keys/${id}`).expect(204);
    expect(await listed(id)).toMatchObject({ revokedAt });
  });

  it('are answered with 404 when they are unknown or the id is not valid', async () => {
    const { body } = await lti.api('delete', `/api/v1/api-keys/${UNKNOWN_ID}`).expect(404);
    expect(body.code).toBe('api_key_not_found');
    await lti.api('delete', '/api/v1/api-keys/nlti_abc').expect(400);
  });

  it('cannot be revoked if they are in the configuration', async () => {
    const { body } = await lti.api('delete', `/api/v1/api-keys/${BOOTSTRAP_ID}`).expect(409);
    expect(body).toMatchObject({ code: 'api_key_configured' });
    expect(body.detail).toContain('ADMIN_API_KEY');
    await as(API_KEY, 'get', '/api/v1/registrations').expect(200);
  });

  it('of the configuration stay valid when a process starts without any configured', async () => {
    const keys = lti.app.get<Repository<ApiKey>>(getRepositoryToken(ApiKey, LTI_DATA_SOURCE), {
      strict: false,
    });
    const config = { ...lti.app.get<LtiConfig>(LtiConfig, { strict: false }), adminApiKey: undefined };
    await new ConfiguredApiKey(keys, config, lti.clock).onModuleInit();
    await as(API_KEY, 'get', '/api/v1/registrations').expect(200);
  });

  it('show their last use, to the minute', async () => {
    const { key, id } = await create('read');
    const usedAt = (at: Date) =>
      until('the last use', async () =>
        (await listed(id))?.lastUsedAt === at.toISOString() ? true : undefined,
      );
    const first = lti.clock.now();
    await Promise.all(Array.from({ length: 20 }, () => as(key, 'get', '/api/v1/registrations').expect(200)));
    await usedAt(first);
    lti.clock.advance(59_000);
    await as(key, 'get', '/api/v1/registrations').expect(200);
    lti.clock.advance(1000);
    await as(key, 'get', '/api/v1/registrations').expect(200);
    await usedAt(new Date(first.getTime() + 60_000));
  });

  it('work when their last use cannot be stored', async () => {
    const { key } = await create('read');
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    await sql(
      databaseUrl,
      `ALTER TABLE nest_lti.api_key ADD CONSTRAINT never_used CHECK (last_used_at IS NULL) NOT VALID`,
    );
    await as(key, 'get', '/api/v1/registrations').expect(200);
    await as(key, 'get', '/api/v1/registrations').expect(200);
    await sql(databaseUrl, 'ALTER TABLE nest_lti.api_key DROP CONSTRAINT never_used');
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('the last API keys that may write', () => {
  let lti: LtiTestApp;
  let keys: ApiKeyService;
  let first: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ tokenStore: 'memory', adminApiKey: undefined });
    keys = lti.app.get(ApiKeyService, { strict: false });
  });
  afterAll(() => lti.stop());

  const working = async (): Promise<string[]> => {
    const { items } = await keys.list({ limit: 500 }, (key) => key);
    expect(JSON.stringify(items)).not.toContain('Hash');
    return items
      .filter(({ scope, revokedAt }) => scope === 'write' && revokedAt === null)
      .map(({ id }) => id);
  };

  /** Runs two requests at once. Both wait for `lock` first, and then continue together. */
  async function atOnce<T>(lock: string, work: () => Promise<T>): Promise<T> {
    const { url } = lti.app.get<LtiConfig>(LtiConfig, { strict: false }).database;
    const bystander = new Client({ connectionString: url });
    await bystander.connect();
    await bystander.query(`BEGIN; ${lock}`);
    const result = work();
    await until('both at the gate', async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await sql(url, waiting)).length === 2 ? true : undefined;
    });
    await bystander.query('COMMIT');
    await bystander.end();
    return result;
  }

  it('are created as keys that may write when there are none', async () => {
    expect(await keys.exists()).toBe(false);
    await keys.create({ name: 'reads', scope: 'read' });
    expect(await keys.exists()).toBe(false);
    const made = await atOnce('LOCK TABLE nest_lti.api_key IN SHARE ROW EXCLUSIVE MODE', () =>
      Promise.all([keys.createFirst(), keys.createFirst()]),
    );
    first = made.find((key) => key !== undefined)!;
    expect(made.filter((key) => key !== undefined)).toEqual([expect.stringMatching(/^nlti_/)]);
    expect(await keys.exists()).toBe(true);
  });

  it('cannot all be revoked', async () => {
    const { info } = await keys.create({ name: 'writes', scope: 'write' });
    const revoke = (id: string) =>
      request(lti.url).delete(`/api/v1/api-keys/${id}`).set('Authorization', `Bearer ${first}`);
    await revoke(info.id).expect(204);
    const { body } = await revoke((await working())[0]!).expect(409);
    expect(body.code).toBe('last_write_key');
    await request(lti.url).get('/api/v1/api-keys').set('Authorization', `Bearer ${first}`).expect(200);
  });

  it('are not all revoked by two requests at the same time', async () => {
    await keys.create({ name: 'writes', scope: 'write' });
    const both = await working();
    expect(both).toHaveLength(2);
    const outcomes = await atOnce('SELECT FROM nest_lti.api_key FOR UPDATE', () =>
      Promise.allSettled(both.map((id) => keys.revoke(id))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'last_write_key' },
    });
    expect(await working()).toHaveLength(1);
  });
});
