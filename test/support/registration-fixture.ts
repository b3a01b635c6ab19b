import { defaultScopes } from '../../src/common/scopes.js';
import { Registration } from '../../src/registrations/registration.entity.js';

const CREATED_AT = new Date('2026-01-01T00:00:00Z');

/** A registration as the database returns it, for tests without a database. */
export function registrationFixture(fields: Partial<Registration> & { tokenUrl: string }): Registration {
  const registration = new Registration();
  Object.assign(registration, {
    id: '0198a000-0000-7000-8000-000000000001',
    name: 'A platform',
    issuer: new URL(fields.tokenUrl).origin,
    clientId: 'our-client-id',
    authorizationUrl: new URL('/auth', fields.tokenUrl).href,
    jwksUrl: new URL('/jwks', fields.tokenUrl).href,
    tokenAudience: null,
    idTokenAlgorithm: 'RS256',
    assertionAlgorithm: 'RS256',
    deploymentInAssertion: false,
    scopes: [...defaultScopes],
    platformFamily: 'generic',
    quietHours: null,
    revision: 1,
    refusedScopes: [],
    deploymentAwaitedUntil: null,
    deployments: [],
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    deletedAt: null,
    ...fields,
  } satisfies { [Field in keyof Registration]: Registration[Field] });
  return registration;
}
