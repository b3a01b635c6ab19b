import { getDataSourceToken } from '@nestjs/typeorm';
import { createHmac, randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import {
  type MigratingLaunch,
  MigrationClaimVerifier,
} from '../../src/launch/lti11/migration-claim.verifier.js';
import { Lti11LinkRepository } from '../../src/launch/lti11/lti11-link.repository.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';

const SECRET = 'my-lti11-secret';

describe('launches that migrate from LTI 1.1', () => {
  let lti: LtiTestApp;
  let claims: MigrationClaimVerifier;
  let log: CapturedLog;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    claims = lti.app.get(MigrationClaimVerifier, { strict: false });
  });
  beforeEach(() => (log = captureLog()));
  afterEach(() => log.end());
  afterAll(() => lti.stop());

  const register = async (): Promise<string> =>
    (await lti.api('post', '/api/v1/registrations', registrationBody({ clientId: randomUUID() })).expect(201))
      .body.id;
  const consumer = async (registrationId: string | null = null) =>
    (
      await lti
        .api('post', '/api/v1/lti11-consumers', {
          name: 'Campus',
          consumerKey: randomUUID(),
          secret: SECRET,
          registrationId,
        })
        .expect(201)
    ).body;
  const launch = (registrationId: string): MigratingLaunch => ({
    registrationId,
    deploymentId: '689302',
    issuer: 'https://lmsvendor.com',
    clientId: 'PM48OJSfGDTAzAo',
    exp: 1551290856,
    nonce: '172we8671fd8z',
    userId: 'sub-1',
    contextId: 'course-1',
    resourceLinkId: 'link-1',
  });
  const signOf = (consumerKey: string, secret = SECRET): string =>
    createHmac('sha256', secret)
      .update(`${consumerKey}&689302&https://lmsvendor.com&PM48OJSfGDTAzAo&1551290856&172we8671fd8z`)
      .digest('base64');
  const claimOf = (consumerKey: string, changes: Record<string, unknown> = {}) => ({
    oauth_consumer_key: consumerKey,
    oauth_consumer_key_sign: signOf(consumerKey),
    user_id: 'old-user',
    context_id: 4711,
    resource_link_id: null,
    ...changes,
  });

  it('are accepted with the signature of the consumer; ids that are missing did not change', async () => {
    const registrationId = await register();
    for (const owner of [registrationId, null]) {
      const { id, consumerKey } = await consumer(owner);
      expect(await claims.verify(claimOf(consumerKey), launch(registrationId))).toEqual({
        lti11: {
          consumerKey,
          userId: 'old-user',
          contextId: '4711',
          resourceLinkId: 'link-1',
          isVerified: true,
        },
        consumerId: id,
      });
    }
    expect(log.lines).toEqual([]);
  });

  it('are not accepted otherwise, which is logged once for each key, without the signature', async () => {
    const registrationId = await register();
    const [own, other, deleted] = [await consumer(), await consumer(await register()), await consumer()];
    await lti.api('delete', `/api/v1/lti11-consumers/${deleted.id}`).expect(204);
    const cases: [Record<string, unknown>, MigratingLaunch][] = [
      [claimOf(own.consumerKey, { oauth_consumer_key_sign: undefined }), launch(registrationId)],
      [
        claimOf(own.consumerKey, { oauth_consumer_key_sign: signOf(own.consumerKey, 'wrong') }),
        launch(registrationId),
      ],
      [claimOf(other.consumerKey), launch(registrationId)],
      [claimOf(deleted.consumerKey), launch(registrationId)],
      [claimOf('nobody\n"'), launch(registrationId)],
      [claimOf('', { oauth_consumer_key: undefined }), launch(registrationId)],
    ];
    const unreadable = await consumer();
    await lti.app
      .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE))
      .query("UPDATE nest_lti.lti11_consumer SET sealed_secret = 'v1.gone.x' WHERE id = $1", [unreadable.id]);
    cases.push([claimOf(unreadable.consumerKey), launch(registrationId)]);
    const { exp, ...rest } = launch(registrationId);
    for (const changed of [
      { ...rest, exp: exp + 1 },
      { ...launch(registrationId), nonce: 'another' },
      { ...launch(registrationId), deploymentId: '1' },
      { ...launch(registrationId), issuer: 'https://other.example.edu' },
      { ...launch(registrationId), clientId: 'other' },
    ]) {
      cases.push([claimOf(own.consumerKey), changed]);
    }
    for (const [claim, of] of [...cases, ...cases]) {
      const verified = await claims.verify(claim, of);
      expect(verified).not.toHaveProperty('consumerId');
      expect(verified?.lti11).toMatchObject({ userId: 'old-user', isVerified: false });
    }
    expect(log.lines).toHaveLength(6);
    expect(log.lines.join('\n')).not.toContain(signOf(own.consumerKey));
    expect(log.lines.every((line) => line.startsWith('warn ') && !line.includes('\n'))).toBe(true);
  });

  it.each([undefined, null, 'x', 5, { user_id: 'x'.repeat(256) }, { user_id: 'a\0' }, { user_id: {} }])(
    'migrate nothing with %j',
    async (claim) => {
      expect(await claims.verify(claim, launch(randomUUID()))).toBeUndefined();
    },
  );

  it('store their links once each; the latest proof counts, and known links are not written again', async () => {
    const links = lti.app.get(Lti11LinkRepository, { strict: false });
    const registrationId = await register();
    const [first, second] = [await consumer(), await consumer()];
    const pairs = [
      { kind: 'user' as const, ltiId: 'sub-1', lti11Id: 'old-1' },
      { kind: 'context' as const, ltiId: 'sub-1', lti11Id: 'old-c' },
    ];
    const start = lti.clock.now();
    const all = { registrationId, consumerId: first.id, pairs };
    await Promise.all(Array.from({ length: 6 }, () => links.link(all)));
    await links.link({ ...all, pairs: [] });
    const found = await links.find(registrationId, 'user', 'sub-1');
    expect(found).toEqual({
      registrationId,
      kind: 'user',
      ltiId: 'sub-1',
      lti11Id: 'old-1',
      consumerId: first.id,
      linkedAt: start,
    });

    lti.clock.advance(1000);
    await links.link({ ...all, consumerId: second.id, pairs: pairs.slice(1) });
    await links.link({ ...all, pairs: [{ ...pairs[0]!, lti11Id: 'old-2' }] });
    lti.clock.advance(1000);
    await links.link({ ...all, pairs: [{ ...pairs[0]!, lti11Id: 'old-2' }] });
    const changed = { linkedAt: new Date(start.getTime() + 1000) };
    expect(await links.find(registrationId, 'user', 'sub-1')).toMatchObject({ lti11Id: 'old-2', ...changed });
    expect(await links.find(registrationId, 'context', 'sub-1')).toMatchObject({
      consumerId: second.id,
      ...changed,
    });
    expect(await links.find(registrationId, 'resource_link', 'sub-1')).toBeUndefined();
    expect(await links.find(await register(), 'user', 'sub-1')).toBeUndefined();
  });
});
