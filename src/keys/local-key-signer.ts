import {
  type CryptoKey,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import {
  type CreatedSigningKey,
  type KeySigner,
  type SigningKey,
  type ToolKeyAlgorithm,
} from './key-signer.js';

const MODULUS_BITS = 2048;
/** More keys than one tool signs with at once. */
const MAX_IMPORTED = 10;

/** Signs with jose. The reference of a key is its private part as PKCS #8. */
export class LocalKeySigner implements KeySigner {
  private readonly imported = new LRUCache<string, CryptoKey>({ max: MAX_IMPORTED });

  async create(algorithm: ToolKeyAlgorithm): Promise<CreatedSigningKey> {
    const pair = await generateKeyPair(algorithm, { modulusLength: MODULUS_BITS, extractable: true });
    return { publicJwk: await exportJWK(pair.publicKey), reference: await exportPKCS8(pair.privateKey) };
  }

  async sign({ kid, algorithm, reference }: SigningKey, payload: JWTPayload): Promise<string> {
    const key = this.imported.get(kid) ?? (await importPKCS8(reference, algorithm));
    this.imported.set(kid, key);
    return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' }).sign(key);
  }
}
