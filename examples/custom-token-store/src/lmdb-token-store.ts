import { type Database, open, type RootDatabase } from 'lmdb';
import { randomUUID } from 'node:crypto';
import {
  AccessToken,
  type AccessTokenKey,
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type StoredTokenInfo,
  type TokenCipher,
  type TokenStore,
} from 'nest-lti';
import { ChangeLog } from './change-log.js';

/** A token as it is stored: its value is encrypted. */
interface StoredToken extends StoredTokenInfo {
  encrypted: string;
  forcedAt?: Date;
}

interface Entry {
  token?: StoredToken;
  failure?: RenewalFailure;
  lease?: { id: string; holder: string; endsAtMs: number };
}

/** The keys of a registration are side by side, in the order of their ids. */
type EntryKey = [registrationId: string, keyId: string];

/** Sorts after every key id. */
const END = '\uffff';

/**
 * Access tokens in an LMDB file, which all processes of one machine share. No server is needed. Among all processes only one
 * transaction writes at a time, so each rule of the leases is a condition in a transaction.
 */
export class LmdbTokenStore implements TokenStore {
  readonly shared = true;
  private readonly root: RootDatabase;
  private readonly entries: Database<Entry, EntryKey>;
  private readonly changes: ChangeLog;
  private closing: Promise<void> | undefined;

  /** @param path a directory on a local disk, which is created if it is missing */
  constructor(
    path: string,
    private readonly cipher: TokenCipher,
  ) {
    this.root = open({ path });
    this.entries = this.root.openDB({ name: 'entries' });
    this.changes = new ChangeLog(this.root.openDB({ name: 'changes' }));
  }

  /** All processes have the clock of the machine. */
  async now(): Promise<Date> {
    return new Date();
  }

  async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    this.readLatest();
    const { token, failure } = this.entries.get(entryKey(key)) ?? {};
    if (token === undefined) return failure && { failure };
    const value = this.cipher.decrypt(key, token.encrypted);
    if (value === undefined) return { unreadable: true, failure };
    return { token: new AccessToken({ ...token, value }), failure };
  }

  async acquire(key: AccessTokenKey, { termMs, holder }: LeaseRequest): Promise<Lease | undefined> {
    return this.transaction(() => {
      const entry = this.entries.get(entryKey(key)) ?? {};
      if (isHeld(entry)) return undefined;
      const lease = { id: randomUUID(), holder, endsAtMs: Date.now() + termMs };
      this.entries.putSync(entryKey(key), { ...entry, lease });
      return { key, id: lease.id };
    });
  }

  async extend({ key, id }: Lease, termMs: number): Promise<boolean> {
    return this.transaction(() => {
      const entry = this.heldBy({ key, id });
      if (entry?.lease === undefined) return false;
      const lease = { ...entry.lease, endsAtMs: Date.now() + termMs };
      this.entries.putSync(entryKey(key), { ...entry, lease });
      return true;
    });
  }

  async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    const { scopes, issuedAt, expiresAt, hash, repeated, forcedAt, value } = token;
    const encrypted = this.cipher.encrypt(lease.key, value);
    const stored: StoredToken = {
      encrypted,
      scopes,
      issuedAt,
      expiresAt,
      hash,
      ...(repeated && { repeated }),
      ...(forcedAt && { forcedAt }),
    };
    return this.end(lease, () => ({ token: stored }));
  }

  async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    return this.end(lease, ({ token }) => ({ token, failure }));
  }

  async release(lease: Lease): Promise<void> {
    this.end(lease, ({ token, failure }) => ({ token, failure }));
  }

  async delete(key: Pick<AccessTokenKey, 'id' | 'registrationId'>, tokenHash?: string): Promise<boolean> {
    return this.transaction(() => {
      const { token, failure, lease } = this.entries.get(entryKey(key)) ?? {};
      if (token === undefined && failure === undefined) return false;
      if (tokenHash !== undefined && token?.hash !== tokenHash) return false;
      this.put(key, { lease });
      return true;
    });
  }

  async deleteRegistration(registrationId: string): Promise<void> {
    this.transaction(() => {
      for (const { key } of this.entriesOf(registrationId)) this.put({ registrationId, id: key[1] }, {});
    });
  }

  async list(registrationId: string): Promise<StoredAccessInfo[]> {
    this.readLatest();
    return this.entriesOf(registrationId).flatMap(({ key: [, keyId], value: entry }) => {
      const { token, failure } = entry;
      const lease = isHeld(entry) ? { holder: entry.lease.holder } : undefined;
      if ((token ?? failure ?? lease) === undefined) return [];
      return { keyId, registrationId, token: token && infoOf(token), failure, lease };
    });
  }

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.changes.listen(listener);
  }

  close(): Promise<void> {
    this.changes.stop();
    return (this.closing ??= this.root.close());
  }

  /** Stores what `next` makes of the entry, without the lease. False if the lease is not held any more. */
  private end(lease: Lease, next: (entry: Entry) => Entry): boolean {
    return this.transaction(() => {
      const entry = this.heldBy(lease);
      if (entry === undefined) return false;
      this.put(lease.key, next(entry));
      return true;
    });
  }

  /** The entry, only if this lease is still held. */
  private heldBy({ key, id }: Lease): Entry | undefined {
    const entry = this.entries.get(entryKey(key));
    return entry !== undefined && isHeld(entry) && entry.lease.id === id ? entry : undefined;
  }

  private put(key: Pick<AccessTokenKey, 'id' | 'registrationId'>, entry: Entry): void {
    if (Object.values(entry).every((part) => part === undefined)) this.entries.removeSync(entryKey(key));
    else this.entries.putSync(entryKey(key), entry);
    this.changes.append(key.id);
  }

  private entriesOf(registrationId: string): { key: EntryKey; value: Entry }[] {
    const range = { start: [registrationId, ''], end: [registrationId, END] } satisfies Record<
      string,
      EntryKey
    >;
    return [...this.entries.getRange(range)];
  }

  /** Otherwise all reads of one turn of the event loop see the data of the first one. */
  private readLatest(): void {
    this.root.resetReadTxn();
  }

  /** Runs alone among all processes, and stores all of its changes or none. */
  private transaction<T>(work: () => T): T {
    return this.root.transactionSync(work);
  }
}

function entryKey({ registrationId, id }: Pick<AccessTokenKey, 'id' | 'registrationId'>): EntryKey {
  return [registrationId, id];
}

function isHeld(entry: Entry): entry is Entry & Required<Pick<Entry, 'lease'>> {
  return entry.lease !== undefined && entry.lease.endsAtMs > Date.now();
}

function infoOf({ scopes, issuedAt, expiresAt, hash, repeated }: StoredToken): StoredTokenInfo {
  return { scopes, issuedAt, expiresAt, hash, ...(repeated && { repeated }) };
}
