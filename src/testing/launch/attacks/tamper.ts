import { type JWK } from 'jose';
import { type TokenHeader } from '../../keys/compact-jws.js';
import { type FormField } from '../../browser/form-field.js';
import { type Claims } from '../claim-names.js';

/** What an attacker has at hand: a key of his own, in a key set under the platform's key id. */
export interface AttackerKey {
  readonly jwk: JWK;
  readonly keySetUrl: string;
}

/** How a launch differs from the right one. Everything that is not given is as it should be. */
export interface Tamper {
  /** Parameters of the header to set, or to leave out where undefined. */
  readonly header?: TokenHeader | ((attacker: AttackerKey) => TokenHeader);
  readonly claims?: (claims: Claims) => Claims;
  /**
   * `none`: alg none without a signature. `hmac-with-public-key`: HS256, the secret being the PEM of the platform's public
   * key. `foreign-key`: the attacker's key under the platform's key id. `broken`: bytes of the right one changed.
   */
  readonly signature?: 'none' | 'hmac-with-public-key' | 'foreign-key' | 'broken';
  /** The signed token, changed afterwards. */
  readonly token?: (jwt: string) => string;
  /** What is posted to the tool. */
  readonly form?: (fields: FormField[]) => FormField[];
}
