import request from 'supertest';
import { LtiConfig } from '../../src/config/lti-config.js';
import { API_KEY, LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';
import { sql } from '../support/sql.js';
import { createMigratedDatabase } from '../support/test-database.js';

describe('the keys to the API', () => {
  let lti: LtiTestApp;
  let databaseUrl: string;
  let readKey: string;
  let revokedKey: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ tokenStore: 'memory' });
    databaseUrl = lti.app.get<LtiConfig>(LtiConfig, { strict: false }).database.url;
    const create = async (scope: string): Promise<{ key: string; id: string }> =>
      (await lti.api('post', '/api/v1/api-keys', { name: scope, scope }).expect(201)).body;
    readKey = (await create('read')).key;
    const revoked = await create('write');
    revokedKey = revoked.key;
    await lti.api('delete', `/api/v1/api-keys/${revoked.id}`).expect(204);
  });
  afterAll(() => lti.stop());

  const get = (authorization?: string) => {
    const call = request(lti.url).get('/api/v1/registrations');
    return authorization === undefined ? call : call.set('Authorization', authorization);
  };

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['another scheme', `Basic ${Buffer.from(`key:${API_KEY}`).toString('base64')}`],
    ['no scheme', API_KEY],
    ['no key', 'Bearer'],
    ['an empty key', 'Bearer '],
    ['two keys', `Bearer ${API_KEY} ${API_KEY}`],
    ['an endless key', `Bearer ${'x'.repeat(5000)}`],
  ])('are required when there is %s', async (_, authorization) => {
    const { body, headers, type } = await get(authorization).expect(401);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ status: 401, code: 'api_key_required' });
    // RFC 6750 3: no error code where no token was sent.
    expect(headers['www-authenticate']).toBe('Bearer realm="nest-lti"');
  });

  it.each([
    ['unknown', () => 'not-a-key-of-this-service'],
    ['revoked', () => revokedKey],
    ['in other letters', () => API_KEY.toUpperCase()],
  ])('are refused when %s', async (_, keyOf) => {
    const key = keyOf();
    const { body, headers } = await get(`Bearer ${key}`).expect(401);
    expect(body).toMatchObject({ status: 401, code: 'api_key_rejected' });
    expect(headers['www-authenticate']).toBe('Bearer realm="nest-lti", error="invalid_token"');
    expect(JSON.stringify(body)).not.toContain(key);
  });

  it('are accepted in the header only, with the scheme in any case', async () => {
    await get(`bearer ${API_KEY}`).expect(200);
    await request(lti.url).get(`/api/v1/registrations?access_token=${API_KEY}`).expect(401);
    await request(lti.url).post('/api/v1/registrations').send({ access_token: API_KEY }).expect(401);
  });

  it('with the scope read only allow reading', async () => {
    const bearer = `Bearer ${readKey}`;
    const id = '00000000-0000-7000-8000-000000000001';
    await get(bearer).expect(200);
    await request(lti.url).head('/api/v1/registrations').set('Authorization', bearer).expect(200);
    for (const [method, path] of [
      ['post', '/api/v1/registrations'],
      ['patch', `/api/v1/registrations/${id}`],
      ['delete', `/api/v1/registrations/${id}`],
      ['post', '/api/v1/syncs'],
      ['post', '/api/v1/courses'],
    ] as const) {
      const call = request(lti.url)[method](path).set('Authorization', bearer).send(registrationBody());
      const { body, headers } = await call.expect(403);
      expect(body).toMatchObject({ status: 403, code: 'api_key_read_only' });
      expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
    expect((await get(bearer)).body).toEqual({ items: [] });
  });

  it('are checked before the body is read', async () => {
    await request(lti.url).post('/api/v1/registrations').send({ name: 1 }).expect(401);
  });

  it('are stored as hashes', async () => {
    const rows = await sql(databaseUrl, 'SELECT * FROM nest_lti.api_key');
    expect(rows).toHaveLength(3);
    for (const key of [API_KEY, readKey]) expect(JSON.stringify(rows)).not.toContain(key);
  });

  it.each(['/lti/jwks.json'])('are not required from platforms: %s', async (path) => {
    await request(lti.url).get(path).expect(200);
  });
});

describe('the key of the configuration', () => {
  it('is refused after another one is configured, and is kept by a process that has none configured', async () => {
    const database = await createMigratedDatabase();
    const statuses = async (adminApiKey: string | undefined): Promise<number[]> => {
      const encryptionKeys = `a:${Buffer.alloc(32, 1).toString('base64')}`;
      const app = await LtiTestApp.start({ database: { url: database.url }, encryptionKeys, adminApiKey });
      const answers = [API_KEY, 'another-key-for-tests-only'].map((key) =>
        request(app.url).get('/api/v1/registrations').set('Authorization', `Bearer ${key}`),
      );
      const seen = (await Promise.all(answers)).map(({ status }) => status);
      await app.stop();
      return seen;
    };
    expect(await statuses(API_KEY)).toEqual([200, 401]);
    expect(await statuses('another-key-for-tests-only')).toEqual([401, 200]);
    expect(await statuses(undefined)).toEqual([401, 200]);
    await database.drop();
  });
});
