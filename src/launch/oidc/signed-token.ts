import { constants, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import { type IdTokenAlgorithm } from '../../registrations/id-token-algorithm.js';
import { IdTokenRefused } from './id-token.errors.js';

/** RFC 7515 4.1, as far as anything is decided by it. */
export type TokenHeader = Readonly<Record<string, unknown>>;

interface Signature {
  digest: string;
  options: Omit<VerifyKeyObjectInput, 'key'>;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
const p1363 = { dsaEncoding: 'ieee-p1363' } as const;

/** RFC 7518 3.1 */
const signatures: Readonly<Record<IdTokenAlgorithm, Signature>> = {
  RS256: { digest: 'sha256', options: pkcs1 },
  RS384: { digest: 'sha384', options: pkcs1 },
  RS512: { digest: 'sha512', options: pkcs1 },
  PS256: { digest: 'sha256', options: pss },
  PS384: { digest: 'sha384', options: pss },
  PS512: { digest: 'sha512', options: pss },
  ES256: { digest: 'sha256', options: p1363 },
  ES384: { digest: 'sha384', options: p1363 },
  ES512: { digest: 'sha512', options: p1363 },
};

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;
/** Made once: that takes longer than to use it. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A JWS in compact form (RFC 7515 3.1). Checked by OpenSSL here and now, and not by jose through WebCrypto, which hands each
 * signature to another thread: that takes longer than the check (measured: 120 us for all of this, 210 us and more for that).
 */
export class SignedToken {
  private constructor(
    readonly header: TokenHeader,
    private readonly signed: string,
    private readonly payload: string,
    private readonly signature: string,
  ) {}

  /** @throws IdTokenRefused when it is none, or needs what we do not know (`crit`, RFC 7515 4.1.11) */
  static parse(token: string): SignedToken {
    const [, head, payload, signature] = COMPACT.exec(token) ?? [];
    if (head === undefined || payload === undefined || signature === undefined) {
      throw new IdTokenRefused('id_token_malformed');
    }
    const header = objectIn(head);
    if ('crit' in header) throw new IdTokenRefused('id_token_malformed');
    return new SignedToken(header, `${head}.${payload}`, payload, signature);
  }

  /** The payload, if the key has signed it by this algorithm, whatever the header says. @throws IdTokenRefused */
  verified(key: KeyObject, algorithm: IdTokenAlgorithm): Record<string, unknown> {
    const { digest, options } = signatures[algorithm];
    const signature = Buffer.from(this.signature, 'base64url');
    if (!verify(digest, Buffer.from(this.signed), { key, ...options }, signature)) {
      throw new IdTokenRefused('id_token_signature');
    }
    return objectIn(this.payload);
  }
}

/** @throws IdTokenRefused */
function objectIn(base64url: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(Buffer.from(base64url, 'base64url')));
  } catch (cause) {
    throw new IdTokenRefused('id_token_malformed', { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new IdTokenRefused('id_token_malformed');
  }
  return json as Record<string, unknown>;
}
