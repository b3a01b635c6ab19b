import { randomUUID } from 'node:crypto';
import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { type RenewalFailure } from './renewal-failure.js';
import { type Lease, type StoredAccess, type TokenStore } from './token-store.js';

interface Entry extends StoredAccess {
  registrationId: string;
  leaseId?: string;
}

/** More than any process needs; a bound all the same. */
const MAX_ENTRIES = 10_000;

/** One process' own memory. A lease needs no end of its own here: its holder and the store die together. */
export class MemoryTokenStore implements TokenStore {
  private readonly entries = new Map<string, Entry>();

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const entry = this.entries.get(key.id);
    if (entry === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ token: entry.token, failure: entry.failure });
  }

  acquire(key: AccessTokenKey): Promise<Lease | undefined> {
    const entry = this.entries.get(key.id) ?? { registrationId: key.registrationId };
    if (entry.leaseId !== undefined) return Promise.resolve(undefined);
    const id = randomUUID();
    this.put(key, { ...entry, leaseId: id });
    return Promise.resolve({ key, id });
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

  deleteRegistration(registrationId: string): Promise<void> {
    for (const [id, entry] of this.entries) {
      if (entry.registrationId === registrationId) this.entries.delete(id);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }

  private finish(lease: Lease, next: (entry: Entry) => StoredAccess): boolean {
    const entry = this.entries.get(lease.key.id);
    if (entry?.leaseId !== lease.id) return false;
    this.put(lease.key, { ...next(entry), registrationId: entry.registrationId });
    return true;
  }

  /** The newest stand last, so the first one is the one to drop. */
  private put(key: AccessTokenKey, entry: Entry): void {
    this.entries.delete(key.id);
    this.entries.set(key.id, entry);
    if (this.entries.size <= MAX_ENTRIES) return;
    const oldest = this.entries.keys().next().value;
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}
