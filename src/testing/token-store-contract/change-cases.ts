import assert from 'node:assert/strict';
import { storeCase } from './contract-case.js';
import { acquired, committed, failed, keyOf } from './contract-data.js';
import { HeardChanges } from './heard-changes.js';

export const changeCases = [
  storeCase(
    'listeners are told the key id after a commit, a failure, a release and a deletion',
    async (store, patienceMs) => {
      const heard = await HeardChanges.of(store, patienceMs);
      const key = keyOf();
      const told = (what: string, act: () => Promise<unknown>) => heard.after(what, key.id, patienceMs, act);
      await told('a commit', () => committed(store, key));
      await told('a failure', () => failed(store, key));
      const lease = await acquired(store, key);
      await told('a release', () => store.release(lease));
      await told('a deletion', () => store.delete(key));
      await committed(store, key);
      await told('the deletion of the registration', () => store.deleteRegistration(key.registrationId));
    },
  ),

  storeCase('a listener that was ended hears no more, and the others still do', async (store, patienceMs) => {
    const ended = await HeardChanges.of(store, patienceMs);
    const staying = await HeardChanges.of(store, patienceMs);
    ended.end();
    ended.end();
    const key = keyOf();
    await staying.after('a commit', key.id, patienceMs, () => committed(store, key));
    assert.equal(ended.hasHeardOf(key.id), false);
  }),
];
