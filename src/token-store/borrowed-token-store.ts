import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type RenewalFailure } from './renewal-failure.js';
import { type StoredAccessInfo } from './stored-access-info.js';
import { type Lease, type LeaseRequest, type StoredAccess, type TokenStore } from './token-store.js';

/**
 * An embedder's store, ours to use and not to open or close. Never as a provider by itself: Nest would run its life-cycle
 * hooks once for the embedder's provider and again for ours.
 */
export class BorrowedTokenStore implements TokenStore {
  readonly shared: boolean;

  constructor(private readonly store: TokenStore) {
    this.shared = store.shared;
  }

  get now(): (() => Promise<Date>) | undefined {
    return this.store.now?.bind(this.store);
  }

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    return this.store.get(key);
  }

  acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined> {
    return this.store.acquire(key, request);
  }

  extend(lease: Lease, termMs: number): Promise<boolean> {
    return this.store.extend(lease, termMs);
  }

  commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return this.store.commit(lease, token);
  }

  fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.store.fail(lease, failure);
  }

  release(lease: Lease): Promise<void> {
    return this.store.release(lease);
  }

  delete(key: Pick<AccessTokenKey, 'id' | 'registrationId'>, tokenHash?: string): Promise<boolean> {
    return this.store.delete(key, tokenHash);
  }

  deleteRegistration(registrationId: string): Promise<void> {
    return this.store.deleteRegistration(registrationId);
  }

  list(registrationId: string): Promise<StoredAccessInfo[]> {
    return this.store.list(registrationId);
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.store.onChange(listener);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
