import { type AccessToken } from '../../src/token-store/access-token.js';
import { AccessTokenKey } from '../../src/token-store/access-token-key.js';
import { MemoryTokenStore } from '../../src/token-store/memory-token-store.js';
import { type RenewalFailure } from '../../src/token-store/renewal-failure.js';
import { type Lease, type StoredAccess } from '../../src/token-store/token-store.js';
import { tokenStoreCases, tokenStoreContract } from './token-store.contract.js';

tokenStoreContract('MemoryTokenStore', () => new MemoryTokenStore());

it('MemoryTokenStore forgets the oldest beyond 10,000 keys', async () => {
  const store = new MemoryTokenStore();
  const keys = Array.from(
    { length: 10_001 },
    (_, nth) => new AccessTokenKey(`registration-${nth}`, 1, ['a']),
  );
  for (const key of keys) await store.acquire(key);
  expect(await store.get(keys[0]!)).toBeUndefined();
  expect(await store.get(keys[1]!)).toBeDefined();
});

/** Says that it wrote, and did not. */
class ForgetfulStore extends MemoryTokenStore {
  override async commit(lease: Lease): Promise<boolean> {
    await this.release(lease);
    return true;
  }
}

/** Knows every lease that it gave away: what the broken stores below break the fence with. */
class LeaseKnowingStore extends MemoryTokenStore {
  protected readonly held = new Map<string, Lease>();

  override async acquire(key: AccessTokenKey): Promise<Lease | undefined> {
    const lease = await super.acquire(key);
    if (lease !== undefined) this.held.set(key.id, lease);
    return lease;
  }

  protected async heldOf({ key }: Lease): Promise<Lease> {
    await this.acquire(key);
    return this.held.get(key.id)!;
  }
}

/** Marks a failure, whoever says so. */
class UnfencedFailStore extends LeaseKnowingStore {
  override async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
    return super.fail(await this.heldOf(lease), failure);
  }
}

/** Writes a token, whoever brings it. */
class UnfencedCommitStore extends LeaseKnowingStore {
  override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    return super.commit(await this.heldOf(lease), token);
  }
}

/** Gives the lease to everybody. */
class GenerousStore extends LeaseKnowingStore {
  override async acquire(key: AccessTokenKey): Promise<Lease | undefined> {
    return (await super.acquire(key)) ?? this.held.get(key.id);
  }
}

/** Keeps what it knows of a deleted registration. */
class ClingingStore extends MemoryTokenStore {
  override deleteRegistration(): Promise<void> {
    return Promise.resolve();
  }
}

/** Puts one token under every key of a registration. */
class CarelessKeyStore extends MemoryTokenStore {
  override get({ registrationId }: AccessTokenKey): Promise<StoredAccess | undefined> {
    return super.get(new AccessTokenKey(registrationId, 1, ['any']));
  }

  override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
    const all = new AccessTokenKey(lease.key.registrationId, 1, ['any']);
    await super.commit((await this.acquire(all))!, token);
    await this.release(lease);
    return true;
  }
}

/** Hands out what a log would show. */
class IndiscreetStore extends MemoryTokenStore {
  override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
    const stored = await super.get(key);
    return stored?.token === undefined ? stored : Object.assign(stored, { bearer: stored.token.value });
  }
}

async function casesThatCatch(store: MemoryTokenStore): Promise<string[]> {
  const caught: string[] = [];
  for (const { name, run } of tokenStoreCases) {
    const verdict = await run(store).then(
      () => 'kept',
      () => 'broken',
    );
    if (verdict === 'broken') caught.push(name);
  }
  return caught;
}

describe('the TokenStore contract catches', () => {
  it.each([
    ['a commit that writes nothing', new ForgetfulStore(), 'a committed token is read back whole'],
    ['an unfenced fail', new UnfencedFailStore(), 'a lease that ended can neither commit nor fail'],
    [
      'an unfenced commit',
      new UnfencedCommitStore(),
      "a lost lease can neither commit nor fail nor release the new holder's",
    ],
    [
      'an unfenced commit after a deletion',
      new UnfencedCommitStore(),
      'deleting a registration drops its leases: the holder can write nothing any more, and another may begin',
    ],
    ['a lease for everybody', new GenerousStore(), 'of many who want the lease at once one gets it'],
    [
      'a deletion that deletes nothing',
      new ClingingStore(),
      "deleting a registration drops tokens and failures of all its keys, and no other's",
    ],
    [
      'a key of less than all its parts',
      new CarelessKeyStore(),
      'another registration, revision or scope set is another entry',
    ],
    ['a token that shows', new IndiscreetStore(), 'the value of a token shows in no JSON and no inspection'],
  ])('%s', async (_, store, name) => {
    expect(await casesThatCatch(store)).toContain(name);
  });

  it('nothing where nothing is broken', async () => {
    expect(await casesThatCatch(new MemoryTokenStore())).toEqual([]);
  });
});
