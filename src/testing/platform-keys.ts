import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** The platform's own key set: one RS256 key, made when it is first asked for. */
export class PlatformKeys {
  #keySet: Promise<{ keys: JWK[] }> | undefined;

  keySet(): Promise<{ keys: JWK[] }> {
    this.#keySet ??= this.#generate();
    return this.#keySet;
  }

  async #generate(): Promise<{ keys: JWK[] }> {
    const { publicKey } = await generateKeyPair('RS256');
    return { keys: [{ ...(await exportJWK(publicKey)), kid: 'platform-key-1', alg: 'RS256', use: 'sig' }] };
  }
}
