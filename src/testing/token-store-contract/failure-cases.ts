import assert from 'node:assert/strict';
import { storeCase } from './contract-case.js';
import { committed, failed, failureOf, keyOf, seen, wholeFailure } from './contract-data.js';

export const failureCases = [
  storeCase('a failure is stored, and the last token stays beside it', async (store) => {
    const key = keyOf();
    const { hash } = await committed(store, key);
    const failure = await failed(store, key, failureOf(3));
    const { token, failure: stored } = await seen(store, key);
    assert.deepEqual([token?.hash, stored], [hash, wholeFailure(failure)]);
  }),

  storeCase('a failure is stored without a token too, and the newest one counts', async (store) => {
    const key = keyOf();
    await failed(store, key, failureOf(1));
    const newest = await failed(store, key, failureOf(2));
    assert.deepEqual(await seen(store, key), { token: undefined, failure: wholeFailure(newest) });
  }),

  storeCase('a failure of every kind is read back completely', async (store) => {
    const message = `"It" said: 'no'\\ {ünïcödé 𝄞}\nand no more.`;
    const failures = [
      failureOf(1, { kind: 'failed', platformError: undefined }),
      failureOf(2_000_000, { kind: 'scope', message, platformError: `invalid_scope "x" 'y'` }),
      failureOf(3, { kind: 'refused', retryAt: new Date('2026-02-28T23:59:59.789Z') }),
    ];
    for (const failure of failures) {
      const key = keyOf();
      await failed(store, key, failure);
      assert.deepEqual(await seen(store, key), { token: undefined, failure: wholeFailure(failure) });
    }
  }),

  storeCase('a commit deletes the failure', async (store) => {
    const key = keyOf();
    await failed(store, key);
    await committed(store, key);
    assert.equal((await store.get(key))?.failure, undefined);
  }),
];
