import { createHash } from 'node:crypto';

/** The key of a token in the cache and the store (docs/tokens.md, rule 1). The order of the scopes does not matter. */
export class AccessTokenKey {
  readonly scopes: readonly string[];
  /** Registration id, revision and digest of the scopes. Short, so that stores can use it in a key. */
  readonly id: string;

  /** @param revision of the registration, so that tokens and failures of older settings are not used */
  constructor(
    readonly registrationId: string,
    readonly revision: number,
    scopes: readonly string[],
  ) {
    this.scopes = [...new Set(scopes)].sort();
    const digest = createHash('sha256').update(this.scopes.join(' ')).digest('base64url').slice(0, 22);
    this.id = `${registrationId}:${revision}:${digest}`;
  }
}
