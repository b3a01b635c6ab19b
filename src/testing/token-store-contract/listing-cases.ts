import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { storeCase } from './contract-case.js';
import {
  acquired,
  committed,
  failed,
  failureOf,
  HELD,
  keyOf,
  SCOPES,
  tokenOf,
  wholeFailure,
} from './contract-data.js';

export const listingCases = [
  storeCase('the list of an unknown registration is empty', async (store) => {
    assert.deepEqual(await store.list(randomUUID()), []);
  }),

  storeCase('a token is listed with its scopes, dates and hash, never with its value', async (store) => {
    const [key, stranger] = [keyOf(), keyOf()];
    const secret = `secret-${randomUUID()}`;
    const { scopes, issuedAt, expiresAt, hash } = await committed(store, key, tokenOf({ value: secret }));
    await committed(store, stranger);
    const listed = await store.list(key.registrationId);
    assert.equal(listed.length, 1);
    const [{ keyId, registrationId, token, failure, lease } = assert.fail()] = listed;
    assert.deepEqual([keyId, registrationId], [key.id, key.registrationId]);
    assert.deepEqual([failure, lease], [undefined, undefined]);
    const {
      scopes: listedScopes,
      issuedAt: begin,
      expiresAt: end,
      hash: listedHash,
    } = token ?? assert.fail();
    assert.deepEqual([listedScopes, begin, end, listedHash], [scopes, issuedAt, expiresAt, hash]);
    const shown = JSON.stringify(listed) + inspect(listed, { depth: Infinity, showHidden: true });
    assert.ok(!shown.includes(secret), 'It shows the value.');
  }),

  storeCase('the list shows that the platform returned the same token again', async (store) => {
    const id = randomUUID();
    await committed(store, keyOf(id, 1), tokenOf({ repeated: true }));
    await committed(store, keyOf(id, 2));
    const listed = (await store.list(id)).map(({ token }) => token?.repeated);
    assert.deepEqual(listed, [true, undefined]);
  }),

  storeCase('a failure is listed completely, beside the token if there is one', async (store) => {
    const id = randomUUID();
    const [alone, beside] = [keyOf(id, 1), keyOf(id, 2)];
    const first = await failed(store, alone, failureOf(1, { platformError: 'invalid_scope' }));
    const { hash } = await committed(store, beside);
    const second = await failed(store, beside, failureOf(2));
    const listed = (await store.list(id)).map(({ token, failure }) => ({
      hash: token?.hash,
      failure: failure && wholeFailure(failure),
    }));
    assert.deepEqual(listed, [
      { hash: undefined, failure: wholeFailure(first) },
      { hash, failure: wholeFailure(second) },
    ]);
  }),

  storeCase('the holder of a lease is listed while it holds the lease', async (store) => {
    const key = keyOf();
    const holders = async () => (await store.list(key.registrationId)).map(({ lease }) => lease?.holder);
    const holder = `worker-7.example:${'1'.repeat(100)} "of 'many'"`;
    const lease = await acquired(store, key, { ...HELD, holder });
    assert.deepEqual(await holders(), [holder]);
    await store.commit(lease, tokenOf());
    assert.deepEqual(await holders(), [undefined]);
  }),

  storeCase('an entry that was released without a token, or deleted, is not listed', async (store) => {
    const id = randomUUID();
    await store.release(await acquired(store, keyOf(id, 1)));
    await committed(store, keyOf(id, 2));
    await store.delete(keyOf(id, 2));
    assert.deepEqual(await store.list(id), []);
  }),

  storeCase('the list is in the order of the key ids, by their code units', async (store) => {
    const id = randomUUID();
    const keys = [1, 2, 10, 11, 9].flatMap((revision) => [
      keyOf(id, revision),
      keyOf(id, revision, SCOPES.slice(1)),
    ]);
    for (const key of keys) await committed(store, key);
    const listed = (await store.list(id)).map(({ keyId }) => keyId);
    assert.deepEqual(listed, keys.map((key) => key.id).sort());
  }),
];
