import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { type AccessToken, type AccessTokenKey } from '../access-token.js';
import { ChangeListeners } from './change-listeners.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type StoredTokenInfo,
  type TokenStore,
} from './token-store.js';

interface Entry extends StoredAccess {
  registrationId: string;
  lease?: { id: string; holder: string };
}

const MAX_ENTRIES = 10_000;

/** The token store of one process, in memory. Its leases do not expire, because their holder ends together with the store. */
export class MemoryTokenStore implements TokenStore {
  readonly shared = false;
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  private readonly listeners = new ChangeListeners();

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const entry = this.entries.get(key.id);
    if (entry?.token === undefined && entry?.failure === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ token: entry.token, failure: entry.failure });
  }

  acquire(key: AccessTokenKey, { holder }: LeaseRequest): Promise<Lease | undefined> {
    const entry = this.entries.get(key.id) ?? { registrationId: key.registrationId };
    if (entry.lease !== undefined) return Promise.resolve(undefined);
    const id = randomUUID();
    this.entries.set(key.id, { ...entry, lease: { id, holder } });
    return Promise.resolve({ key, id });
  }

  extend(lease: Lease): Promise<boolean> {
    return Promise.resolve(this.entries.get(lease.key.id)?.lease?.id === lease.id);
  }

  commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return Promise.resolve(this.finish(lease, () => ({ token })));
  }

  fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    return Promise.resolve(this.finish(lease, ({ token }) => ({ token, failure })));
  }

  release(lease: Lease): Promise<void> {
    this.finish(lease, ({ token, failure }) => ({ token, failure }));
    return Promise.resolve();
  }

  delete({ id }: Pick<AccessTokenKey, 'id'>, tokenHash?: string): Promise<boolean> {
    const entry = this.entries.get(id);
    if (entry === undefined || (tokenHash !== undefined && entry.token?.hash !== tokenHash)) {
      return Promise.resolve(false);
    }
    const { registrationId, lease, token, failure } = entry;
    if (lease === undefined) this.entries.delete(id);
    else this.entries.set(id, { registrationId, lease });
    this.listeners.notify(id);
    return Promise.resolve(token !== undefined || failure !== undefined);
  }

  deleteRegistration(registrationId: string): Promise<void> {
    for (const [id] of this.entriesOf(registrationId)) {
      this.entries.delete(id);
      this.listeners.notify(id);
    }
    return Promise.resolve();
  }

  list(registrationId: string): Promise<StoredAccessInfo[]> {
    const found = this.entriesOf(registrationId).map(([keyId, { token, failure, lease }]) => ({
      keyId,
      registrationId,
      ...(token !== undefined && { token: infoOf(token) }),
      ...(failure !== undefined && { failure }),
      ...(lease !== undefined && { lease: { holder: lease.holder } }),
    }));
    return Promise.resolve(found.sort((one, other) => (one.keyId < other.keyId ? -1 : 1)));
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.listeners.add(listener);
  }

  close(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }

  private entriesOf(registrationId: string): [string, Entry][] {
    return [...this.entries.entries()].filter(([, entry]) => entry.registrationId === registrationId);
  }

  private finish(lease: Lease, next: (entry: Entry) => StoredAccess): boolean {
    const entry = this.entries.get(lease.key.id);
    if (entry?.lease?.id !== lease.id) return false;
    const access = next(entry);
    if (access.token === undefined && access.failure === undefined) this.entries.delete(lease.key.id);
    else this.entries.set(lease.key.id, { ...access, registrationId: entry.registrationId });
    this.listeners.notify(lease.key.id);
    return true;
  }
}

function infoOf({ scopes, issuedAt, expiresAt, hash, repeated }: AccessToken): StoredTokenInfo {
  return { scopes, issuedAt, expiresAt, hash, ...(repeated && { repeated }) };
}
