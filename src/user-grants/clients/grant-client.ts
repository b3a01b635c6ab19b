import { shippedProviders } from '../providers/shipped-providers.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';
import { type UserGrantClient } from './user-grant-client.entity.js';

/** A client as requests need it: with its secret decrypted. It is kept for one request. */
export interface GrantClient {
  id: string;
  registrationId: string;
  provider: UserGrantProvider;
  clientId: string;
  clientSecret: string;
  apiUrl: string;
  scopes: readonly string[];
  authorizeParameters: Readonly<Record<string, string>>;
  unverified: 'allow' | 'refuse';
  /** Changes with each edit that can end a refusal by the platform. */
  version: string;
}

export function providerOf({ providerName, provider }: UserGrantClient): UserGrantProvider {
  const found = providerName === 'custom' ? provider : shippedProviders[providerName];
  if (found === null) throw new TypeError('A custom provider is stored with its client.');
  return found;
}

/** An end point of the provider: absolute, or on the platform's API host. */
export function endpointOf({ apiUrl }: Pick<GrantClient, 'apiUrl'>, location: string): URL {
  return new URL(location, apiUrl);
}
