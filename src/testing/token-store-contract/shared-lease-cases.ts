import assert from 'node:assert/strict';
import { type AccessTokenKey } from '../../access-tokens/access-token.js';
import { type LeaseRequest, type TokenStore } from '../../access-tokens/stores/token-store.js';
import { sharedStoreCase } from './contract-case.js';
import { acquired, assertPowerless, HELD, keyOf, NOTHING, seen, tokenOf } from './contract-data.js';
import { eventually } from './eventually.js';

/** A short term. */
const BRIEF: LeaseRequest = { termMs: 250, holder: 'brief.example:2' };
/** A term that its holder can extend in time. */
const EXTENDED: LeaseRequest = { termMs: 750, holder: 'alive.example:3' };

/** The lease, as soon as its present holder has lost it. */
function acquiredAfterTerm(store: TokenStore, key: AccessTokenKey, timeoutMs: number) {
  return eventually('a lease ends after its term', timeoutMs, () => store.acquire(key, HELD));
}

export const sharedLeaseCases = [
  sharedStoreCase('one of 20 callers in two processes gets the lease', async (one, other) => {
    const key = keyOf();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => (nth % 2 === 0 ? one : other).acquire(key, HELD)),
    );
    assert.equal(answers.filter((lease) => lease !== undefined).length, 1);
    assert.equal(await one.acquire(key, HELD), undefined);
    assert.equal(await other.acquire(key, HELD), undefined);
  }),

  sharedStoreCase('the other instance sees a lease of one instance, and can end it', async (one, other) => {
    const key = keyOf();
    const lease = await acquired(one, key);
    assert.equal(await other.acquire(key, HELD), undefined);
    assert.deepEqual((await other.list(key.registrationId))[0]?.lease, { holder: HELD.holder });
    assert.equal(await other.extend(lease, HELD.termMs), true);
    assert.equal(await other.commit(lease, tokenOf()), true);
    await assertPowerless(one, lease);
    assert.ok(await one.acquire(key, HELD));
  }),

  sharedStoreCase(
    'a lease ends by itself after its term, and another caller gets it',
    async (one, other, timeoutMs) => {
      const key = keyOf();
      await acquired(one, key, BRIEF);
      const next = await acquiredAfterTerm(other, key, timeoutMs);
      assert.equal(await other.commit(next, tokenOf()), true);
    },
  ),

  // A holder that was stopped for longer than its term continues without knowing that.
  sharedStoreCase(
    "a holder that outlived its term can neither commit nor fail, and ends nothing of the next one's",
    async (one, other, timeoutMs) => {
      const key = keyOf();
      const late = await acquired(one, key, BRIEF);
      const next = await acquiredAfterTerm(other, key, timeoutMs);
      await assertPowerless(one, late);
      assert.deepEqual(await seen(other, key), NOTHING);
      assert.equal(await one.acquire(key, HELD), undefined);
      const token = tokenOf();
      assert.equal(await other.commit(next, token), true);
      await assertPowerless(one, late);
      assert.equal((await one.get(key))?.token?.hash, token.hash);
    },
  ),

  sharedStoreCase(
    'a lease that ended can do nothing, even if no other caller holds it',
    async (one, other, timeoutMs) => {
      const key = keyOf();
      const late = await acquired(one, key, BRIEF);
      await eventually('a lease that ended is listed no more', timeoutMs, async () => {
        const listed = await other.list(key.registrationId);
        return listed.every(({ lease }) => lease === undefined) || undefined;
      });
      await assertPowerless(one, late);
      assert.deepEqual(await seen(other, key), NOTHING);
    },
  ),

  sharedStoreCase('a lease that is extended outlasts its first term', async (one, other, timeoutMs) => {
    const [key, measure] = [keyOf(), keyOf()];
    const lease = await acquired(one, key, EXTENDED);
    assert.equal(await one.extend(lease, HELD.termMs), true);
    // This lease began later with the same term, so the other one would have ended before it.
    await acquired(one, measure, EXTENDED);
    await acquiredAfterTerm(other, measure, timeoutMs);
    assert.equal(await other.acquire(key, HELD), undefined);
    assert.equal(await one.commit(lease, tokenOf()), true);
  }),

  sharedStoreCase('a lease that is extended ends after its new term', async (one, other, timeoutMs) => {
    const key = keyOf();
    const lease = await acquired(one, key);
    assert.equal(await one.extend(lease, BRIEF.termMs), true);
    await acquiredAfterTerm(other, key, timeoutMs);
    await assertPowerless(one, lease);
  }),
];
