import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { AccessToken } from '../../access-tokens/access-token.js';
import { storeCase } from './contract-case.js';
import { committed, failed, keyOf, SCOPES, seen, tokenOf, wholeToken } from './contract-data.js';

/** Characters with a meaning in JSON, SQL, arrays, globs or hash tags. */
const ODD_SCOPES = [
  `quote"d,'both'`,
  'back\\slash',
  '{tag}',
  'per%cent*?[a-z]',
  'a:b|c;d',
  '$1 --',
  'ünïcödé/𝄞',
  'NULL',
];

export const readingCases = [
  storeCase('an unknown key is a miss', async (store) => {
    assert.equal(await store.get(keyOf()), undefined);
  }),

  storeCase('a committed token is read back completely', async (store) => {
    const key = keyOf();
    const token = await committed(store, key);
    assert.deepEqual(await seen(store, key), { token: wholeToken(token), failure: undefined });
    assert.ok((await store.get(key))?.token instanceof AccessToken, 'It is not an AccessToken.');
  }),

  storeCase('it is read back that the platform returned the same token again', async (store) => {
    const [repeated, fresh] = [keyOf(), keyOf()];
    await committed(store, repeated, tokenOf({ repeated: true }));
    await committed(store, fresh, tokenOf({ repeated: false }));
    assert.equal((await store.get(repeated))?.token?.repeated, true);
    assert.equal((await store.get(fresh))?.token?.repeated, false);
  }),

  storeCase(
    'the time of the last forced renewal is stored with the token, until the next token',
    async (store) => {
      const key = keyOf();
      const forcedAt = new Date('2026-01-05T08:00:00.789Z');
      await committed(store, key, tokenOf({ forcedAt }));
      assert.deepEqual((await store.get(key))?.token?.forcedAt, forcedAt);
      await failed(store, key);
      assert.deepEqual((await store.get(key))?.token?.forcedAt, forcedAt);
      await committed(store, key, tokenOf());
      assert.equal((await store.get(key))?.token?.forcedAt, undefined);
    },
  ),

  storeCase('dates keep their milliseconds', async (store) => {
    const [issuedAt, expiresAt] = [
      new Date('2026-02-28T23:59:59.001Z'),
      new Date('2026-03-01T00:59:58.999Z'),
    ];
    const key = keyOf();
    await committed(store, key, tokenOf({ issuedAt, expiresAt }));
    const { token } = await seen(store, key);
    assert.deepEqual([token?.issuedAt, token?.expiresAt], [issuedAt, expiresAt]);
  }),

  storeCase('scopes with special characters are stored unchanged', async (store) => {
    const key = keyOf(randomUUID(), 1, ODD_SCOPES);
    await committed(store, key, tokenOf({ scopes: ODD_SCOPES }));
    assert.deepEqual((await store.get(key))?.token?.scopes, [...ODD_SCOPES].sort());
    assert.deepEqual((await store.list(key.registrationId))[0]?.token?.scopes, [...ODD_SCOPES].sort());
  }),

  storeCase('a token without scopes is stored', async (store) => {
    const key = keyOf();
    await committed(store, key, tokenOf({ scopes: [] }));
    assert.deepEqual((await store.get(key))?.token?.scopes, []);
  }),

  storeCase('a value of 16 KiB, and one with special characters, is stored', async (store) => {
    for (const value of [randomBytes(12 * 1024).toString('base64'), `'"\\ü𝄞 {}:%\n`]) {
      const key = keyOf();
      await committed(store, key, tokenOf({ value }));
      assert.equal((await store.get(key))?.token?.value, value);
    }
  }),

  storeCase('the newest committed token is the one that is read', async (store) => {
    const key = keyOf();
    await committed(store, key);
    const { hash } = await committed(store, key);
    assert.equal((await store.get(key))?.token?.hash, hash);
  }),

  storeCase('permuted and repeated scopes are the same entry', async (store) => {
    const id = randomUUID();
    const { hash } = await committed(store, keyOf(id));
    const permuted = keyOf(id, 1, [...SCOPES, ...SCOPES].reverse());
    assert.equal((await store.get(permuted))?.token?.hash, hash);
  }),

  storeCase('another registration, revision or scope set is another entry', async (store) => {
    const id = randomUUID();
    await committed(store, keyOf(id));
    for (const other of [keyOf(), keyOf(id, 2), keyOf(id, 1, SCOPES.slice(1))]) {
      assert.equal(await store.get(other), undefined);
      await committed(store, other);
    }
  }),

  storeCase('the value of a token is not shown in JSON or by an inspection', async (store) => {
    const [key, secret] = [keyOf(), `secret-${randomUUID()}`];
    await committed(store, key, tokenOf({ value: secret }));
    const stored = await store.get(key);
    assert.equal(stored?.token?.value, secret);
    const shown = [stored, store].map((what) => inspect(what, { depth: Infinity, showHidden: true }));
    assert.ok(![JSON.stringify(stored), ...shown].join('\n').includes(secret), 'It shows the value.');
  }),
];
