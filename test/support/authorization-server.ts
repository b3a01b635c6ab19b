import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface AuthorizationServerOptions {
  clientId: string;
  /** Where the client's key set is served. */
  jwksUrl: string;
  /** What the client may be granted. */
  scopes: readonly string[];
}

/** Somebody else's strict authorization server (oidc-provider), with one client that signs its requests (RFC 7523). */
export class AuthorizationServer {
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start({
    clientId,
    jwksUrl,
    scopes,
  }: AuthorizationServerOptions): Promise<AuthorizationServer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Not before it is needed: it warns on load.
    const { default: Provider } = await import('oidc-provider');
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: clientId,
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'RS256',
          jwks_uri: jwksUrl,
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      clientAuthMethods: ['private_key_jwt'],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      scopes,
      ttl: { ClientCredentials: 600 },
      // Its own guard against private addresses would refuse a key set on this machine.
      fetch: (url: string, { dispatcher: _guard, ...options }: RequestInit & { dispatcher?: unknown } = {}) =>
        fetch(url, options),
    });
    server.on('request', provider.callback());
    return new AuthorizationServer(server, issuer);
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}
