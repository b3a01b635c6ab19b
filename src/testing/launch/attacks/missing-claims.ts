import { claimNames, type Claims } from '../claim-names.js';
import { type Tamper } from './tamper.js';

/** A launch without one of the claims that it must have (SEC 5.1.2, CORE 5.3, DL 4.4.1). */
export const missingClaims = {
  'missing-iss': without('iss'),
  'missing-aud': without('aud'),
  'missing-exp': without('exp'),
  'missing-iat': without('iat'),
  'missing-nonce': without('nonce'),
  'missing-message-type': without(claimNames.messageType),
  'missing-version': without(claimNames.version),
  'missing-deployment-id': without(claimNames.deploymentId),
  'missing-target-link-uri': without(claimNames.targetLinkUri),
  'missing-resource-link': without(claimNames.resourceLink),
  'missing-resource-link-id': {
    claims: (claims) => ({ ...claims, [claimNames.resourceLink]: { title: 'A link' } }),
  },
  'missing-roles': without(claimNames.roles),
  'missing-deep-linking-settings': without(claimNames.deepLinking),
  'missing-for-user': without(claimNames.forUser),
} as const satisfies Record<string, Tamper>;

function without(name: string): Tamper {
  return {
    claims: (claims: Claims) =>
      Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name)),
  };
}
