import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SystemClock } from '../../common/clock.js';
import { sharedStoreCase } from './contract-case.js';
import {
  acquired,
  committed,
  failed,
  keyOf,
  NOTHING,
  seen,
  tokenOf,
  wholeFailure,
  wholeToken,
} from './contract-data.js';
import { HeardChanges } from './heard-changes.js';

const SLACK_MS = 1000;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 3_600_000;

export const sharedDataCases = [
  sharedStoreCase('both instances report that they are shared', async (one, other) => {
    assert.deepEqual([one.shared, other.shared], [true, true]);
    return Promise.resolve();
  }),

  sharedStoreCase('the other instance reads a token and a failure of one instance', async (one, other) => {
    const key = keyOf();
    const token = await committed(one, key);
    assert.deepEqual(await seen(other, key), { token: wholeToken(token), failure: undefined });
    const failure = await failed(other, key);
    assert.deepEqual(await seen(one, key), { token: wholeToken(token), failure: wholeFailure(failure) });
    assert.deepEqual(await other.list(key.registrationId), await one.list(key.registrationId));
  }),

  sharedStoreCase('the other instance does not read what one instance deleted', async (one, other) => {
    const id = randomUUID();
    const [first, second] = [keyOf(id, 1), keyOf(id, 2)];
    await committed(one, first);
    await committed(one, second);
    const lease = await acquired(one, first);
    assert.equal(await other.delete(second), true);
    assert.deepEqual(await seen(one, second), NOTHING);
    await other.deleteRegistration(id);
    assert.deepEqual(await seen(one, first), NOTHING);
    assert.equal(await one.commit(lease, tokenOf()), false);
  }),

  sharedStoreCase(
    'the other instance is notified of a change by one instance',
    async (one, other, timeoutMs) => {
      const heard = await HeardChanges.of(other, timeoutMs);
      const key = keyOf();
      await heard.after('a commit elsewhere', key.id, timeoutMs, () => committed(one, key));
      const lease = await acquired(one, key);
      await heard.after('a release elsewhere', key.id, timeoutMs, () => one.release(lease));
      await heard.after('a deletion elsewhere', key.id, timeoutMs, () => one.delete(key));
    },
  ),

  sharedStoreCase('both instances return the time of one clock, which advances', async (one, other) => {
    const times: number[] = [];
    for (const store of [one, other, one, other]) {
      const now = await store.now?.();
      assert.ok(now, 'It has no `now()`.');
      times.push(now.getTime());
    }
    // The clocks of the servers of one cluster can differ slightly.
    times.reduce((before, after) => {
      assert.ok(after >= before - SLACK_MS, `One says ${before}, and the other ${after} later.`);
      return after;
    });
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    assert.ok(last - first < MINUTE_MS, `It took ${last - first} ms by the store's clock.`);
    assert.ok(times.every(Number.isInteger), 'It does not return a date.');
  }),

  // The clocks of writers differ, so a store must not delete by its own clock what a writer dated.
  sharedStoreCase("tokens dated a year from the store's clock are stored unchanged", async (one, other) => {
    const now = new SystemClock().now().getTime();
    for (const from of [now - YEAR_MS, now + YEAR_MS]) {
      const key = keyOf();
      const dates = { issuedAt: new Date(from), expiresAt: new Date(from + 3_600_000) };
      const token = await committed(one, key, tokenOf(dates));
      const failure = await failed(one, key);
      assert.deepEqual(await seen(other, key), {
        token: wholeToken(token),
        failure: wholeFailure(failure),
      });
    }
  }),

  sharedStoreCase('closing one instance keeps the data, and the other instance works', async (one, other) => {
    const key = keyOf();
    const token = await committed(one, key);
    const held = keyOf();
    await acquired(one, held);
    await one.close();
    assert.deepEqual(await seen(other, key), { token: wholeToken(token), failure: undefined });
    assert.equal(await other.acquire(held, { termMs: 1000, holder: 'other' }), undefined);
    await committed(other, key);
  }),
];
