import { tokenStoreContract } from '../../src/testing/index.js';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
} from '../../src/access-tokens/stores/token-store.js';
import { casesThatCatch } from '../support/cases-that-catch.js';

/** Reports a commit, and stores nothing. */
class ForgetfulStore extends MemoryTokenStore {
  override async commit(lease: Lease): Promise<boolean> {
    if (!(await this.extend(lease))) return false;
    await this.release(lease);
    return true;
  }
}

/** Remembers every lease, so that the stores below can write without a valid one. */
class LeaseKnowingStore extends MemoryTokenStore {
  protected readonly held = new Map<string, Lease>();

  override async acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined> {
    const lease = await super.acquire(key, request);
    if (lease !== undefined) this.held.set(key.id, lease);
    return lease;
  }

  protected async heldOf({ key }: Lease): Promise<Lease> {
    await this.acquire(key, { termMs: 1000, holder: 'nobody' });
    return this.held.get(key.id)!;
  }
}

/** Stores a failure without a valid lease. */
class UnfencedFailStore extends LeaseKnowingStore {
  override async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    return super.fail(await this.heldOf(lease), failure);
  }
}

/** Stores a token without a valid lease. */
class UnfencedCommitStore extends LeaseKnowingStore {
  override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return super.commit(await this.heldOf(lease), token);
  }
}

/** Returns false for a lost lease, and stores the token. */
class LyingFailStore extends UnfencedFailStore {
  override async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    const honest = await this.extend(lease);
    await super.fail(lease, failure);
    return honest;
  }
}

/** Gives the lease to every caller. */
class GenerousStore extends LeaseKnowingStore {
  override async acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined> {
    return (await super.acquire(key, request)) ?? this.held.get(key.id);
  }
}

/** Stores a token without `repeated` and `forcedAt`. */
class LossyStore extends MemoryTokenStore {
  override commit(lease: Lease, { value, scopes, issuedAt, expiresAt }: AccessToken): Promise<boolean> {
    return super.commit(lease, new AccessToken({ value, scopes, issuedAt, expiresAt }));
  }
}

/** Extends every lease, also a lost one. */
class HopefulStore extends MemoryTokenStore {
  override extend(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

/** Keeps the entries of a deleted registration. */
class ClingingStore extends MemoryTokenStore {
  override deleteRegistration(): Promise<void> {
    return Promise.resolve();
  }
}

/** Deletes the token whatever its hash. */
class HastyStore extends MemoryTokenStore {
  override delete(key: Pick<AccessTokenKey, 'id'>): Promise<boolean> {
    return super.delete(key);
  }
}

/** Stores one token for all keys of a registration. */
class CarelessKeyStore extends MemoryTokenStore {
  private readonly everyKey = ({ registrationId }: AccessTokenKey) =>
    new AccessTokenKey(registrationId, 1, ['any']);

  override get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    return super.get(this.everyKey(key));
  }

  override acquire(key: AccessTokenKey, request: LeaseRequest): Promise<Lease | undefined> {
    return super.acquire(this.everyKey(key), request);
  }
}

/** Adds the token's value where a log would show it. */
class IndiscreetStore extends MemoryTokenStore {
  override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const stored = await super.get(key);
    return stored?.token === undefined ? stored : Object.assign(stored, { bearer: stored.token.value });
  }
}

/** Lists the value of the token. */
class TalkativeStore extends MemoryTokenStore {
  private readonly values = new Map<string, string>();

  override commit(lease: Lease, token: AccessToken): Promise<boolean> {
    this.values.set(lease.key.id, token.value);
    return super.commit(lease, token);
  }

  override async list(registrationId: string): Promise<StoredAccessInfo[]> {
    const listed = await super.list(registrationId);
    return listed.map((info) => Object.assign(info, { bearer: this.values.get(info.keyId) }));
  }
}

/** Calls no listener. */
class SilentStore extends MemoryTokenStore {
  override onChange(): () => void {
    return () => undefined;
  }
}

/** Calls listeners that were removed. */
class NaggingStore extends MemoryTokenStore {
  override onChange(listener: (keyId: string | undefined) => void): () => void {
    super.onChange(listener);
    return () => undefined;
  }
}

const FLAWS: [string, typeof MemoryTokenStore, string][] = [
  ['a commit that writes nothing', ForgetfulStore, 'a committed token is read back completely'],
  ['an unfenced fail', UnfencedFailStore, 'a lease that ended can store neither a token nor a failure'],
  [
    'an unfenced commit',
    UnfencedCommitStore,
    "a lost lease can neither store a token or a failure nor release the new holder's lease",
  ],
  [
    'an unfenced commit after a deletion',
    UnfencedCommitStore,
    'deleting a registration deletes its leases: the holder can write nothing any more, and another caller gets the lease',
  ],
  [
    'a fail that says no and writes',
    LyingFailStore,
    "a lost lease can neither store a token or a failure nor release the new holder's lease",
  ],
  [
    'a forced renewal that is forgotten',
    LossyStore,
    'the time of the last forced renewal is stored with the token, until the next token',
  ],
  ['a lease for everybody', GenerousStore, 'one of many callers at once gets the lease'],
  [
    'an extension of what is not held',
    HopefulStore,
    'a lease ends with a release, a commit or a failure, and cannot be extended then',
  ],
  [
    'a deletion that deletes nothing',
    ClingingStore,
    "deleting a registration drops tokens and failures of all its keys, and no other's",
  ],
  [
    'a deletion of another token than the one named',
    HastyStore,
    'deleting a certain token keeps one that was renewed meanwhile',
  ],
  [
    'a key of less than all its parts',
    CarelessKeyStore,
    'another registration, revision or scope set is another entry',
  ],
  ['a token that shows', IndiscreetStore, 'the value of a token is not shown in JSON or by an inspection'],
  [
    'a list that shows the token',
    TalkativeStore,
    'a token is listed with its scopes, dates and hash, never with its value',
  ],
  [
    'a change that is not told',
    SilentStore,
    'listeners get the key id after a commit, a failure, a release and a deletion',
  ],
  [
    'a listener that cannot be ended',
    NaggingStore,
    'a stopped listener is not notified any more, and the others still are',
  ],
];

describe('the TokenStore contract catches', () => {
  const caught = new Map<typeof MemoryTokenStore, string[]>();

  // All at once, because stores that do not notify are waited for.
  beforeAll(async () => {
    await Promise.all(
      [MemoryTokenStore, ...FLAWS.map(([, Store]) => Store)].map(async (Store) => {
        const open = () => new Store();
        caught.set(Store, await casesThatCatch(tokenStoreContract, () => ({ open, timeoutMs: 1000 })));
      }),
    );
  });

  it.each(FLAWS)('%s', (_, Store, name) => expect(caught.get(Store)).toContain(name));

  it('no fault in a correct store', () => expect(caught.get(MemoryTokenStore)).toEqual([]));
});
