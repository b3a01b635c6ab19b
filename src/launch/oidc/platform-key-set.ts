import { compactVerify, createLocalJWKSet, type CryptoKey, errors, type JWK, type LocalJWKSet } from 'jose';
import { z } from 'zod';
import { type IdTokenAlgorithm } from '../../registrations/id-token-algorithm.js';
import { type LaunchRefused } from '../../common/reactions.errors.js';
import { launchErrors } from '../launch.errors.js';

const MAX_KEYS = 200;
const MIN_MODULUS_BITS = 2048;

/** Some serializers write `null`, an empty text or an empty list for a member that the key does not have. */
const absent = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);
const text = z.preprocess((value) => (absent(value) ? undefined : value), z.string().optional());
/** Without nulls and duplicates: jose refuses a key with one. */
const texts = z.preprocess(
  (value) => {
    const present: unknown = Array.isArray(value) ? value.filter((entry) => entry !== null) : value;
    return absent(present) ? undefined : present;
  },
  z
    .array(z.string())
    .transform((list) => [...new Set(list)])
    .optional(),
);

/** The members of a public key that are needed to check a signature (RFC 7517 4, RFC 7518 6). */
const keySchema = z.object({
  kty: z.string(),
  kid: text,
  alg: text,
  use: text,
  key_ops: texts,
  n: text,
  e: text,
  crv: text,
  x: text,
  y: text,
});

/** RFC 7517 5. A key that cannot be read is left out: the platform may use it for another purpose. */
const keySetSchema = z.object({
  keys: z
    .array(keySchema.nullable().catch(null))
    .max(MAX_KEYS)
    .transform((keys) => keys.filter((key) => key !== null)),
});

/** The public keys of a platform, as published at one time. */
export class PlatformKeySet {
  private readonly keyOf: LocalJWKSet;

  private constructor(keys: JWK[]) {
    this.keyOf = createLocalJWKSet({ keys });
  }

  /** @throws ZodError or SyntaxError when the text is not a key set */
  static parse(json: string): PlatformKeySet {
    return new PlatformKeySet(keySetSchema.parse(JSON.parse(json)).keys);
  }

  /** Whether one of the keys can verify signatures of this algorithm. */
  async hasKeyFor(algorithm: IdTokenAlgorithm): Promise<boolean> {
    try {
      return isStrong(await this.keyOf({ alg: algorithm }));
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false;
      for await (const key of error) if (isStrong(key)) return true;
      return false;
    }
  }

  /**
   * Returns the payload of a JWS that one of the keys has signed. If several keys have the `kid` of its header, each is tried.
   *
   * @throws {LaunchRefused} `id_token_malformed`, `id_token_kid_unknown`, `id_token_signature`
   */
  async verify(jws: string, algorithm: IdTokenAlgorithm): Promise<Uint8Array> {
    try {
      const { payload } = await compactVerify(jws, this.keyOf, { algorithms: [algorithm] });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys)
        return this.verifyWithAnyOf(error, jws, algorithm);
      throw refusalOf(error);
    }
  }

  private async verifyWithAnyOf(
    keys: errors.JWKSMultipleMatchingKeys,
    jws: string,
    algorithm: IdTokenAlgorithm,
  ): Promise<Uint8Array> {
    let refusal = launchErrors.idTokenRefused('id_token_kid_unknown', { cause: keys });
    for await (const key of keys) {
      try {
        return (await compactVerify(jws, key, { algorithms: [algorithm] })).payload;
      } catch (error) {
        refusal = refusalOf(error);
      }
    }
    throw refusal;
  }
}

/** RFC 7518 3.3: a shorter RSA key verifies nothing. */
function isStrong({ algorithm }: CryptoKey): boolean {
  return !('modulusLength' in algorithm) || Number(algorithm.modulusLength) >= MIN_MODULUS_BITS;
}

/** The launch error for an error of jose. A key that jose cannot use, or that is too weak (RFC 7518 3.3), counts as unknown. */
function refusalOf(cause: unknown): LaunchRefused {
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return launchErrors.idTokenRefused('id_token_signature', { cause });
  const isMalformed = cause instanceof errors.JWSInvalid;
  return launchErrors.idTokenRefused(isMalformed ? 'id_token_malformed' : 'id_token_kid_unknown', { cause });
}
