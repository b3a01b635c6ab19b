import { type AccessToken, type AccessTokenKey } from '../access-token.js';

/** A remembered token request that failed. It can be stored as JSON. */
export interface RenewalFailure {
  /** `refused`: the platform refused the client. `scope`: it refused these scopes. `failed`: there was no usable answer. */
  kind: 'refused' | 'scope' | 'failed';
  /** For the operator. */
  message: string;
  /** The platform's `error`, if its answer had one. */
  platformError?: string;
  /** No token request is sent before this moment. */
  retryAt: Date;
  /** The number of failures in a row, including this one. */
  attempts: number;
}

/** A stored token without its value. */
export interface StoredTokenInfo {
  /** The granted scopes, sorted. */
  scopes: readonly string[];
  /** The moment before the token was requested. */
  issuedAt: Date;
  /** The absolute expiry, without a margin. */
  expiresAt: Date;
  /** SHA-256 of the value, base64url: `AccessToken.hash`. */
  hash: string;
  /** `AccessToken.repeated`, if true. */
  repeated?: true;
}

/** One entry of a store, as an operator may see it. */
export interface StoredAccessInfo {
  /** `AccessTokenKey.id` */
  keyId: string;
  /** The registration that the token belongs to. */
  registrationId: string;
  /** Absent if no token is stored. */
  token?: StoredTokenInfo;
  /** Absent unless the last token request failed. */
  failure?: RenewalFailure;
  /** Present while a process renews the token. */
  lease?: { holder: string };
}

/** The right to renew the token of one key. A process that has lost it can store neither a token nor a failure. */
export interface Lease {
  /** The key whose token may be renewed. */
  readonly key: AccessTokenKey;
  /** Random, and new with each acquisition. Writes are fenced by it. */
  readonly id: string;
}

/** The term of a lease, by the store's clock, and its holder. */
export interface LeaseRequest {
  /** Milliseconds until the lease expires, unless it is extended. */
  termMs: number;
  /** For the operator, such as `hostname:pid`. At most 200 characters. */
  holder: string;
}

/** An entry: the last token, and the failure of a later request, if there is one. */
export interface StoredAccess {
  /** Absent if no token is stored, or if it cannot be decrypted. It may have expired. */
  token?: AccessToken;
  /** Absent unless a request after the token failed. */
  failure?: RenewalFailure;
  /** There is a token that our keys do not decrypt, because a process with other keys stored it. It counts as a miss. */
  unreadable?: true;
}

/**
 * Stores access tokens, for one process or for all processes of the tool.
 *
 * Every method rejects in an outage, with any error. An outage is not a miss. The store does not decide whether a
 * token has expired. The contract suites of `nest-lti/testing` check all of this.
 *
 * @example
 * const lease = await store.acquire(key, { termMs: 30_000, holder: 'web-1:4711' });
 * if (lease !== undefined) await store.commit(lease, token);
 */
export interface TokenStore {
  /** Whether several processes see the same tokens and leases. */
  readonly shared: boolean;
  /**
   * The time by the store's clock, which all processes share. Called only after a 401. Without this method, the clock of the
   * process counts.
   */
  now?(): Promise<Date>;
  /** The entry of a key, also with an expired token. Undefined: nothing is stored, which is a miss. */
  get(key: AccessTokenKey): Promise<StoredAccess | undefined>;
  /** The lease, or undefined while another holds it. */
  acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined>;
  /** Extends the lease to `termMs` from now. False when the lease is not held any more. */
  extend(lease: Lease, termMs: number): Promise<boolean>;
  /** Atomically stores the token, deletes the failure, releases. False, and nothing is stored, when the lease is not held any more. */
  commit(lease: Lease, token: AccessToken): Promise<boolean>;
  /** Atomically stores the failure, releases. The last token stays. False when the lease is not held any more. */
  fail(lease: Lease, failure: RenewalFailure): Promise<boolean>;
  /** Releases the lease and stores nothing. */
  release(lease: Lease): Promise<void>;
  /**
   * Deletes the token and the failure of a key. A lease stays with its holder.
   *
   * @param tokenHash deletes only this token; one that was renewed meanwhile stays
   * @returns whether something was deleted
   */
  delete(key: Pick<AccessTokenKey, 'id' | 'registrationId'>, tokenHash?: string): Promise<boolean>;
  /** Deletes token, failure and lease of every key of a registration. */
  deleteRegistration(registrationId: string): Promise<void>;
  /** The entries of a registration, without the tokens, in the order of their key ids. */
  list(registrationId: string): Promise<StoredAccessInfo[]>;
  /**
   * Calls `listener` with the key id after each commit, failure, release and deletion by any process, and with undefined
   * when some may have been missed. A call may be late, or be lost in an outage, so waiters also poll.
   *
   * @returns removes the listener
   */
  onChange(listener: (keyId: string | undefined) => void): () => void;
  /** Closes the store's own connections. The entries of a shared store stay. A second call does nothing. */
  close(): Promise<void>;
}
/** The injection token of the `TokenStore`. Its provider is null with the option `tokenStore: 'none'`. */
export const TokenStore = Symbol('TokenStore');
