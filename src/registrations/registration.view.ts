import { type Deployment } from './deployment.entity.js';
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
    idTokenAlgorithm: registration.idTokenAlgorithm,
    assertionAlgorithm: registration.assertionAlgorithm,
    deploymentInAssertion: registration.deploymentInAssertion,
    scopes: registration.scopes,
    platformFamily: registration.platformFamily,
    deployments: deploymentsOf(registration, 'active'),
    pendingDeployments: deploymentsOf(registration, 'pending'),
    quietHours: registration.quietHours,
    deploymentAwaitedUntil: registration.deploymentAwaitedUntil?.toISOString() ?? null,
    revision: registration.revision,
    refusedScopes: registration.refusedScopes,
    createdAt: registration.createdAt.toISOString(),
    updatedAt: registration.updatedAt.toISOString(),
  };
}

function deploymentsOf({ deployments }: Registration, status: Deployment['status']): string[] {
  return deployments.filter((row) => row.status === status).map(({ deploymentId }) => deploymentId);
}
