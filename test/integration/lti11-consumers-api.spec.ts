import { getDataSourceToken } from '@nestjs/typeorm';
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { type DataSource } from 'typeorm';
import { KeyRing } from '../../src/common/encryption.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { reencryptLti11Consumers } from '../../src/launch/lti11/lti11-consumer-reencryption.js';
import { Lti11SecretService } from '../../src/launch/lti11/lti11-secret.service.js';
import { LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';

const PATH = '/api/v1/lti11-consumers';
const OLD_KEY = { id: 'old', key: randomBytes(32) };

describe('consumers of LTI 1.1 by REST', () => {
  let database: TestDatabase;
  let lti: LtiTestApp;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    lti = await LtiTestApp.start({
      database: { url: database.url },
      encryptionKeys: `${OLD_KEY.id}:${OLD_KEY.key.toString('base64')}`,
    });
  });
  afterAll(async () => {
    await lti.stop();
    await database.drop();
  });

  const consumer = (changes: Record<string, unknown> = {}) => ({
    name: 'Campus',
    consumerKey: randomUUID(),
    ...changes,
  });
  const create = async (changes: Record<string, unknown> = {}) =>
    (await lti.api('post', PATH, consumer(changes)).expect(201)).body;
  const secretOf = async (consumerKey: string): Promise<string> =>
    (await lti.app.get(Lti11SecretService, { strict: false }).of(consumerKey)).secret;
  const register = async (): Promise<string> =>
    (await lti.api('post', '/api/v1/registrations', registrationBody({ clientId: randomUUID() })).expect(201))
      .body.id;

  it('generates a secret of 256 bits when none is given, and shows it once', async () => {
    const asked = consumer();
    const answer = await lti.api('post', PATH, asked).expect(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { secret, ...view } = answer.body;
    expect(view).toEqual({
      ...asked,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      registrationId: null,
      createdAt: lti.clock.now().toISOString(),
      updatedAt: lti.clock.now().toISOString(),
    });
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(await secretOf(asked.consumerKey)).toBe(secret);
    expect((await lti.api('get', `${PATH}/${view.id}`).expect(200)).body).toEqual(view);
    const { items } = (await lti.api('get', `${PATH}?limit=500`).expect(200)).body;
    expect(items).toContainEqual(view);
  });

  it('accepts the secret of the platform and never shows it', async () => {
    const registrationId = await register();
    const created = await create({ consumerKey: 'ключ & key', secret: 'old secret', registrationId });
    expect(created).toMatchObject({ consumerKey: 'ключ & key', registrationId });
    expect(created).not.toHaveProperty('secret');
    expect(await secretOf('ключ & key')).toBe('old secret');
  });

  it('encrypts the secret for its row', async () => {
    const { id } = await create({ secret: 'in the clear' });
    const dataSource = lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE));
    const [row] = await dataSource.query('SELECT * FROM nest_lti.lti11_consumer WHERE id = $1', [id]);
    expect(JSON.stringify(row)).not.toContain('in the clear');
    const ring = new KeyRing([OLD_KEY]);
    expect(ring.decrypt(row.sealed_secret, `lti11_consumer:${id}`)).toBe('in the clear');
    expect(() => ring.decrypt(row.sealed_secret, 'lti11_consumer:other')).toThrow(
      expect.objectContaining({ code: 'cannot_decrypt' }),
    );
  });

  it('refuses a second one with the same key, also at the same time, and names the first', async () => {
    const body = consumer();
    const answers = await Promise.all(Array.from({ length: 5 }, () => lti.api('post', PATH, body)));
    const [created, ...more] = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409).map((answer) => answer.body);
    expect([more.length, refused.length]).toEqual([0, 4]);
    for (const one of refused)
      expect(one).toMatchObject({ code: 'lti11_consumer_exists', id: created?.body.id });
  });

  it('changes name, secret and registration, and keeps the rest', async () => {
    const { secret, ...before } = await create();
    lti.clock.advance(1000);
    const registrationId = await register();
    const change = { name: 'New', secret: 'another', registrationId };
    const { body } = await lti.api('patch', `${PATH}/${before.id}`, change).expect(200);
    expect(body).toEqual({
      ...before,
      name: 'New',
      registrationId,
      updatedAt: lti.clock.now().toISOString(),
    });
    expect(await secretOf(before.consumerKey)).toBe('another');
    await lti.api('patch', `${PATH}/${before.id}`, { registrationId: null }).expect(200);
    expect(await secretOf(before.consumerKey)).toBe('another');
    expect(secret).not.toBe('another');
  });

  it('deletes a consumer: its secret is refused, and its key can be used again', async () => {
    const { id, consumerKey, secret } = await create();
    await lti.api('delete', `${PATH}/${id}`).expect(204, {});
    for (const call of [
      lti.api('get', `${PATH}/${id}`),
      lti.api('patch', `${PATH}/${id}`, { name: 'x' }),
      lti.api('delete', `${PATH}/${id}`),
    ]) {
      expect((await call.expect(404)).body).toMatchObject({ code: 'lti11_consumer_not_found' });
    }
    const found = await lti.app.get(Lti11SecretService, { strict: false }).of(consumerKey);
    expect(found.consumer).toBeUndefined();
    expect(found.secret).not.toBe(secret);
    expect((await create({ consumerKey })).id).not.toBe(id);
  });

  it('lists consumers in pages, the newest first or the oldest first', async () => {
    const made = [await create(), await create(), await create()].map(({ id }) => id);
    const seen = (await lti.readPages(`${PATH}?order=asc`)).map(({ id }) => id);
    expect(seen.slice(-3)).toEqual(made);
    expect(new Set(seen).size).toBe(seen.length);
    expect((await lti.readPages(`${PATH}?`)).map(({ id }) => id)).toEqual(seen.toReversed());
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ consumerKey: '' }, 'consumerKey'],
    [{ consumerKey: 'x'.repeat(256) }, 'consumerKey'],
    [{ consumerKey: 'a\0' }, 'consumerKey'],
    [{ consumerKey: 'copied\n' }, 'consumerKey'],
    [{ secret: ' copied' }, 'secret'],
    [{ secret: '' }, 'secret'],
    [{ secret: '\u{D800}' }, 'secret'],
    [{ registrationId: 'x' }, 'registrationId'],
    [{ encryptedSecret: 'x' }, 'encryptedSecret'],
  ])('refuses %j', async (fault, field) => {
    const { body } = await lti.api('post', PATH, consumer(fault)).expect(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
  });

  it('refuses an empty change, another key, and unknown registrations', async () => {
    const { id } = await create();
    await lti.api('patch', `${PATH}/${id}`, {}).expect(400);
    await lti.api('patch', `${PATH}/${id}`, { consumerKey: 'x' }).expect(400);
    const registrationId = randomUUID();
    for (const call of [
      lti.api('post', PATH, consumer({ registrationId })),
      lti.api('patch', `${PATH}/${id}`, { registrationId }),
    ]) {
      expect((await call.expect(404)).body).toMatchObject({ code: 'registration_not_found' });
    }
  });

  it('works without the old encryption key after re-encryption', async () => {
    const { consumerKey, secret } = await create();
    const newKey = { id: 'new', key: randomBytes(32) };
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const { count, unreadable } = await reencryptLti11Consumers(client, new KeyRing([newKey, OLD_KEY]));
      expect([count > 0, unreadable]).toEqual([true, []]);
      const { rows } = await client.query<{ id: string; sealed_secret: string }>(
        'SELECT id, sealed_secret FROM nest_lti.lti11_consumer WHERE consumer_key = $1',
        [consumerKey],
      );
      const [{ id, sealed_secret }] = rows as [(typeof rows)[0]];
      expect(new KeyRing([newKey]).decrypt(sealed_secret, `lti11_consumer:${id}`)).toBe(secret);
      expect((await reencryptLti11Consumers(client, new KeyRing([newKey, OLD_KEY]))).count).toBe(0);
    } finally {
      await client.end();
    }
  });
});
