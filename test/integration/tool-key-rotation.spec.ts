import { decodeProtectedHeader, exportPKCS8, generateKeyPair } from 'jose';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { nestLti } from '../../src/commands/nest-lti.js';
import { LtiConfig } from '../../src/config/lti-config.js';
import { KeyRotationService } from '../../src/keys/key-rotation.service.js';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { runCommandHere } from '../support/command-run.js';
import { registrationBody } from '../support/registration-body.js';
import { LtiTestApp } from '../support/lti-app.js';
import { sql } from '../support/sql.js';

const HOUR = 3_600_000;
const ring = `test:${randomBytes(32).toString('base64')}`;

describe('the rotation of signing keys', () => {
  let lti: LtiTestApp;
  let other: LtiTestApp;

  beforeEach(async () => {
    lti = await LtiTestApp.start({ encryptionKeys: ring, toolKeys: { rotateEvery: '90d' } });
    const { database } = lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    other = await LtiTestApp.start({ encryptionKeys: ring, database: { url: database.url } }, lti.clock);
  });
  afterEach(async () => {
    await other.stop();
    await lti.stop();
  });

  const kidOf = async (app: LtiTestApp, algorithm?: 'ES256') =>
    decodeProtectedHeader(await app.app.get(ToolKeyService).sign({ sub: 'us' }, algorithm)).kid;
  const published = async (app: LtiTestApp) =>
    ((await request(app.url).get('/lti/jwks.json')).body as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    );
  const keys = async () =>
    (await lti.api('get', '/api/v1/tool-keys').expect(200)).body.items as { kid: string; status: string }[];
  const states = async () => Object.fromEntries((await keys()).map(({ kid, status }) => [kid, status]));
  const pass = (ms: number) => lti.clock.advance(ms);

  it('publishes the next key for a day, signs with it then, and publishes the old one for a day more', async () => {
    const old = await kidOf(lti);
    // Without a body, as the documentation says.
    const { body } = await lti.api('post', '/api/v1/tool-keys/rotate').expect(201);
    expect(body).toMatchObject({ status: 'next', algorithm: 'RS256', publishedUntil: null });
    const { body: oldestFirst } = await lti.api('get', '/api/v1/tool-keys?order=asc').expect(200);
    expect(oldestFirst.items).toEqual((await keys()).toReversed());
    await lti.api('get', '/api/v1/tool-keys?order=newest').expect(400);
    pass(1000);
    for (const app of [lti, other]) {
      expect(await published(app)).toEqual([body.kid, old]);
      expect(await kidOf(app)).toBe(old);
    }
    pass(24 * HOUR);
    for (const app of [lti, other]) {
      expect(await kidOf(app)).toBe(body.kid);
      expect(await published(app)).toEqual([body.kid, old]);
    }
    pass(24 * HOUR);
    expect(await published(other)).toEqual([body.kid]);
    expect(await states()).toEqual({ [old ?? '']: 'retired', [body.kid]: 'active' });
    await lti.app.get(KeyRotationService).tick();
    expect(await states()).toEqual({ [body.kid]: 'active' });
  });

  it('refuses a second one while the next key waits, and bad input by its field', async () => {
    await lti.api('post', '/api/v1/tool-keys/rotate', { signAfter: '5m' }).expect(201);
    const second = await lti.api('post', '/api/v1/tool-keys/rotate', {}).expect(409);
    expect(second.body.code).toBe('key_rotation_under_way');
    for (const signAfter of ['4m', 5, null, '', 'soon']) {
      const { body } = await lti.api('post', '/api/v1/tool-keys/rotate', { signAfter }).expect(400);
      expect(body.errors[0].field).toBe('signAfter');
    }
    await lti.api('post', '/api/v1/tool-keys/rotate', { algorithm: 'HS256' }).expect(400);
    await lti.api('post', '/api/v1/tool-keys/..%2F/revoke', {}).expect(400);
    await lti.api('post', '/api/v1/tool-keys/unknown/revoke', {}).expect(404);
  });

  it('begins by itself in time, once for all processes', async () => {
    const old = await kidOf(lti);
    const tick = () => Promise.all([lti, other].map((app) => app.app.get(KeyRotationService).tick()));
    pass(89 * 24 * HOUR - 1000);
    await tick();
    expect(await keys()).toHaveLength(1);
    pass(1000);
    await tick();
    await tick();
    const { [old ?? '']: state, ...others } = await states();
    expect([state, Object.values(others)]).toEqual(['active', ['next']]);
    pass(24 * HOUR);
    expect(await kidOf(other)).not.toBe(old);
  });

  it('fails no token request and causes none at a platform that keeps our key set for an hour', async () => {
    const lms = await SimulatedPlatform.start({ clock: lti.clock, tokenLifeSeconds: 3600 });
    lms.addTool({ clientId: 'abc', jwksUrl: lti.jwksUrl, jwksCacheSeconds: 3600 });
    const { issuer, authorizationUrl, tokenUrl, jwksUrl } = lms;
    const { membershipsUrl: memberships } = lms.addCourse({ members: 1 });
    const { body } = await lti
      .api('post', '/api/v1/registrations', registrationBody({ issuer, authorizationUrl, tokenUrl, jwksUrl }))
      .expect(201);
    const registration = await lti.app.get(RegistrationService).get(body.id);
    const tokenOf = async (app: LtiTestApp) =>
      (await app.app.get(OAuthService).authenticate(registration, { memberships })).accessToken.value;
    await tokenOf(lti);
    await lti.api('post', '/api/v1/tool-keys/rotate', {}).expect(201);
    for (let hour = 1; hour <= 50; hour += 1) {
      pass(HOUR);
      await lti.app.get(KeyRotationService).tick();
      expect(await tokenOf(other)).toBe(await tokenOf(lti));
    }
    expect(lms.counts).toMatchObject({ tokenRequests: 51, tokensIssued: 51, rejected: {} });
    expect(await keys()).toHaveLength(1);
    await lms.stop();
  });

  it('ends a leaked key at once: the next signature of every process is by another key', async () => {
    const leaked = (await kidOf(lti)) ?? '';
    expect(await kidOf(other)).toBe(leaked);
    const { body } = await lti.api('post', `/api/v1/tool-keys/${leaked}/revoke`, {}).expect(200);
    expect(body).toMatchObject({ kid: leaked, status: 'revoked' });
    pass(1000);
    const successor = await kidOf(lti);
    expect(successor).not.toBe(leaked);
    expect(await kidOf(other)).toBe(successor);
    expect(await published(other)).toEqual([successor]);
    const { database } = lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    expect(
      await sql(database.url, `SELECT sealed_private_key FROM nest_lti.tool_key WHERE kid = '${leaked}'`),
    ).toEqual([{ sealed_private_key: null }]);
    // Its missing private part does not stop a new encryption key.
    const variables = { DATABASE_URL: database.url, ENCRYPTION_KEYS: ring };
    expect(await runCommandHere(nestLti, variables, 'encryption-keys', 'reencrypt')).toMatchObject({
      code: 0,
    });
    // A second run changes nothing.
    await lti.api('post', `/api/v1/tool-keys/${leaked}/revoke`, {}).expect(200);
    expect(await kidOf(lti)).toBe(successor);
  });

  it('lets the next key sign at once when the active one is revoked', async () => {
    const leaked = (await kidOf(lti)) ?? '';
    const { body: next } = await lti.api('post', '/api/v1/tool-keys/rotate', {}).expect(201);
    await lti.api('post', `/api/v1/tool-keys/${leaked}/revoke`, {}).expect(200);
    expect(await kidOf(lti)).toBe(next.kid);
  });

  it('signs with a stored private key where the embedder has brought a signer since', async () => {
    const { database } = lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    const refuse = () => Promise.reject(new Error('not a key of this signer'));
    const signer = { create: refuse, sign: refuse };
    const app = await LtiTestApp.start(
      { encryptionKeys: ring, database: { url: database.url }, toolKeys: { signer } },
      lti.clock,
    );
    expect(await kidOf(app)).toBe(await kidOf(lti));
    await expect(app.app.get(KeyRotationService).rotate()).rejects.toThrow('not a key of this signer');
    await app.stop();
  });

  it('creates a key for ES256 with the first signature that wants it, once for all processes', async () => {
    const [first, second] = await Promise.all([kidOf(lti, 'ES256'), kidOf(other, 'ES256')]);
    expect(first).toBe(second);
    const { body } = await request(lti.url).get('/lti/jwks.json');
    expect(body.keys.map(({ alg, crv, use }: Record<string, unknown>) => [alg, crv, use])).toContainEqual([
      'ES256',
      'P-256',
      'sig',
    ]);
  });

  it('imports a key from a file, signs with it at once with --sign-now, and exports it', async () => {
    const { database } = lti.app.get<LtiConfig>(LtiConfig, { strict: false });
    const variables = { DATABASE_URL: database.url, ENCRYPTION_KEYS: ring };
    const directory = mkdtempSync(join(tmpdir(), 'nest-lti-keys-'));
    const run = (...args: string[]) => runCommandHere(nestLti, variables, 'tool-keys', ...args);
    const file = (name: string, content: string) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    };
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportPKCS8(privateKey);
    expect(await run('import', file('key.pem', pem), '--sign-now')).toMatchObject({ code: 0 });
    const { answered } = await run('list');
    const kid = answered.slice(0, 43);
    expect(answered).toMatch(/^[\w-]{43} {2}RS256 {2}active/);
    expect((await run('export', kid)).answered.trim()).toBe(pem.trim());
    expect((await run('import', file('again.pem', pem))).said).toContain('is or was a signing key');
    expect((await run('import', file('bad.pem', 'no key'))).said).toContain('cannot be imported');
    expect((await run('export', 'unknown')).code).not.toBe(0);
  });
});
