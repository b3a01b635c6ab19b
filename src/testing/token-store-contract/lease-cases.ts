import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Lease } from '../../access-tokens/stores/token-store.js';
import { storeCase } from './contract-case.js';
import {
  acquired,
  assertPowerless,
  committed,
  failed,
  failureOf,
  HELD,
  keyOf,
  NOTHING,
  seen,
  tokenOf,
} from './contract-data.js';

export const leaseCases = [
  storeCase('one of many callers at once gets the lease', async (store) => {
    const key = keyOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.acquire(key, HELD)));
    assert.equal(answers.filter((lease) => lease !== undefined).length, 1);
    assert.equal(await store.acquire(key, HELD), undefined);
  }),

  storeCase('the lease is free again after a commit, a failure and a release', async (store) => {
    const key = keyOf();
    await committed(store, key);
    await failed(store, key);
    await store.release(await acquired(store, key));
    assert.ok(await store.acquire(key, HELD));
  }),

  storeCase('a release changes neither token nor failure', async (store) => {
    const key = keyOf();
    await committed(store, key);
    await failed(store, key);
    const before = await seen(store, key);
    await store.release(await acquired(store, key));
    assert.deepEqual(await seen(store, key), before);
  }),

  storeCase('a lease without a token is a miss', async (store) => {
    const key = keyOf();
    const lease = await acquired(store, key);
    assert.equal(await store.get(key), undefined);
    await store.release(lease);
    assert.equal(await store.get(key), undefined);
  }),

  storeCase('lease ids are random and unique', async (store) => {
    const key = keyOf();
    const ids = new Set<string>();
    for (let nth = 0; nth < 20; nth += 1) {
      const lease = await acquired(store, key);
      ids.add(lease.id);
      await store.release(lease);
    }
    assert.equal(ids.size, 20);
    for (const id of ids) assert.ok(id.length >= 16, 'It could be guessed.');
  }),

  storeCase('a lease can be extended while it is held', async (store) => {
    const key = keyOf();
    const lease = await acquired(store, key);
    assert.equal(await store.extend(lease, HELD.termMs), true);
    assert.equal(await store.extend(lease, HELD.termMs), true);
    assert.equal(await store.acquire(key, HELD), undefined);
    assert.equal(await store.commit(lease, tokenOf()), true);
  }),

  storeCase('a lease that ended can store neither a token nor a failure', async (store) => {
    const key = keyOf();
    const ended = await acquired(store, key);
    await store.release(ended);
    assert.equal(await store.commit(ended, tokenOf()), false);
    assert.equal(await store.fail(ended, failureOf()), false);
    assert.deepEqual(await seen(store, key), NOTHING);
  }),

  storeCase(
    'a lease ends with a release, a commit or a failure, and cannot be extended then',
    async (store) => {
      const key = keyOf();
      const released = await acquired(store, key);
      await store.release(released);
      const spent = await acquired(store, key);
      await store.commit(spent, tokenOf());
      const broken = await acquired(store, key);
      await store.fail(broken, failureOf());
      for (const lease of [released, spent, broken]) await assertPowerless(store, lease);
      assert.ok(await store.acquire(key, HELD));
    },
  ),

  storeCase(
    "a lost lease can neither store a token or a failure nor release the new holder's lease",
    async (store) => {
      const key = keyOf();
      const lost = await acquired(store, key);
      await store.release(lost);
      const held = await acquired(store, key);
      await assertPowerless(store, lost);
      assert.equal(await store.acquire(key, HELD), undefined);
      assert.deepEqual(await seen(store, key), NOTHING);
      assert.equal(await store.commit(held, tokenOf()), true);
    },
  ),

  storeCase('an invalid lease, and one of another key, can do nothing', async (store) => {
    const key = keyOf();
    await acquired(store, key);
    const ofAnother = await acquired(store, keyOf());
    for (const id of [randomUUID(), ofAnother.id]) {
      const foreign: Lease = { key, id };
      await assertPowerless(store, foreign);
    }
    assert.equal(await store.acquire(key, HELD), undefined);
    assert.deepEqual(await seen(store, key), NOTHING);
  }),
];
