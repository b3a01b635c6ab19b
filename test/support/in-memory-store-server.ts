import { randomUUID } from 'node:crypto';
import { type AccessToken } from '../../src/token-store/access-token.js';
import { type AccessTokenKey } from '../../src/token-store/access-token-key.js';
import { ChangeListeners } from '../../src/token-store/change-listeners.js';
import { type RenewalFailure } from '../../src/token-store/renewal-failure.js';
import { type StoredAccessInfo } from '../../src/token-store/stored-access-info.js';
import {
  type Lease,
  type LeaseRequest,
  type StoredAccess,
  type TokenStore,
} from '../../src/token-store/token-store.js';

export interface HeldLease {
  id: string;
  holder: string;
  /** By the server's clock. */
  endsAt: number;
}

export interface ServerEntry extends StoredAccess {
  registrationId: string;
  lease?: HeldLease;
}

/** What several stores share, as they would a database: data, a clock, and word of changes. */
export class InMemoryStoreServer {
  readonly entries = new Map<string, ServerEntry>();
  readonly listeners = new ChangeListeners();

  /** Milliseconds of the server's own clock. */
  now(): number {
    return performance.now();
  }
}

/** An embedder's own shared store, as small as it can be and still keep both contracts. */
export class ServerTokenStore implements TokenStore {
  readonly shared = true;
  private readonly endings = new Set<() => void>();

  constructor(protected readonly server: InMemoryStoreServer) {}

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const { token, failure } = this.server.entries.get(key.id) ?? {};
    return Promise.resolve(token === undefined && failure === undefined ? undefined : { token, failure });
  }

  acquire(key: AccessTokenKey, { termMs, holder }: LeaseRequest): Promise<Lease | undefined> {
    const entry = this.server.entries.get(key.id) ?? { registrationId: key.registrationId };
    if (this.leaseOf(entry) !== undefined) return Promise.resolve(undefined);
    const lease = { id: randomUUID(), holder, endsAt: this.server.now() + termMs };
    this.server.entries.set(key.id, { ...entry, lease });
    return Promise.resolve({ key, id: lease.id });
  }

  extend(lease: Lease, termMs: number): Promise<boolean> {
    const held = this.heldBy(lease)?.lease;
    if (held !== undefined) held.endsAt = this.server.now() + termMs;
    return Promise.resolve(held !== undefined);
  }

  commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return Promise.resolve(this.finish(lease, this.heldBy(lease), { token }));
  }

  fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    const entry = this.heldBy(lease);
    return Promise.resolve(this.finish(lease, entry, { token: entry?.token, failure }));
  }

  release(lease: Lease): Promise<void> {
    const entry = this.heldBy(lease);
    this.finish(lease, entry, { token: entry?.token, failure: entry?.failure });
    return Promise.resolve();
  }

  delete({ id }: Pick<AccessTokenKey, 'id'>, tokenHash?: string): Promise<boolean> {
    const entry = this.server.entries.get(id);
    const there = entry?.token !== undefined || entry?.failure !== undefined;
    if (!there || (tokenHash !== undefined && entry.token?.hash !== tokenHash)) return Promise.resolve(false);
    this.server.entries.set(id, { registrationId: entry.registrationId, lease: entry.lease });
    this.server.listeners.tell(id);
    return Promise.resolve(true);
  }

  deleteRegistration(registrationId: string): Promise<void> {
    for (const [id, entry] of this.server.entries) {
      if (entry.registrationId !== registrationId) continue;
      this.server.entries.delete(id);
      this.server.listeners.tell(id);
    }
    return Promise.resolve();
  }

  list(registrationId: string): Promise<StoredAccessInfo[]> {
    const found: StoredAccessInfo[] = [];
    for (const [keyId, entry] of this.server.entries) {
      const { token, failure } = entry;
      const lease = this.leaseOf(entry);
      if (entry.registrationId !== registrationId || (token ?? failure ?? lease) === undefined) continue;
      found.push({
        keyId,
        registrationId,
        ...(token && {
          token: {
            scopes: token.scopes,
            issuedAt: token.issuedAt,
            expiresAt: token.expiresAt,
            hash: token.hash,
          },
        }),
        ...(failure && { failure }),
        ...(lease && { lease: { holder: lease.holder } }),
      });
    }
    return Promise.resolve(found.sort((one, other) => (one.keyId < other.keyId ? -1 : 1)));
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    const end = this.server.listeners.add(listener);
    this.endings.add(end);
    return end;
  }

  close(): Promise<void> {
    for (const end of this.endings) end();
    return Promise.resolve();
  }

  /** The lease that somebody holds at this moment. */
  protected leaseOf({ lease }: ServerEntry): HeldLease | undefined {
    return lease !== undefined && lease.endsAt > this.server.now() ? lease : undefined;
  }

  /** The fence: the entry, if this lease is the one that holds it now. */
  protected heldBy({ key, id }: Lease): ServerEntry | undefined {
    const entry = this.server.entries.get(key.id);
    return entry !== undefined && this.leaseOf(entry)?.id === id ? entry : undefined;
  }

  private finish({ key }: Lease, entry: ServerEntry | undefined, next: StoredAccess): boolean {
    if (entry === undefined) return false;
    this.server.entries.set(key.id, { registrationId: entry.registrationId, ...next });
    this.server.listeners.tell(key.id);
    return true;
  }
}
