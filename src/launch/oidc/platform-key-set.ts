import { type CryptoKey, importJWK, type JWK } from 'jose';
import { KeyObject } from 'node:crypto';
import { z } from 'zod';

const MAX_KEYS = 200;
const MIN_RSA_BITS = 2048;

/** RFC 7517 5, as far as signatures need it. Keys that we cannot use may look as they like. */
const keySetSchema = z.object({
  keys: z
    .array(
      z
        .looseObject({
          kty: z.string(),
          kid: z.string().optional(),
          alg: z.string().optional(),
          use: z.string().optional(),
          key_ops: z.array(z.string()).optional(),
        })
        .catch({ kty: 'unreadable' }),
    )
    .max(MAX_KEYS),
});

/** The public keys of a platform, as it published them at one time. */
export class PlatformKeySet {
  private readonly imported = new Map<string, Promise<KeyObject>>();

  private constructor(private readonly keys: readonly JWK[]) {}

  /** @throws ZodError or SyntaxError when the text is no key set */
  static parse(text: string): PlatformKeySet {
    const { keys } = keySetSchema.parse(JSON.parse(text));
    return new PlatformKeySet(keys.filter(isForSignatures));
  }

  /** The key of this id for this algorithm; undefined where there is none. Rejects when it is broken, or too weak. */
  find(kid: string, algorithm: string): Promise<KeyObject> | undefined {
    const jwk = this.keys.find((key) => key.kid === kid && (key.alg ?? algorithm) === algorithm);
    if (jwk === undefined) return undefined;
    const name = `${algorithm} ${kid}`;
    const known = this.imported.get(name);
    if (known !== undefined) return known;
    const key = keyOf(jwk, algorithm);
    this.imported.set(name, key);
    return key;
  }
}

async function keyOf(jwk: JWK, algorithm: string): Promise<KeyObject> {
  // Never symmetric: those are filtered out, and importJWK answers bytes for no others.
  const key = KeyObject.from((await importJWK(jwk, algorithm)) as CryptoKey);
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  // RFC 7518 3.3
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    throw new TypeError(`The key has ${modulusLength} bits, and ${MIN_RSA_BITS} are the least.`);
  }
  return key;
}

function isForSignatures({ kty, use, key_ops: operations }: JWK): boolean {
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return false;
  return (use ?? 'sig') === 'sig' && (operations === undefined || operations.includes('verify'));
}
