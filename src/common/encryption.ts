import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CannotDecrypt } from './encryption.errors.js';

/** One AES-256 key (32 bytes), and the id that marks the values it encrypted. */
export interface EncryptionKey {
  id: string;
  key: Buffer;
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with several keys: the first one writes, all of them read.
 *
 * What is written has the form `v1.<key id>.<base64url of nonce, tag, ciphertext>`. The `context` (such as a table and
 * row id) is authenticated with it, so that a value copied into another row does not decrypt there.
 */
export class KeyRing {
  private readonly byId: ReadonlyMap<string, Buffer>;
  private readonly writer: EncryptionKey;

  /** @param keys at least one; the options schema has checked lengths and ids. */
  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]]) {
    this.writer = keys[0];
    this.byId = new Map(keys.map(({ id, key }) => [id, key]));
  }

  encrypt(plain: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.writer.key, nonce).setAAD(Buffer.from(context));
    const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    const payload = Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
    return `${VERSION}.${this.writer.id}.${payload}`;
  }

  /** Whether it was encrypted with the key that writes now. If not, re-encrypt it before you remove its key. */
  isCurrent(encrypted: string): boolean {
    return encrypted.startsWith(`${VERSION}.${this.writer.id}.`);
  }

  /** @throws CannotDecrypt when the key id is not in the ring, or the value was changed or belongs elsewhere. */
  decrypt(encrypted: string, context: string): string {
    const [version, keyId, payload] = encrypted.split('.');
    if (version !== VERSION || keyId === undefined || payload === undefined) {
      throw new CannotDecrypt('The stored value is not one that nest-lti encrypted.');
    }
    const key = this.byId.get(keyId);
    if (key === undefined) {
      throw new CannotDecrypt(`It was encrypted with key "${keyId}", which is not in ENCRYPTION_KEYS.`);
    }
    const bytes = Buffer.from(payload, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const plain = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new CannotDecrypt(`It does not open with key "${keyId}": the key or the value was changed.`, {
        cause,
      });
    }
  }
}
