import { type JWK, type JWTPayload } from 'jose';

/** RS256 is the algorithm that every platform must know (SEC 5.1.1); ES256 makes shorter signatures. */
export const TOOL_KEY_ALGORITHMS = ['RS256', 'ES256'] as const;
/** The algorithm of a signing key of the tool (RFC 7518 3.1). */
export type ToolKeyAlgorithm = (typeof TOOL_KEY_ALGORITHMS)[number];

/** A key pair that a signer has created. */
export interface CreatedSigningKey {
  /** The public part, without `kid`, `alg` and `use`. */
  publicJwk: JWK;
  /** The signer finds the private part by it, such as the ARN of a key in a KMS. It is encrypted at rest. */
  reference: string;
}

/** A key pair of the tool, as a signer needs it. */
export interface SigningKey {
  /** RFC 7638 thumbprint, for the header of the JWS. */
  kid: string;
  /** For the header of the JWS. */
  algorithm: ToolKeyAlgorithm;
  /** What `create` returned for it. */
  reference: string;
}

/**
 * Creates the key pairs of the tool and signs with them. The default keeps the private keys in the database, encrypted by the
 * key ring; one of yours can leave them in a KMS or an HSM. Check it with `keySignerContract` of `nest-lti/testing`.
 *
 * @example
 * const kmsSigner: KeySigner = {
 *   async create() {
 *     const { KeyId, PublicKey } = await kms.createRsaKey(2048);
 *     return { publicJwk: await exportJWK(await importSPKI(PublicKey, 'RS256')), reference: KeyId };
 *   },
 *   async sign({ kid, algorithm, reference }, payload) {
 *     const encode = (part: object) => base64url.encode(JSON.stringify(part));
 *     const input = `${encode({ alg: algorithm, kid, typ: 'JWT' })}.${encode(payload)}`;
 *     return `${input}.${base64url.encode(await kms.sign(reference, input))}`;
 *   },
 * };
 */
export interface KeySigner {
  /** Creates a key pair. An error fails the rotation, and the present key signs on. */
  create(algorithm: ToolKeyAlgorithm): Promise<CreatedSigningKey>;
  /**
   * Signs a payload.
   *
   * @returns a compact JWS (RFC 7515) over the payload, whose header has `alg`, `kid` and `typ: 'JWT'`
   */
  sign(key: SigningKey, payload: JWTPayload): Promise<string>;
}
/** The injection token of the `KeySigner` of the option `toolKeys.signer`, or of the default. */
export const KeySigner = Symbol('KeySigner');
