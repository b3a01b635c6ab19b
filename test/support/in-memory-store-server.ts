import { randomUUID } from 'node:crypto';
import {
  type AccessTokenKey,
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type StoredTokenInfo,
  type TokenStore,
} from '../../src/index.js';
// Not from src/index.js, which would load the whole module.
import { AccessToken } from '../../src/access-tokens/access-token.js';
import { TokenCipher } from '../../src/access-tokens/token-cipher.js';

export interface HeldLease {
  id: string;
  holder: string;
  /** By the server's clock. */
  endsAt: number;
}

/** A token as it is stored: encrypted. */
interface EncryptedToken extends StoredTokenInfo {
  encrypted: string;
  forcedAt?: Date;
}

export interface ServerEntry {
  registrationId: string;
  token?: EncryptedToken;
  failure?: RenewalFailure;
  lease?: HeldLease;
}

type Outcome = Pick<ServerEntry, 'token' | 'failure'>;

/** What several stores share, as they share a database: data, a clock and notifications. */
export class InMemoryStoreServer {
  readonly entries = new Map<string, ServerEntry>();
  readonly listeners = new Set<(keyId: string | undefined) => void>();

  /** Notifies the listeners after each change. */
  tell(keyId: string): void {
    for (const listener of this.listeners) listener(keyId);
  }

  /** By how much a test has moved the time that `now` returns. Leases do not use it. */
  advancedMs = 0;

  /** Milliseconds of the server's own clock. */
  now(): number {
    return performance.now();
  }
}

/** The smallest shared store that passes both contracts, written with only the public API. */
export class ServerTokenStore implements TokenStore {
  readonly shared = true;
  private readonly endings = new Set<() => void>();

  constructor(
    protected readonly server: InMemoryStoreServer,
    private readonly cipher = TokenCipher.of(`a:${Buffer.alloc(32, 1).toString('base64')}`),
  ) {}

  now(): Promise<Date> {
    return Promise.resolve(new Date(performance.timeOrigin + this.server.now() + this.server.advancedMs));
  }

  get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const { token, failure } = this.server.entries.get(key.id) ?? {};
    if (token === undefined) return Promise.resolve(failure && { failure });
    const value = this.cipher.decrypt(key, token.encrypted);
    if (value === undefined) return Promise.resolve({ unreadable: true, failure });
    return Promise.resolve({ token: new AccessToken({ ...token, value }), failure });
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
    const encrypted = this.encrypted(lease, token);
    return Promise.resolve(this.finish(lease, this.heldBy(lease), { token: encrypted }));
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
    this.server.tell(id);
    return Promise.resolve(true);
  }

  deleteRegistration(registrationId: string): Promise<void> {
    for (const [id, entry] of this.server.entries) {
      if (entry.registrationId !== registrationId) continue;
      this.server.entries.delete(id);
      this.server.tell(id);
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
        ...(token && { token: infoOf(token) }),
        ...(failure && { failure }),
        ...(lease && { lease: { holder: lease.holder } }),
      });
    }
    return Promise.resolve(found.sort((one, other) => (one.keyId < other.keyId ? -1 : 1)));
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    // A new function, so that the same listener may be added twice.
    const own = (keyId: string | undefined): void => listener(keyId);
    this.server.listeners.add(own);
    const end = (): void => void this.server.listeners.delete(own);
    this.endings.add(end);
    return end;
  }

  close(): Promise<void> {
    for (const end of this.endings) end();
    return Promise.resolve();
  }

  /** The lease of a key, if one is held now. */
  protected leaseOf({ lease }: ServerEntry): HeldLease | undefined {
    return lease !== undefined && lease.endsAt > this.server.now() ? lease : undefined;
  }

  /** The fence: the entry, only if this lease is still held. */
  protected heldBy({ key, id }: Lease): ServerEntry | undefined {
    const entry = this.server.entries.get(key.id);
    return entry !== undefined && this.leaseOf(entry)?.id === id ? entry : undefined;
  }

  protected encrypted({ key }: Lease, token: AccessToken): EncryptedToken {
    const { value, scopes, issuedAt, expiresAt, hash, repeated, forcedAt } = token;
    const encrypted = this.cipher.encrypt(key, value);
    return { encrypted, scopes, issuedAt, expiresAt, hash, forcedAt, ...(repeated && { repeated }) };
  }

  private finish({ key }: Lease, entry: ServerEntry | undefined, next: Outcome): boolean {
    if (entry === undefined) return false;
    this.server.entries.set(key.id, { registrationId: entry.registrationId, ...next });
    this.server.tell(key.id);
    return true;
  }
}

function infoOf({ scopes, issuedAt, expiresAt, hash, repeated }: EncryptedToken): StoredTokenInfo {
  return { scopes, issuedAt, expiresAt, hash, ...(repeated && { repeated }) };
}
