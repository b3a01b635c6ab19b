import { sharedTokenStoreContract, tokenStoreContract } from '../../src/testing/index.js';
import { type AccessToken, type AccessTokenKey } from '../../src/access-tokens/access-token.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
} from '../../src/access-tokens/stores/token-store.js';
import { casesThatCatch } from '../support/cases-that-catch.js';
import {
  type HeldLease,
  InMemoryStoreServer,
  type ServerEntry,
  ServerTokenStore,
} from '../support/in-memory-store-server.js';

describe('the contracts with a store of the embedder', () => {
  const server = new InMemoryStoreServer();
  const harness = { open: () => new ServerTokenStore(server) };

  it.each(tokenStoreContract)('$name', ({ run }) => run(harness));
  it.each(sharedTokenStoreContract)('shared: $name', ({ run }) => run(harness));
});

/** Checks only the lease's id, and not whether it has expired. */
class UnfencedAfterTermStore extends ServerTokenStore {
  protected override heldBy({ key, id }: Lease): ServerEntry | undefined {
    const entry = this.server.entries.get(key.id);
    return entry?.lease?.id === id ? entry : undefined;
  }
}

/** Gives the lease to the next process after the term, and still lets the last one write. */
class UnfencedStore extends ServerTokenStore {
  protected override heldBy({ key }: Lease): ServerEntry | undefined {
    return this.server.entries.get(key.id);
  }
}

/** Its leases never expire. */
class EndlessLeaseStore extends ServerTokenStore {
  protected override leaseOf({ lease }: ServerEntry): HeldLease | undefined {
    return lease;
  }
}

/** Returns true for an extension, and does not extend. */
class UnextendingStore extends ServerTokenStore {
  override extend(lease: Lease): Promise<boolean> {
    return Promise.resolve(this.heldBy(lease) !== undefined);
  }
}

/** Its leases are in the memory of one process. */
class LocalLeaseStore extends ServerTokenStore {
  private readonly leases = new ServerTokenStore(new InMemoryStoreServer());

  override acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined> {
    return this.leases.acquire(key, request);
  }

  override extend(lease: Lease, termMs: number): Promise<boolean> {
    return this.leases.extend(lease, termMs);
  }

  override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return (
      (await this.leases.commit(lease, token)) && this.write(lease, { token: this.encrypted(lease, token) })
    );
  }

  override async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    if (!(await this.leases.fail(lease, failure))) return false;
    return this.write(lease, { token: this.server.entries.get(lease.key.id)?.token, failure });
  }

  override release(lease: Lease): Promise<void> {
    return this.leases.release(lease);
  }

  private write(
    { key: { id, registrationId } }: Lease,
    next: Pick<ServerEntry, 'token' | 'failure'>,
  ): boolean {
    this.server.entries.set(id, { registrationId, ...next });
    this.server.tell(id);
    return true;
  }
}

/** Decides by its own clock that a token has expired. */
class ClockJudgingStore extends ServerTokenStore {
  override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const stored = await super.get(key);
    const expiresAt = stored?.token?.expiresAt.getTime() ?? Infinity;
    return expiresAt < performance.timeOrigin + performance.now() ? undefined : stored;
  }
}

/** `now` is the clock of the process. */
class LocalTimeStore extends ServerTokenStore {
  private static behindMs = 0;
  private readonly behindMs = (LocalTimeStore.behindMs += 10 * 60_000);

  override async now(): Promise<Date> {
    return new Date((await super.now()).getTime() - this.behindMs);
  }
}

/** Notifies only the listeners of the same process. */
class LocalWordStore extends ServerTokenStore {
  private readonly own = new InMemoryStoreServer();

  override onChange(listener: (keyId: string | undefined) => void): () => void {
    this.own.listeners.add(listener);
    return () => void this.own.listeners.delete(listener);
  }

  override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    const done = await super.commit(lease, token);
    this.own.tell(lease.key.id);
    return done;
  }
}

/** `close` deletes the data. */
class SweepingStore extends ServerTokenStore {
  override close(): Promise<void> {
    this.server.entries.clear();
    return super.close();
  }
}

const FLAWS: [string, typeof ServerTokenStore, string][] = [
  [
    'a lease without a fence after its term',
    UnfencedAfterTermStore,
    'a lease that ended can do nothing, even if no other caller holds it',
  ],
  [
    'no fence at all',
    UnfencedStore,
    "a holder that outlived its term can neither commit nor fail, and ends nothing of the next one's",
  ],
  [
    'a lease that never ends',
    EndlessLeaseStore,
    'a lease ends by itself after its term, and another caller gets it',
  ],
  ['an extension that extends nothing', UnextendingStore, 'a lease that is extended outlasts its first term'],
  [
    'a lease that only one process sees',
    LocalLeaseStore,
    'one of 20 callers in two processes gets the lease',
  ],
  [
    "a token that is dropped by the store's clock",
    ClockJudgingStore,
    "tokens dated a year from the store's clock are stored unchanged",
  ],
  [
    'clocks that differ from process to process',
    LocalTimeStore,
    'both instances return the time of one clock, which advances',
  ],
  [
    'word that stays in one process',
    LocalWordStore,
    'the other instance is notified of a change by one instance',
  ],
  [
    'a close that empties the store',
    SweepingStore,
    'closing one instance keeps the data, and the other instance works',
  ],
];

describe('the contract of shared stores catches', () => {
  const caught = new Map<typeof ServerTokenStore, string[]>();

  // All at once, because most of the time is the wait for leases to expire.
  beforeAll(async () => {
    await Promise.all(
      [ServerTokenStore, ...FLAWS.map(([, Store]) => Store)].map(async (Store) => {
        const names = await casesThatCatch(sharedTokenStoreContract, () => {
          const server = new InMemoryStoreServer();
          return { open: () => new Store(server), timeoutMs: 2000 };
        });
        caught.set(Store, names);
      }),
    );
  });

  it.each(FLAWS)('%s', (_, Store, name) => expect(caught.get(Store)).toContain(name));

  it('no fault in a correct store', () => expect(caught.get(ServerTokenStore)).toEqual([]));
});
