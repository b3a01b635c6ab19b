import { SystemClock } from '../../src/common/clock.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { type GrantClient } from '../../src/user-grants/clients/grant-client.js';
import { userGrantProviderSchema } from '../../src/user-grants/providers/user-grant-provider.schema.js';
import { GrantRevocation } from '../../src/user-grants/tokens/grant-revocation.js';
import { GrantTokenEndpoint } from '../../src/user-grants/tokens/grant-token-endpoint.js';
import { CLIENT, UserAuthorizationServer } from '../support/user-grant-authorization-server.js';

const clock = new SystemClock();

describe('refreshes at a strict authorization server of another project', () => {
  let server: UserAuthorizationServer;
  let http: PlatformHttpService;
  let endpoint: GrantTokenEndpoint;
  beforeEach(async () => {
    // It warns of this version of Node and of settings for tests.
    jest.spyOn(console, 'warn').mockImplementation();
    jest.spyOn(console, 'info').mockImplementation();
    server = await UserAuthorizationServer.start();
    http = new PlatformHttpService({ allowPrivateNetworks: true }, clock);
    endpoint = new GrantTokenEndpoint(http, clock);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await http.onApplicationShutdown();
    await server.stop();
  });

  const clientWith = (clientSecret = CLIENT.clientSecret): GrantClient => ({
    id: 'client',
    registrationId: 'registration',
    provider: userGrantProviderSchema.parse({
      authorizeUrl: '/auth',
      tokenUrl: '/token',
      revocation: { method: 'POST', url: '/token/revocation', by: 'form' },
      clientAuthentication: 'basic',
      rotatesRefreshTokens: true,
    }),
    clientId: CLIENT.clientId,
    clientSecret,
    apiUrl: server.url,
    scopes: [],
    authorizeParameters: {},
    unverified: 'allow',
    version: clientSecret,
  });

  it('return a new refresh token each time, and the use of an earlier one ends the grant', async () => {
    const first = await endpoint.refresh(clientWith(), server.refreshToken);
    expect(first.scopes?.toSorted()).toEqual(['offline_access', 'read']);
    const second = await endpoint.refresh(clientWith(), first.refreshToken!);
    expect(new Set([server.refreshToken, first.refreshToken, second.refreshToken]).size).toBe(3);
    const used = endpoint.refresh(clientWith(), first.refreshToken!);
    await expect(used).rejects.toMatchObject({ code: 'user_grant_refused' });
    await expect(endpoint.refresh(clientWith(), second.refreshToken!)).rejects.toMatchObject({
      code: 'user_grant_refused',
    });
  });

  it('are refused for a wrong secret, which does not end the grant', async () => {
    await expect(endpoint.refresh(clientWith('wrong'), server.refreshToken)).rejects.toMatchObject({
      code: 'user_grant_client_refused',
    });
    expect((await endpoint.refresh(clientWith(), server.refreshToken)).accessToken).toMatch(/./);
  });

  it('end with a revocation', async () => {
    const { accessToken, refreshToken } = await endpoint.refresh(clientWith(), server.refreshToken);
    await new GrantRevocation(endpoint, clock).revokeTokens(clientWith(), { accessToken, refreshToken });
    await expect(endpoint.refresh(clientWith(), refreshToken!)).rejects.toMatchObject({
      code: 'user_grant_refused',
    });
  });
});
