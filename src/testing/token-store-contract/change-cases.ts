import assert from 'node:assert/strict';
import { storeCase } from './contract-case.js';
import { acquired, committed, failed, keyOf } from './contract-data.js';
import { HeardChanges } from './heard-changes.js';

export const changeCases = [
  storeCase(
    'listeners get the key id after a commit, a failure, a release and a deletion',
    async (store, timeoutMs) => {
      const heard = await HeardChanges.of(store, timeoutMs);
      const key = keyOf();
      const notifies = (what: string, act: () => Promise<unknown>) =>
        heard.after(what, key.id, timeoutMs, act);
      await notifies('a commit', () => committed(store, key));
      await notifies('a failure', () => failed(store, key));
      const lease = await acquired(store, key);
      await notifies('a release', () => store.release(lease));
      await notifies('a deletion', () => store.delete(key));
      await committed(store, key);
      await notifies('the deletion of the registration', () => store.deleteRegistration(key.registrationId));
    },
  ),

  storeCase(
    'a stopped listener is not notified any more, and the others still are',
    async (store, timeoutMs) => {
      const ended = await HeardChanges.of(store, timeoutMs);
      const staying = await HeardChanges.of(store, timeoutMs);
      ended.end();
      ended.end();
      const key = keyOf();
      await staying.after('a commit', key.id, timeoutMs, () => committed(store, key));
      assert.equal(ended.hasHeardOf(key.id), false);
    },
  ),
];
