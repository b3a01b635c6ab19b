import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { UserAuthorizationRefused } from './user-oauth.errors.js';

/** The authorization request of a tool (RFC 6749 4.1.1). */
export interface UserAuthorization {
  readonly client: SimulatedUserOAuthClient;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly purpose: string | undefined;
  readonly forcesLogin: boolean;
  /** Whether no page may be shown. */
  readonly isSilent: boolean;
  /** The error for the tool; undefined without one. */
  readonly error: string | undefined;
}

/** @throws {UserAuthorizationRefused} when the address for the answer is not registered. */
export function readUserAuthorization(
  parameters: URLSearchParams,
  clients: ReadonlyMap<string, SimulatedUserOAuthClient>,
): UserAuthorization {
  const client = clients.get(parameters.get('client_id') ?? '');
  if (client === undefined) throw new UserAuthorizationRefused('unknown_user_client', 'unknown client');
  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (!client.redirectUris.includes(redirectUri)) {
    throw new UserAuthorizationRefused(
      'unregistered_redirect_uri',
      'redirect_uri does not match client settings',
    );
  }
  const scopes = (parameters.get('scope') ?? '').split(' ').filter(Boolean);
  return {
    client,
    redirectUri,
    scopes,
    purpose: parameters.get('purpose') ?? undefined,
    forcesLogin: parameters.get('force_login') === '1',
    isSilent: parameters.get('prompt') === 'none',
    error: errorOf(parameters, scopes, client),
  };
}

/** The address of the tool for the answer, with the state of the request. */
export function callbackUrl(
  { redirectUri }: UserAuthorization,
  parameters: URLSearchParams,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  const state = parameters.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return url.href;
}

function errorOf(
  parameters: URLSearchParams,
  scopes: readonly string[],
  client: SimulatedUserOAuthClient,
): string | undefined {
  if (new Set(parameters.keys()).size < [...parameters.keys()].length) return 'invalid_request';
  if (parameters.get('response_type') !== 'code') return 'unsupported_response_type';
  if (client.scopes === undefined) return undefined;
  const areAllowed = scopes.length > 0 && scopes.every((scope) => client.scopes?.includes(scope));
  return areAllowed ? undefined : 'invalid_scope';
}
