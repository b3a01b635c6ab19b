import { type Registration } from './registration.entity.js';
import { type RegistrationView } from './registration.schema.js';

export function viewRegistration(registration: Registration): RegistrationView {
  return {
    id: registration.id,
    name: registration.name,
    issuer: registration.issuer,
    clientId: registration.clientId,
    authorizationUrl: registration.authorizationUrl,
    tokenUrl: registration.tokenUrl,
    jwksUrl: registration.jwksUrl,
    tokenAudience: registration.tokenAudience,
    scopes: registration.scopes,
    platformFamily: registration.platformFamily,
    deployments: registration.deployments.map(({ deploymentId }) => deploymentId),
    revision: registration.revision,
    refusedScopes: registration.refusedScopes,
    createdAt: registration.createdAt.toISOString(),
    updatedAt: registration.updatedAt.toISOString(),
  };
}
