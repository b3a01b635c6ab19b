import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { SystemClock } from '../../src/common/clock.js';
import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { TokenRequestRefused } from '../../src/access-tokens/access-token.errors.js';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { AuthorizationServer } from '../support/authorization-server.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { composeOAuth, type OAuthComposition } from '../support/oauth-composition.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

const UNKNOWN_SCOPE = 'https://lms.example/scope/unknown';
const clock = new SystemClock();

let keys: SigningKeys;
let tool: LoopbackServer;
let server: AuthorizationServer;
let composition: OAuthComposition;
let registration: Registration;

function registered(fields: Partial<Registration>): Registration {
  return registrationFixture({ tokenUrl: server.tokenUrl, issuer: server.issuer, ...fields });
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  // It warns of this version of Node and of settings for tests.
  jest.spyOn(console, 'warn').mockImplementation();
  keys = await createSigningKeys();
  tool = await LoopbackServer.start(async (response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(await keys.jwks()));
  });
  server = await AuthorizationServer.start({
    clientId: 'our-client-id',
    jwksUrl: tool.url('/lti/jwks.json'),
    scopes: defaultScopes,
  });
  registration = registered({});
});

beforeEach(() => {
  composition = composeOAuth(keys, clock);
});

afterEach(() => composition.stop());

afterAll(async () => {
  await server.stop();
  await tool.stop();
});

it('grants us a token for the LTI scopes, after fetching our key set', async () => {
  const token = await composition.tokenEndpoint.request(registration, registration.scopes);
  expect(token.scopes).toEqual([...defaultScopes].sort());
  expect(token.expiresAt.getTime() - token.issuedAt.getTime()).toBe(600_000);
  expect(tool.requests.map(({ url }) => url)).toContain('/lti/jwks.json');
});

it('creates a client for the memberships service', async () => {
  const client = await composition.oauth.authenticate(registration, {
    memberships: 'https://lms.example/memberships',
  });
  expect(client.hasScope(Scope.membershipReadonly)).toBe(true);
});

it('grants a second token too: each of our requests has a new jti', async () => {
  const first = await composition.tokenEndpoint.request(registration, registration.scopes);
  const second = await composition.tokenEndpoint.request(registration, registration.scopes);
  expect(second.hash).not.toBe(first.hash);
});

it('refuses an assertion that is sent again', async () => {
  const now = Math.floor(clock.now().getTime() / 1000);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await keys.sign({
      iss: registration.clientId,
      sub: registration.clientId,
      aud: registration.tokenUrl,
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
    }),
    scope: Scope.membershipReadonly,
  });
  const first = await fetch(server.tokenUrl, { method: 'POST', body });
  expect(first.status).toBe(200);
  const again = await fetch(server.tokenUrl, { method: 'POST', body });
  expect(again.status).toBe(401);
  expect(await again.json()).toMatchObject({ error: 'invalid_client' });
});

it('refuses an assertion for another audience, which we report', async () => {
  const misdirected = registered({ tokenAudience: 'https://elsewhere.example/token' });
  const error = await composition.tokenEndpoint
    .request(misdirected, misdirected.scopes)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TokenRequestRefused);
  expect(error).toMatchObject({ platformError: 'invalid_client' });
  expect((error as Error).message).toMatch(/401 \(invalid_client.*audience/);
});

it('accepts its issuer as the audience, when the registration says so', async () => {
  const other = registered({ tokenAudience: server.issuer });
  const token = await composition.tokenEndpoint.request(other, [Scope.score]);
  expect(token.scopes).toEqual([Scope.score]);
});

it('grants the scopes that it knows, which the token then has', async () => {
  const token = await composition.tokenEndpoint.request(registration, [Scope.score, UNKNOWN_SCOPE]);
  expect(token.scopes).toEqual([Scope.score]);
});

it('refuses an unknown client', async () => {
  const stranger = registered({ clientId: 'somebody-else' });
  await expect(composition.tokenEndpoint.request(stranger, stranger.scopes)).rejects.toMatchObject({
    platformError: 'invalid_client',
  });
});

it('refuses a signature by another key', async () => {
  const forger = composeOAuth(await createSigningKeys(), clock);
  await expect(forger.tokenEndpoint.request(registration, registration.scopes)).rejects.toMatchObject({
    platformError: 'invalid_client',
  });
  await forger.stop();
});

it('omits scope when it grants none, which by RFC 6749 5.1 means all of them', async () => {
  const token = await composition.tokenEndpoint.request(registration, [UNKNOWN_SCOPE]);
  expect(token.scopes).toEqual([UNKNOWN_SCOPE]);
});
