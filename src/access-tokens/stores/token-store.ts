import { type AccessToken } from '../access-token.js';
import { type AccessTokenKey } from '../access-token-key.js';

/** A token request that failed, as it is remembered: plain data, so that any store can keep it. */
export interface RenewalFailure {
  /** `refused`: the platform said no. `scope`: no to these scopes. `failed`: no usable answer came. */
  kind: 'refused' | 'scope' | 'failed';
  /** What the operator is told. */
  message: string;
  /** The platform's `error`, if it gave one. */
  platformError?: string;
  /** No request before this moment. */
  retryAt: Date;
  /** How many in a row, this one included. */
  attempts: number;
}

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

/** The right to renew the token of one key. Whoever lost it can neither write nor mark a failure. */
export interface Lease {
  readonly key: AccessTokenKey;
  /** Random, new with each acquisition: the fence. */
  readonly id: string;
}

/** How long a lease lasts unless it is extended, by the store's clock, and who asks for it. */
export interface LeaseRequest {
  termMs: number;
  /** For people: shown to the operator while the lease is held. At most 200 characters. */
  holder: string;
}

/** What is known under a key: the last token, and the failure that followed it, if one did. */
export interface StoredAccess {
  token?: AccessToken;
  failure?: RenewalFailure;
  /** There is a token, and it does not open with our keys: a process with other keys wrote it. As good as none. */
  unreadable?: true;
}

/**
 * Keeps access tokens, for one process or for all processes of the tool.
 *
 * Every method rejects in an outage (TokenStoreUnavailable, or whatever the driver throws): an outage is never a miss.
 * Whether a token is expired is the caller's business. The contract suites of `nest-lti/testing` check all of this.
 */
export interface TokenStore {
  /** Whether several processes see the same tokens and leases. */
  readonly shared: boolean;
  /**
   * The time by the store's own clock, which all processes share. Asked for after a 401 alone. Without this method, as in
   * the memory of one process, the process' clock counts.
   */
  now?(): Promise<Date>;
  get(key: AccessTokenKey): Promise<StoredAccess | undefined>;
  /** The lease, or undefined while another holds it. */
  acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined>;
  /** The holder is alive: the lease lasts `termMs` from now. False when it is no longer held. */
  extend(lease: Lease, termMs: number): Promise<boolean>;
  /** In one step: writes the token, forgets the failure, releases. False when the lease is no longer held; nothing is written then. */
  commit(lease: Lease, token: AccessToken): Promise<boolean>;
  /** In one step: marks the failure, releases. The last token stays. False when the lease is no longer held. */
  fail(lease: Lease, failure: RenewalFailure): Promise<boolean>;
  /** Hands the lease back with nothing to say. */
  release(lease: Lease): Promise<void>;
  /**
   * Forgets token and failure of a key; a lease stays with its holder.
   *
   * @param tokenHash only if that is the token: one that was renewed meanwhile stays
   * @returns whether there was something to forget
   */
  delete(key: Pick<AccessTokenKey, 'id' | 'registrationId'>, tokenHash?: string): Promise<boolean>;
  /** Forgets token, failure and lease of every key of a registration. */
  deleteRegistration(registrationId: string): Promise<void>;
  /** What an operator may see of a registration's tokens, in the order of their key ids. */
  list(registrationId: string): Promise<StoredAccessInfo[]>;
  /**
   * Calls `listener` with the key id after each commit, failure, release and deletion by any process, and with undefined
   * when some may have been missed. A call may be lost in an outage, or come late: waiters poll as well.
   *
   * @returns ends it
   */
  onChange(listener: (keyId: string | undefined) => void): () => void;
  /** Ends connections of the store's own; what is stored in a shared store stays. Closing twice does no harm. */
  close(): Promise<void>;
}
export const TokenStore = Symbol('TokenStore');
