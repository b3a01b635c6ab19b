import { type IncomingHttpHeaders } from 'node:http';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { UserTokenRefused } from './user-oauth.errors.js';

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly how: 'body' | 'basic';
}

/** The client of a token request (RFC 6749 2.3.1). @throws {UserTokenRefused} */
export function authenticatedClient(
  headers: IncomingHttpHeaders,
  form: URLSearchParams,
  clients: ReadonlyMap<string, SimulatedUserOAuthClient>,
): SimulatedUserOAuthClient {
  const { clientId, clientSecret, how } = basicCredentials(headers) ?? bodyCredentials(form);
  const client = clients.get(clientId);
  if (client === undefined) throw new UserTokenRefused('unknown_user_client');
  // A client must not use more than one way in a request.
  const isTwice = how === 'basic' && form.has('client_secret');
  if (client.clientAuth !== how || isTwice) throw new UserTokenRefused('wrong_client_auth');
  if (client.clientSecret !== clientSecret) throw new UserTokenRefused('wrong_client_secret');
  return client;
}

function bodyCredentials(form: URLSearchParams): Credentials {
  return {
    clientId: form.get('client_id') ?? '',
    clientSecret: form.get('client_secret') ?? '',
    how: 'body',
  };
}

function basicCredentials({ authorization = '' }: IncomingHttpHeaders): Credentials | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw new UserTokenRefused('wrong_client_auth');
  return {
    clientId: formDecoded(text.slice(0, colon)),
    clientSecret: formDecoded(text.slice(colon + 1)),
    how: 'basic',
  };
}

// Both parts are form-encoded before they are joined. This matters for a secret with a plus or a percent sign.
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new UserTokenRefused('wrong_client_auth');
  }
}
