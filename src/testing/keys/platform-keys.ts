import { exportJWK, type JWK } from 'jose';
import { signCompact, type TokenHeader } from './compact-jws.js';
import { type KeyPair, newKeyPair, type SigningAlgorithm } from './signing-key-pair.js';

interface PlatformKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly pair: KeyPair;
}

/** The platform's signing key, created at its first use, and the key set that publishes it. */
export class PlatformKeys {
  #number = 1;
  #algorithm: SigningAlgorithm;
  #current: Promise<PlatformKey> | undefined;
  #foreign: Promise<KeyPair> | undefined;

  constructor(algorithm: SigningAlgorithm) {
    this.#algorithm = algorithm;
  }

  /** The signing key. */
  current(): Promise<PlatformKey> {
    this.#current ??= this.#generate(this.#number, this.#algorithm);
    return this.#current;
  }

  /** A key that is not the platform's, for attacks. */
  foreign(): Promise<KeyPair> {
    this.#foreign ??= newKeyPair('RS256');
    return this.#foreign;
  }

  async keySet(): Promise<{ keys: JWK[] }> {
    const { kid, algorithm, pair } = await this.current();
    return { keys: [{ ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' }] };
  }

  /** The key set of the attacker, with the key id of the platform's tokens. */
  async foreignKeySet(): Promise<{ keys: JWK[] }> {
    const [{ kid }, { publicKey }] = await Promise.all([this.current(), this.foreign()]);
    return { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] };
  }

  /** Signs with the current key, under its id unless the header says otherwise. */
  async sign(payload: string, header: TokenHeader = {}): Promise<string> {
    const { pair, ...key } = await this.current();
    return signCompact(payload, { ...headerOf(key), ...header }, pair.privateKey);
  }

  /** Replaces the signing key. The old one leaves the key set at once, as at Brightspace. */
  rotate(algorithm: SigningAlgorithm = this.#algorithm): void {
    this.#number += 1;
    this.#algorithm = algorithm;
    this.#current = undefined;
  }

  async #generate(number: number, algorithm: SigningAlgorithm): Promise<PlatformKey> {
    return { kid: `platform-key-${number}`, algorithm, pair: await newKeyPair(algorithm) };
  }
}

/** The header of a platform's tokens. */
export function headerOf({ kid, algorithm }: Pick<PlatformKey, 'kid' | 'algorithm'>): TokenHeader {
  return { typ: 'JWT', alg: algorithm, kid };
}
