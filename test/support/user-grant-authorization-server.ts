import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export const CLIENT = { clientId: 'our-client', clientSecret: 'our secret: +%/' };

/** The authorization server of another project (oidc-provider), strict, with rotating refresh tokens and one user's grant. */
export class UserAuthorizationServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly refreshToken: string,
  ) {}

  static async start(): Promise<UserAuthorizationServer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Imported late, because it prints a warning when it is loaded.
    const { default: Provider } = await import('oidc-provider');
    const provider = new Provider(url, {
      clients: [
        {
          client_id: CLIENT.clientId,
          client_secret: CLIENT.clientSecret,
          token_endpoint_auth_method: 'client_secret_basic',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          redirect_uris: ['https://tool.example.edu/user-grants/callback'],
        },
      ],
      features: { revocation: { enabled: true }, devInteractions: { enabled: false } },
      rotateRefreshToken: true,
      scopes: ['offline_access', 'read'],
      findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
      ttl: { AccessToken: 600, RefreshToken: 86_400, Grant: 86_400 },
    }) as unknown as GrantingProvider;
    server.on('request', provider.callback());
    return new UserAuthorizationServer(server, url, await grantTo(provider));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}

interface GrantingProvider {
  callback(): (request: unknown, response: unknown) => void;
  Client: { find(id: string): Promise<unknown> };
  Grant: new (fields: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
  RefreshToken: new (fields: object) => { save(): Promise<string> };
}

/** The tokens of a user's consent, without its pages. */
async function grantTo(provider: GrantingProvider): Promise<string> {
  const accountId = 'user-1';
  const grant = new provider.Grant({ accountId, clientId: CLIENT.clientId });
  grant.addOIDCScope('offline_access read');
  const grantId = await grant.save();
  const client = await provider.Client.find(CLIENT.clientId);
  const scope = 'offline_access read';
  return new provider.RefreshToken({ accountId, client, grantId, gty: 'authorization_code', scope }).save();
}
