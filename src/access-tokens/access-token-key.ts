import { createHash } from 'node:crypto';

/** What a token is kept under: design rule "Key". Two client_ids of one issuer never meet, permuted scopes never miss. */
export class AccessTokenKey {
  readonly scopes: readonly string[];
  /** Short and free of separators, so that stores can use it as a name. */
  readonly id: string;

  /** @param revision the registration's, so that tokens and failures die with the settings that they came from. */
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
