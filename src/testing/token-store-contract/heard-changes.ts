import { type TokenStore } from '../../access-tokens/stores/token-store.js';
import { committed, keyOf } from './contract-data.js';
import { eventually } from './eventually.js';

/** The changes that a listener of a store received. */
export class HeardChanges {
  private readonly keyIds: (string | undefined)[] = [];
  readonly end: () => void;

  private constructor(store: TokenStore) {
    this.end = store.onChange((keyId) => this.keyIds.push(keyId));
  }

  /** Resolves when the listener receives changes. A store can need some time for that, and sends `undefined` until then. */
  static async of(store: TokenStore, timeoutMs: number): Promise<HeardChanges> {
    const heard = new HeardChanges(store);
    const tried: string[] = [];
    await eventually('a listener receives a change', timeoutMs, async () => {
      const key = keyOf();
      tried.push(key.id);
      await committed(store, key);
      return tried.some((keyId) => heard.hasHeardOf(keyId)) || undefined;
    });
    return heard;
  }

  hasHeardOf(keyId: string): boolean {
    return this.keyIds.includes(keyId);
  }

  /** Forgets the changes so far, acts, and waits for the change. */
  async after(what: string, keyId: string, timeoutMs: number, act: () => Promise<unknown>): Promise<void> {
    this.keyIds.length = 0;
    await act();
    await eventually(`listeners are notified after ${what}`, timeoutMs, () =>
      Promise.resolve(this.hasHeardOf(keyId) || undefined),
    );
  }
}
