import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type EncryptionKey } from './encryption.js';

const BYTES = 32;

/**
 * Keys for one purpose, derived from the encryption keys (RFC 5869), so that nobody has to configure more: the first one
 * signs, all of them verify.
 */
export class DerivedKeys {
  readonly signerId: string;
  readonly signer: KeyObject;
  private readonly byId: ReadonlyMap<string, KeyObject>;

  /** @param purpose with another one, other keys come out */
  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]], purpose: string) {
    const derive = ({ key }: EncryptionKey) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', key, '', purpose, BYTES)));
    this.signerId = keys[0].id;
    this.signer = derive(keys[0]);
    this.byId = new Map(keys.map((key) => [key.id, derive(key)]));
  }

  find(id: string): KeyObject | undefined {
    return this.byId.get(id);
  }
}
