import { registrationFixture } from '../../../test/support/registration-fixture.js';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformHttpHarness } from '../../../test/support/platform-http-harness.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { launchContextOf } from '../context/launch-claims.js';
import { IdTokenVerifier } from './id-token.verifier.js';
import { PlatformKeySetService } from './platform-key-set.service.js';

const fixture = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, '../../../test/fixtures', `moodle-4.5.6-${name}.json`), 'utf8'));
const recording = fixture('launch');
const deepLinkingClaims = fixture('deep-linking-claims');
const { iat, exp }: { iat: number; exp: number } = recording.claims;
const { id_token: idToken, claims, jwks, login } = recording;
const second = (epoch: number) => new FakeClock(new Date(epoch * 1000));

describe('an id_token of a platform with keys of its own', () => {
  const harness = platformHttpHarness();
  const ISSUER = 'https://lms.example.edu';

  /** A key pair in the platform's set, and a token that it signs now. */
  async function keyPair(clock: FakeClock, kid: string, header = {}, claims = {}) {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid };
    const now = Math.floor(clock.nowMs() / 1000);
    const token = await new SignJWT({ nonce: 'n', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, ...header })
      .setIssuer(ISSUER)
      .setAudience('client')
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
      .sign(privateKey);
    return { jwk, token };
  }

  async function verifying(clock: FakeClock, published: () => object) {
    const server = await harness.serve((response) => response.end(JSON.stringify({ keys: [published()] })));
    const verifier = new IdTokenVerifier(new PlatformKeySetService(harness.client({}, clock), clock), clock);
    const recipient = {
      issuer: ISSUER,
      clientId: 'client',
      jwksUrl: `http://127.0.0.1:${server.port}/jwks`,
      idTokenAlgorithm: 'RS256' as const,
    };
    return { server, verifier, recipient };
  }

  it.each([
    ['under its old kid', 'one'],
    ['under a new kid', 'two'],
  ])('is verified in the second after a change %s', async (_, nextKid) => {
    const clock = new FakeClock();
    const [first, second] = await Promise.all([keyPair(clock, 'one'), keyPair(clock, nextKid)]);
    let published = first.jwk;
    const { server, verifier, recipient } = await verifying(clock, () => published);
    await expect(verifier.verify(first.token, recipient)).resolves.toBeDefined();
    published = second.jwk;
    await expect(verifier.verify(second.token, recipient)).resolves.toMatchObject({ nonce: 'n' });
    expect(server.requests).toHaveLength(2);
  });

  it('takes null in an optional header or claim as absent', async () => {
    const clock = new FakeClock();
    const names = { jku: null, jwk: null, x5u: null, x5c: null, typ: null };
    const { jwk, token } = await keyPair(clock, 'one', names, { azp: null, nbf: null });
    const { verifier, recipient } = await verifying(clock, () => jwk);
    await expect(verifier.verify(token, recipient)).resolves.toMatchObject({ nonce: 'n' });
  });
});

describe('the id_token of a real Moodle', () => {
  const harness = platformHttpHarness();

  async function verified(clock: FakeClock, changes: Partial<Record<'issuer' | 'clientId', string>> = {}) {
    const server = await harness.serve((response) => response.end(JSON.stringify(jwks)));
    const keySets = new PlatformKeySetService(harness.client({}, clock), clock);
    const jwksUrl = `http://127.0.0.1:${server.port}/mod/lti/certs.php`;
    return new IdTokenVerifier(keySets, clock).verify(idToken, {
      issuer: login.iss,
      clientId: login.client_id,
      jwksUrl,
      idTokenAlgorithm: 'RS256',
      ...changes,
    });
  }

  it('is verified with its real key set in the minute of its life, and its claims are read whole', async () => {
    const { payload, nonce, expiresAt } = await verified(second(iat + 1));
    expect(payload).toEqual(claims);
    expect(nonce).toBe(claims.nonce);
    expect(expiresAt).toEqual(new Date(exp * 1000));
    const { payload: kept, ...context } = launchContextOf(
      payload,
      registrationFixture({ id: 'registration', tokenUrl: 'https://elsewhere.example.edu/token' }),
    );
    expect(kept).toEqual(claims);
    expect(context).toEqual({
      version: '1.3.0',
      messageType: 'LtiResourceLinkRequest',
      registrationId: 'registration',
      deploymentId: '1',
      targetLinkUri: 'http://127.0.0.1:3000/lti/launch',
      user: {
        id: '5',
        name: "Dmitri 003 O'Brien",
        givenName: 'Dmitri 003',
        familyName: "O'Brien",
        email: 'student003@example.com',
      },
      roles: [
        {
          uri: 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
          kind: 'context',
          name: 'Learner',
        },
      ],
      roleScopeMentor: [],
      context: { id: '2', label: 'C1', title: 'Course 1 & Söhne', types: ['CourseSection'] },
      resourceLink: { id: '1', title: 'Tool activity 1', description: 'Intro 1' },
      custom: claims['https://purl.imsglobal.org/spec/lti/claim/custom'],
      grades: {
        scopes: claims['https://purl.imsglobal.org/spec/lti-ags/claim/endpoint'].scope,
        lineItemsUrl: 'http://127.0.0.1:8088/mod/lti/services.php/2/lineitems?type_id=1',
      },
      memberships: {
        url: 'http://127.0.0.1:8088/mod/lti/services.php/CourseSection/2/bindings/1/memberships',
        serviceVersions: ['1.0', '2.0'],
      },
      lis: { personSourcedId: 'SIS003', courseSectionSourcedId: 'CID1' },
      basicOutcome: {
        sourcedId: expect.any(String),
        serviceUrl: 'http://127.0.0.1:8088/mod/lti/service.php',
      },
      presentation: { locale: 'en', documentTarget: 'window', returnUrl: expect.any(String) },
      platform: {
        productFamilyCode: 'moodle',
        version: '2024100706',
        guid: '31a47228ad5cc37af6ce034178220752',
        name: 'tm',
        description: 'Test Moodle',
      },
    });
  });

  it('is accepted up to two minutes after its end, and not later', async () => {
    await expect(verified(second(exp + 119))).resolves.toBeDefined();
    await expect(verified(second(exp + 120))).rejects.toMatchObject({ code: 'id_token_expired' });
  });

  it('is good two minutes before its beginning, and no earlier', async () => {
    await expect(verified(second(iat - 120))).resolves.toBeDefined();
    await expect(verified(second(iat - 121))).rejects.toMatchObject({
      code: 'id_token_issued_in_future',
    });
  });

  it.each([
    [{ issuer: 'http://127.0.0.1:8089' }, 'id_token_issuer'],
    [{ clientId: 'another' }, 'id_token_audience'],
  ])('is not one for a registration with %j', async (changes, code) => {
    await expect(verified(second(iat), changes)).rejects.toMatchObject({ code });
  });

  it('of more than 64 KiB is not even looked at', async () => {
    const keySets = new PlatformKeySetService(harness.client(), new FakeClock());
    const recipient = {
      issuer: 'x',
      clientId: 'y',
      jwksUrl: 'http://127.0.0.1:1',
      idTokenAlgorithm: 'RS256' as const,
    };
    const verifying = new IdTokenVerifier(keySets, new FakeClock()).verify('x'.repeat(65_537), recipient);
    await expect(verifying).rejects.toMatchObject({ code: 'id_token_too_large' });
  });

  it('for deep linking is read whole, as another Moodle sent it', () => {
    const context = launchContextOf(
      fixture('deep-linking-id_token'),
      registrationFixture({ id: 'registration', tokenUrl: 'https://elsewhere.example.edu/token' }),
    );
    expect(context.messageType).toBe('LtiDeepLinkingRequest');
    expect(context.deepLinking).toMatchObject({ acceptTypes: ['ltiResourceLink'], title: 'Full' });
  });

  it('for deep linking is read whole, null values and all', () => {
    const context = launchContextOf(
      deepLinkingClaims,
      registrationFixture({ id: 'registration', tokenUrl: 'https://elsewhere.example.edu/token' }),
    );
    expect(context.messageType).toBe('LtiDeepLinkingRequest');
    expect(context.custom).toMatchObject({ rlid: null, static: 'hello' });
    expect(context.deepLinking).toEqual({
      returnUrl: 'http://127.0.0.1:8088/mod/lti/contentitem_return.php?course=4&id=1&sesskey=uVq7yx50oW',
      acceptTypes: ['ltiResourceLink'],
      acceptPresentationDocumentTargets: ['frame', 'iframe', 'window'],
      acceptMultiple: true,
      autoCreate: false,
      title: 'My title',
      text: 'My text',
    });
  });
});
