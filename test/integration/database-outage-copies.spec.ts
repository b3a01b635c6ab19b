import { Logger } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import request from 'supertest';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import { ScopeRefusalService } from '../../src/registrations/scope-refusal.service.js';
import { LtiTestApp } from '../support/lti-app.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { registrationBody } from '../support/registration-body.js';
import { sql } from '../support/sql.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const STALE_MS = 60_000;

describe('signing keys and registrations in an outage of the database', () => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let lti: LtiTestApp;
  let keys: ToolKeyService;
  let registrations: RegistrationService;
  let clientId = 0;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    proxy = await PostgresProxy.start(database.url);
    // Jobs do not use the proxy: the test is not about BullMQ.
    lti = await LtiTestApp.start({ database: { url: proxy.url, directUrl: database.url } });
    keys = lti.app.get(ToolKeyService, { strict: false });
    registrations = lti.app.get(RegistrationService, { strict: false });
  });
  afterEach(() => {
    proxy.stopAtReady(false);
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await lti.stop();
    await proxy.stop();
    await database.drop();
  });

  async function register(): Promise<string> {
    const body = { ...registrationBody(), clientId: `tool-${(clientId += 1)}` };
    return (await lti.api('post', '/api/v1/registrations', body).expect(201)).body.id as string;
  }

  const rename = (id: string, name: string) =>
    sql(database.url, `UPDATE nest_lti.registration SET name = '${name}' WHERE id = '${id}'`);

  const nameOf = async (id: string) => (await registrations.recall(id)).name;

  /** Waits until changes are visible after the end of the outage. */
  async function expectRecovery(id: string): Promise<void> {
    await rename(id, 'after');
    await until('the name of after the outage', async () => {
      lti.clock.advance(1000);
      return (await nameOf(id)) === 'after' ? true : undefined;
    });
    expect((await registrations.get(id)).name).toBe('after');
    lti.clock.advance(STALE_MS);
    await keys.jwks();
  }

  async function expectToGoOn(id: string): Promise<void> {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    for (let nth = 0; nth < 3; nth += 1) {
      const { kid } = decodeProtectedHeader(await keys.sign({ sub: 'us' }));
      const { body } = await request(lti.url).get('/lti/jwks.json').expect(200);
      expect(body.keys.map((key: { kid: string }) => key.kid)).toEqual([kid]);
      expect(await nameOf(id)).toBe('before');
    }
    expect(warn.mock.calls.map(([text]) => String(text)).sort()).toEqual([
      expect.stringContaining('registrations are served from the cache'),
      expect.stringContaining('signing keys are served from the cache'),
    ]);
  }

  it('are served from copies while it stops between the two statements of a read', async () => {
    const id = await register();
    await rename(id, 'before');
    expect(await nameOf(id)).toBe('before');
    proxy.stopAtReady(true);
    for (let nth = 0; nth < 3; nth += 1) {
      lti.clock.advance(STALE_MS);
      expect(await nameOf(id)).toBe('before');
    }
    proxy.stopAtReady(false);
    await expectRecovery(id);
  });

  it('are served from copies while it is stopped, and are read again after that', async () => {
    const id = await register();
    await rename(id, 'before');
    expect(await nameOf(id)).toBe('before');
    await proxy.goAway();
    lti.clock.advance(STALE_MS);
    await expectToGoOn(id);
    await expect(registrations.get(id)).rejects.toThrow();
    await proxy.comeBack();
    await expectRecovery(id);
  });

  it('are served from copies while it does not answer, and are read again after that', async () => {
    const id = await register();
    await rename(id, 'before');
    expect(await nameOf(id)).toBe('before');
    proxy.fallSilent();
    lti.clock.advance(STALE_MS);
    await expectToGoOn(id);
    proxy.speakAgain();
    await expectRecovery(id);
  });

  it('are read again once a minute: changes by other processes are seen then', async () => {
    const id = await register();
    await registrations.recall(id);
    await rename(id, 'elsewhere');
    expect(await nameOf(id)).not.toBe('elsewhere');
    lti.clock.advance(STALE_MS);
    expect(await nameOf(id)).toBe('elsewhere');
  });

  it('show changes by this process at once', async () => {
    const id = await register();
    const { revision } = await registrations.recall(id);
    await lti.api('patch', `/api/v1/registrations/${id}`, { name: 'changed' }).expect(200);
    expect(await registrations.recall(id)).toMatchObject({ name: 'changed', revision: revision + 1 });
    await lti.api('delete', `/api/v1/registrations/${id}`).expect(204);
    await expect(registrations.recall(id)).rejects.toMatchObject({ code: 'registration_not_found' });
  });

  it('show refused scopes at once', async () => {
    const id = await register();
    const registration = await registrations.recall(id);
    const [refused = '', ...granted] = registration.scopes;
    const outcome = { asked: [refused], granted, askedAt: lti.clock.now() };
    await lti.app.get(ScopeRefusalService, { strict: false }).store(registration, outcome);
    expect((await registrations.recall(id)).refusedScopes).toMatchObject([{ scope: refused }]);
  });
});
