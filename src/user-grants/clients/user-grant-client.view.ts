import { callbackUrl } from '../user-grant-paths.js';
import { type UserGrantClient } from './user-grant-client.entity.js';
import { type UserGrantClientView } from './user-grant-client.schema.js';

export function viewUserGrantClient(client: UserGrantClient, publicUrl: string): UserGrantClientView {
  const { providerName, provider } = client;
  return {
    registrationId: client.registrationId,
    provider: providerName === 'custom' && provider !== null ? provider : (providerName as 'canvas'),
    clientId: client.clientId,
    apiUrl: client.apiUrl,
    scopes: client.scopes,
    authorizeParameters: client.authorizeParameters,
    unverified: client.unverified,
    redirectUri: callbackUrl(publicUrl),
    createdAt: client.createdAt.toISOString(),
    updatedAt: client.updatedAt.toISOString(),
  };
}
