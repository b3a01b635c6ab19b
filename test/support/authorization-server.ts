import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface AuthorizationServerOptions {
  clientId: string;
  /** The URL of the client's key set. */
  jwksUrl: string;
  /** The scopes that the client may be granted. */
  scopes: readonly string[];
}

/** The strict authorization server of another project (oidc-provider), with one client that signs its requests (RFC 7523). */
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
    // Imported late, because it prints a warning when it is loaded.
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
      // Its default refuses key sets on private addresses.
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
