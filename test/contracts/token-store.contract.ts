import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { AccessToken } from '../../src/token-store/access-token.js';
import { AccessTokenKey } from '../../src/token-store/access-token-key.js';
import { type RenewalFailure } from '../../src/token-store/renewal-failure.js';
import { type Lease, type TokenStore } from '../../src/token-store/token-store.js';

/** One rule of the TokenStore contract. Any runner can run it: it rejects when the store breaks the rule. */
export interface TokenStoreCase {
  name: string;
  run(store: TokenStore): Promise<void>;
}

const SCOPES = ['https://scope.example/roster', 'https://scope.example/score'];
const ISSUED_AT = new Date('2026-01-05T08:00:00.123Z');

/** Every case has keys of its own, so that stores which outlive a test can be used too. */
function keyOf(registrationId = randomUUID(), revision = 1, scopes = SCOPES): AccessTokenKey {
  return new AccessTokenKey(registrationId, revision, scopes);
}

function tokenOf(value: string = randomUUID()): AccessToken {
  const expiresAt = new Date(ISSUED_AT.getTime() + 3_600_000);
  return new AccessToken({ value, scopes: SCOPES, issuedAt: ISSUED_AT, expiresAt });
}

function failureOf(attempts = 1): RenewalFailure {
  const retryAt = new Date(ISSUED_AT.getTime() + attempts * 1000);
  const message = `It was refused for the ${attempts}. time.`;
  return { kind: 'refused', message, platformError: 'invalid_client', retryAt, attempts };
}

async function acquired(store: TokenStore, key: AccessTokenKey): Promise<Lease> {
  const lease = await store.acquire(key);
  if (lease === undefined) throw new Error('The lease is held, though nobody should hold it.');
  return lease;
}

async function committed(store: TokenStore, key: AccessTokenKey, token = tokenOf()): Promise<AccessToken> {
  expect(await store.commit(await acquired(store, key), token)).toBe(true);
  return token;
}

/** All that a reader can see under a key, in a form that two readings can be compared in. */
async function seen(store: TokenStore, key: AccessTokenKey) {
  const { token, failure } = (await store.get(key)) ?? {};
  if (token === undefined) return { token, failure };
  const { value, scopes, issuedAt, expiresAt, hash } = token;
  return { token: { value, scopes, issuedAt, expiresAt, hash }, failure };
}

const nothing = { token: undefined, failure: undefined };

const reading: TokenStoreCase[] = [
  {
    name: 'an unknown key is a miss',
    run: async (store) => {
      expect(await store.get(keyOf())).toBeUndefined();
    },
  },
  {
    name: 'a committed token is read back whole',
    run: async (store) => {
      const key = keyOf();
      const { value, scopes, issuedAt, expiresAt, hash } = await committed(store, key);
      const token = { value, scopes, issuedAt, expiresAt, hash };
      expect(await seen(store, key)).toEqual({ token, failure: undefined });
      expect((await store.get(key))?.token).toBeInstanceOf(AccessToken);
    },
  },
  {
    name: 'the newest committed token is the one',
    run: async (store) => {
      const key = keyOf();
      await committed(store, key);
      const { hash } = await committed(store, key);
      expect((await store.get(key))?.token?.hash).toBe(hash);
    },
  },
  {
    name: 'permuted and repeated scopes are the same entry',
    run: async (store) => {
      const id = randomUUID();
      const { hash } = await committed(store, keyOf(id));
      const permuted = keyOf(id, 1, [...SCOPES, ...SCOPES].reverse());
      expect((await store.get(permuted))?.token?.hash).toBe(hash);
    },
  },
  {
    name: 'another registration, revision or scope set is another entry',
    run: async (store) => {
      const id = randomUUID();
      await committed(store, keyOf(id));
      for (const other of [keyOf(), keyOf(id, 2), keyOf(id, 1, SCOPES.slice(1))]) {
        expect(await store.get(other)).toBeUndefined();
        expect(await store.acquire(other)).toBeDefined();
      }
    },
  },
  {
    name: 'the value of a token shows in no JSON and no inspection',
    run: async (store) => {
      const [key, secret] = [keyOf(), `secret-${randomUUID()}`];
      await committed(store, key, tokenOf(secret));
      const stored = await store.get(key);
      expect(stored?.token?.value).toBe(secret);
      const shown = [stored, store].map((what) => inspect(what, { depth: Infinity, showHidden: true }));
      expect([JSON.stringify(stored), ...shown].join('\n')).not.toContain(secret);
    },
  },
];

const failures: TokenStoreCase[] = [
  {
    name: 'a failure is marked, and the last token stays beside it',
    run: async (store) => {
      const key = keyOf();
      const { hash } = await committed(store, key);
      expect(await store.fail(await acquired(store, key), failureOf(3))).toBe(true);
      const { token, failure } = await seen(store, key);
      expect([token?.hash, failure]).toEqual([hash, failureOf(3)]);
    },
  },
  {
    name: 'a failure is marked where there never was a token, and the newest one counts',
    run: async (store) => {
      const key = keyOf();
      await store.fail(await acquired(store, key), failureOf(1));
      await store.fail(await acquired(store, key), failureOf(2));
      expect(await seen(store, key)).toEqual({ token: undefined, failure: failureOf(2) });
    },
  },
  {
    name: 'a commit forgets the failure',
    run: async (store) => {
      const key = keyOf();
      await store.fail(await acquired(store, key), failureOf());
      await committed(store, key);
      expect((await store.get(key))?.failure).toBeUndefined();
    },
  },
];

const leases: TokenStoreCase[] = [
  {
    name: 'of many who want the lease at once one gets it',
    run: async (store) => {
      const key = keyOf();
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.acquire(key)));
      expect(answers.filter((lease) => lease !== undefined)).toHaveLength(1);
      expect(await store.acquire(key)).toBeUndefined();
    },
  },
  {
    name: 'the lease is free again after a commit, a failure and a release',
    run: async (store) => {
      const key = keyOf();
      await store.commit(await acquired(store, key), tokenOf());
      await store.fail(await acquired(store, key), failureOf());
      await store.release(await acquired(store, key));
      expect(await store.acquire(key)).toBeDefined();
    },
  },
  {
    name: 'a release changes neither token nor failure',
    run: async (store) => {
      const key = keyOf();
      await committed(store, key);
      await store.fail(await acquired(store, key), failureOf());
      const before = await seen(store, key);
      await store.release(await acquired(store, key));
      expect(await seen(store, key)).toEqual(before);
    },
  },
  {
    name: 'lease ids are random and never come twice',
    run: async (store) => {
      const key = keyOf();
      const ids = new Set<string>();
      for (let nth = 0; nth < 20; nth += 1) {
        const lease = await acquired(store, key);
        ids.add(lease.id);
        await store.release(lease);
      }
      expect(ids.size).toBe(20);
      for (const id of ids) expect(id.length).toBeGreaterThanOrEqual(16);
    },
  },
  {
    name: 'a lease that ended can neither commit nor fail',
    run: async (store) => {
      const key = keyOf();
      const ended = await acquired(store, key);
      await store.release(ended);
      expect(await store.commit(ended, tokenOf())).toBe(false);
      expect(await store.fail(ended, failureOf())).toBe(false);
      expect(await seen(store, key)).toEqual(nothing);
    },
  },
  {
    name: "a lost lease can neither commit nor fail nor release the new holder's",
    run: async (store) => {
      const key = keyOf();
      const lost = await acquired(store, key);
      await store.release(lost);
      const held = await acquired(store, key);
      expect(await store.commit(lost, tokenOf())).toBe(false);
      expect(await store.fail(lost, failureOf())).toBe(false);
      await store.release(lost);
      expect(await store.acquire(key)).toBeUndefined();
      expect(await seen(store, key)).toEqual(nothing);
      expect(await store.commit(held, tokenOf())).toBe(true);
    },
  },
  {
    name: 'an invented lease, and one of another key, can do nothing',
    run: async (store) => {
      const key = keyOf();
      await acquired(store, key);
      const ofAnother = await acquired(store, keyOf());
      for (const id of [randomUUID(), ofAnother.id]) {
        const foreign: Lease = { key, id };
        expect(await store.commit(foreign, tokenOf())).toBe(false);
        expect(await store.fail(foreign, failureOf())).toBe(false);
        await store.release(foreign);
      }
      expect(await store.acquire(key)).toBeUndefined();
      expect(await seen(store, key)).toEqual(nothing);
    },
  },
];

const deletion: TokenStoreCase[] = [
  {
    name: "deleting a registration drops tokens and failures of all its keys, and no other's",
    run: async (store) => {
      const id = randomUUID();
      const [first, second, stranger] = [keyOf(id), keyOf(id, 2, SCOPES.slice(1)), keyOf()];
      await committed(store, first);
      await store.fail(await acquired(store, second), failureOf());
      await committed(store, stranger);
      await store.deleteRegistration(id);
      expect([await seen(store, first), await seen(store, second)]).toEqual([nothing, nothing]);
      expect((await store.get(stranger))?.token).toBeDefined();
    },
  },
  {
    name: 'deleting a registration drops its leases: the holder can write nothing any more, and another may begin',
    run: async (store) => {
      const key = keyOf();
      const before = await acquired(store, key);
      await store.deleteRegistration(key.registrationId);
      expect(await store.commit(before, tokenOf())).toBe(false);
      expect(await store.fail(before, failureOf())).toBe(false);
      expect(await seen(store, key)).toEqual(nothing);
      const after = await acquired(store, key);
      expect(await store.commit(before, tokenOf())).toBe(false);
      expect(await store.commit(after, tokenOf())).toBe(true);
    },
  },
  {
    name: 'deleting a registration that is unknown does nothing',
    run: async (store) => {
      await expect(store.deleteRegistration(randomUUID())).resolves.toBeUndefined();
    },
  },
];

/** What every TokenStore has to keep. */
export const tokenStoreCases: readonly TokenStoreCase[] = [...reading, ...failures, ...leases, ...deletion];

/** Runs the contract against stores that `makeStore` makes, one for each case. */
export function tokenStoreContract(name: string, makeStore: () => TokenStore | Promise<TokenStore>): void {
  describe(`the TokenStore contract, kept by ${name}`, () => {
    let store: TokenStore;
    beforeEach(async () => {
      store = await makeStore();
    });
    afterEach(() => store.close());

    it.each(tokenStoreCases)('$name', ({ run }) => run(store));
  });
}
