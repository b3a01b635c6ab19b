import { randomUUID } from 'node:crypto';
import { withPayload } from '../../keys/compact-jws.js';
import { claimNames } from '../claim-names.js';
import { type Tamper } from './tamper.js';

const instructor = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor';

/** Attacks on the signature and on the choice of the key for its check. */
export const signatureAttacks = {
  'alg-none': { signature: 'none' },
  'alg-none-odd-case': { signature: 'none', header: { alg: 'nOnE' } },
  'hmac-with-public-key': { signature: 'hmac-with-public-key' },
  'other-algorithm': { header: { alg: 'RS512' } },
  'other-padding': { header: { alg: 'PS256' } },
  'tampered-payload': {
    token: (jwt) =>
      withPayload(jwt, (claims) => ({ ...claims, sub: 'somebody-else', [claimNames.roles]: [instructor] })),
  },
  'broken-signature': { signature: 'broken' },
  'no-signature': { token: (jwt) => jwt.slice(0, jwt.lastIndexOf('.') + 1) },
  'not-a-token': { token: () => 'not.a.token' },
  'foreign-key': { signature: 'foreign-key' },
  'kid-missing': { header: { kid: undefined } },
  // Another key id each time, since a tool can cache that a key id is unknown.
  'kid-unknown': { header: () => ({ kid: `unknown-${randomUUID()}` }), signature: 'foreign-key' },
  'jku-header': { signature: 'foreign-key', header: ({ keySetUrl }) => ({ jku: keySetUrl }) },
  'jwk-header': { signature: 'foreign-key', header: ({ jwk }) => ({ jwk: { ...jwk, alg: 'RS256' } }) },
} as const satisfies Record<string, Tamper>;
