import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type EncryptionKey } from './encryption.js';

const BYTES = 32;

/** Keys for one purpose. The first one signs, all of them verify. */
export interface DerivedKeys {
  signerId: string;
  signer: KeyObject;
  byId: ReadonlyMap<string, KeyObject>;
}

/**
 * Derives keys from the encryption keys (RFC 5869), so that the operator configures no others.
 *
 * @param purpose another purpose gives other keys
 */
export function deriveKeys(keys: readonly [EncryptionKey, ...EncryptionKey[]], purpose: string): DerivedKeys {
  const derive = ({ key }: EncryptionKey) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', purpose, BYTES)));
  return {
    signerId: keys[0].id,
    signer: derive(keys[0]),
    byId: new Map(keys.map((key) => [key.id, derive(key)])),
  };
}
