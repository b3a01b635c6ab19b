import { type RenewalFailure } from './renewal-failure.js';

/** What is known of a stored token but the token itself. */
export interface StoredTokenInfo {
  scopes: readonly string[];
  issuedAt: Date;
  expiresAt: Date;
  /** SHA-256 of the value, base64url: `AccessToken.hash`. */
  hash: string;
  /** `AccessToken.repeated`, where it is so. */
  repeated?: true;
}

/** One key of a store, as an operator may see it. */
export interface StoredAccessInfo {
  /** `AccessTokenKey.id` */
  keyId: string;
  registrationId: string;
  token?: StoredTokenInfo;
  failure?: RenewalFailure;
  /** Present while somebody renews. */
  lease?: { holder: string };
}
