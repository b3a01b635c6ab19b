import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type RenewalFailure } from './renewal-failure.js';

/** The right to renew the token of one key. Whoever lost it can neither write nor mark a failure. */
export interface Lease {
  readonly key: AccessTokenKey;
  /** Random, new with each acquisition: the fence. */
  readonly id: string;
}

/** What is known under a key: the last token, and the failure that followed it, if one did. */
export interface StoredAccess {
  token?: AccessToken;
  failure?: RenewalFailure;
}

/**
 * Keeps access tokens, for one process or for all processes of the tool.
 *
 * Every method rejects in an outage: an outage is never a miss. Whether a token is expired is the caller's business.
 */
export interface TokenStore {
  get(key: AccessTokenKey): Promise<StoredAccess | undefined>;
  /** The lease, or undefined while another holds it. */
  acquire(key: AccessTokenKey): Promise<Lease | undefined>;
  /** In one step: writes the token, forgets the failure, releases. False when the lease is no longer held; nothing is written then. */
  commit(lease: Lease, token: AccessToken): Promise<boolean>;
  /** In one step: marks the failure, releases. The last token stays. False when the lease is no longer held. */
  fail(lease: Lease, failure: RenewalFailure): Promise<boolean>;
  /** Hands the lease back with nothing to say. */
  release(lease: Lease): Promise<void>;
  /** Forgets token, failure and lease of every key of a registration. */
  deleteRegistration(registrationId: string): Promise<void>;
  close(): Promise<void>;
}
export const TokenStore = Symbol('TokenStore');
