import { type JWK } from 'jose';
import { type TokenHeader } from '../../keys/compact-jws.js';
import { type FormField } from '../../browser/form-field.js';
import { type Claims } from '../claim-names.js';

/** The key of an attacker, in a key set under the platform's key id. */
export interface AttackerKey {
  readonly jwk: JWK;
  readonly keySetUrl: string;
}

/**
 * How a launch differs from a valid one. Everything else is valid.
 *
 * @example
 * lms.tamperNextLaunch({ claims: (claims) => ({ ...claims, nonce: 'another' }) });
 */
export interface Tamper {
  /** Parameters of the header to set; undefined removes one. */
  readonly header?: TokenHeader | ((attacker: AttackerKey) => TokenHeader);
  /** Changes the claims before they are signed. */
  readonly claims?: (claims: Claims) => Claims;
  /**
   * `none`: alg none without a signature. `hmac-with-public-key`: HS256, the secret being the PEM of the platform's public
   * key. `foreign-key`: the attacker's key under the platform's key id. `broken`: bytes of the right one changed.
   */
  readonly signature?: 'none' | 'hmac-with-public-key' | 'foreign-key' | 'broken';
  /** The signed token, changed afterwards. */
  readonly token?: (jwt: string) => string;
  /** Changes the form that is posted to the tool. */
  readonly form?: (fields: FormField[]) => FormField[];
}
