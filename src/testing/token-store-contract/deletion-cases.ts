import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { storeCase } from './contract-case.js';
import {
  acquired,
  assertPowerless,
  committed,
  failed,
  HELD,
  keyOf,
  NOTHING,
  SCOPES,
  seen,
  tokenOf,
} from './contract-data.js';

export const deletionCases = [
  storeCase(
    'deleting a key deletes its token and its failure, and returns whether there was one',
    async (store) => {
      const [key, failing, stranger] = [keyOf(), keyOf(), keyOf()];
      await committed(store, key);
      await failed(store, key);
      await failed(store, failing);
      await committed(store, stranger);
      for (const { id, registrationId } of [key, failing]) {
        assert.equal(await store.delete({ id, registrationId }), true);
        assert.equal(await store.delete({ id, registrationId }), false);
      }
      assert.deepEqual([await seen(store, key), await seen(store, failing)], [NOTHING, NOTHING]);
      assert.ok((await store.get(stranger))?.token, 'It deleted the token of another key.');
      assert.equal(await store.delete(keyOf()), false);
    },
  ),

  storeCase('deleting a key keeps its lease, whose holder can still commit', async (store) => {
    const key = keyOf();
    await committed(store, key);
    const lease = await acquired(store, key);
    assert.equal(await store.delete(key), true);
    assert.equal(await store.acquire(key, HELD), undefined);
    assert.equal(await store.extend(lease, HELD.termMs), true);
    const token = tokenOf();
    assert.equal(await store.commit(lease, token), true);
    assert.equal((await store.get(key))?.token?.hash, token.hash);
  }),

  storeCase('deleting a certain token keeps one that was renewed meanwhile', async (store) => {
    const key = keyOf();
    const old = await committed(store, key);
    const renewed = await committed(store, key);
    assert.equal(await store.delete(key, old.hash), false);
    assert.equal((await store.get(key))?.token?.hash, renewed.hash);
    assert.equal(await store.delete(key, renewed.hash), true);
    assert.deepEqual(await seen(store, key), NOTHING);
    assert.equal(await store.delete(key, renewed.hash), false);
  }),

  storeCase('deleting a certain token keeps a failure without a token', async (store) => {
    const key = keyOf();
    await failed(store, key);
    assert.equal(await store.delete(key, tokenOf().hash), false);
    assert.ok((await store.get(key))?.failure);
  }),

  storeCase(
    "deleting a registration drops tokens and failures of all its keys, and no other's",
    async (store) => {
      const id = randomUUID();
      const [first, second, stranger] = [keyOf(id), keyOf(id, 2, SCOPES.slice(1)), keyOf()];
      await committed(store, first);
      await failed(store, second);
      await committed(store, stranger);
      await store.deleteRegistration(id);
      assert.deepEqual([await seen(store, first), await seen(store, second)], [NOTHING, NOTHING]);
      assert.ok((await store.get(stranger))?.token, 'It deleted the token of another registration.');
    },
  ),

  storeCase(
    'deleting a registration deletes its leases: the holder can write nothing any more, and another caller gets the lease',
    async (store) => {
      const key = keyOf();
      const before = await acquired(store, key);
      await store.deleteRegistration(key.registrationId);
      await assertPowerless(store, before);
      assert.deepEqual(await seen(store, key), NOTHING);
      const after = await acquired(store, key);
      await assertPowerless(store, before);
      assert.equal(await store.commit(after, tokenOf()), true);
    },
  ),

  storeCase('deleting an unknown registration does nothing', async (store) => {
    await store.deleteRegistration(randomUUID());
  }),
];
