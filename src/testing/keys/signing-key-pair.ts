import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
] as const;
/** The algorithms of a platform's signatures. None uses a shared secret. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** A new key pair for the algorithm. Key objects, so that one RSA key can sign with any RSA algorithm, as attackers do. */
export function newKeyPair(algorithm: SigningAlgorithm): Promise<KeyPair> {
  if (algorithm === 'ES256') return generate('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ES384') return generate('ec', { namedCurve: 'P-384' });
  return generate('rsa', { modulusLength: 2048 });
}
