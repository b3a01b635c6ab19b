import { Scope } from '../common/scopes.js';

/** The service end points of a course, as its launches told them. What is named here decides which scopes are needed. */
export interface ServiceEndpoints {
  /** NRPS 2.0 `context_memberships_url` */
  memberships?: string;
}

const scopesOf: Readonly<Record<keyof ServiceEndpoints, readonly string[]>> = {
  memberships: [Scope.membershipReadonly],
};

export function requiredScopes(endpoints: ServiceEndpoints): string[] {
  return (Object.keys(scopesOf) as (keyof ServiceEndpoints)[])
    .filter((service) => endpoints[service] !== undefined)
    .flatMap((service) => scopesOf[service]);
}
