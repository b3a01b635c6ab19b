import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import request from 'supertest';
import { LtiConfig } from '../../src/config/lti-config.js';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { LtiTestApp } from '../support/lti-app.js';
import { sql } from '../support/sql.js';

const PRIVATE_FIELDS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];

describe('our signing keys', () => {
  let lti: LtiTestApp;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterAll(() => lti.stop());

  const config = (): LtiConfig => lti.app.get<LtiConfig>(LtiConfig, { strict: false });

  it('are published in the form that platforms need, with a cache time', async () => {
    const { body, headers, type } = await request(lti.url).get('/lti/jwks.json').expect(200);
    expect(type).toBe('application/json');
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(body).toEqual({
      keys: [
        {
          kty: 'RSA',
          alg: 'RS256',
          use: 'sig',
          kid: expect.stringMatching(/^[\w-]{43}$/),
          e: 'AQAB',
          n: expect.stringMatching(/^[\w-]{342}$/),
        },
      ],
    });
    for (const field of PRIVATE_FIELDS) expect(body.keys[0]).not.toHaveProperty(field);
  });

  it('verify what they have signed', async () => {
    const jwt = await lti.app.get(ToolKeyService, { strict: false }).sign({ sub: 'us' });
    const keys = createRemoteJWKSet(new URL(lti.jwksUrl));
    await expect(jwtVerify(jwt, keys)).resolves.toMatchObject({ payload: { sub: 'us' } });
    const { body } = await request(lti.url).get('/lti/jwks.json');
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'RS256', typ: 'JWT', kid: body.keys[0].kid });
  });

  it('are encrypted at rest', async () => {
    const [row, ...more] = await sql(config().database.url, 'SELECT * FROM nest_lti.tool_key');
    expect(more).toEqual([]);
    expect(row?.sealed_private_key).toMatch(/^v1\.test\.[\w-]+$/);
    for (const field of PRIVATE_FIELDS) expect(row?.public_jwk).not.toHaveProperty(field);
    expect(JSON.stringify(row)).not.toContain('PRIVATE KEY');
    const encrypted = Buffer.from(String(row?.sealed_private_key).split('.')[2] ?? '', 'base64url');
    expect(encrypted.includes('PRIVATE KEY')).toBe(false);
  });

  it('stay the same over a restart', async () => {
    const { body } = await request(lti.url).get('/lti/jwks.json');
    const [{ id, key }] = config().encryptionKeys;
    const again = await LtiTestApp.start({
      database: { url: config().database.url },
      encryptionKeys: `${id}:${key.toString('base64')}`,
    });
    expect((await request(again.url).get('/lti/jwks.json')).body).toEqual(body);
    await again.stop();
  });
});
