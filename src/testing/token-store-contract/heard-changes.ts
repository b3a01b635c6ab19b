import { type TokenStore } from '../../access-tokens/stores/token-store.js';
import { committed, keyOf } from './contract-data.js';
import { eventually } from './eventually.js';

/** What a listener of a store was told. */
export class HeardChanges {
  private readonly keyIds: (string | undefined)[] = [];
  readonly end: () => void;

  private constructor(store: TokenStore) {
    this.end = store.onChange((keyId) => this.keyIds.push(keyId));
  }

  /** Resolves when the listener hears: a store may need a moment to hear of changes, and says so by `undefined`. */
  static async of(store: TokenStore, patienceMs: number): Promise<HeardChanges> {
    const heard = new HeardChanges(store);
    const tried: string[] = [];
    await eventually('a listener hears of any change', patienceMs, async () => {
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

  /** Forgets what it heard, does it, and waits for the word of it. */
  async after(what: string, keyId: string, patienceMs: number, act: () => Promise<unknown>): Promise<void> {
    this.keyIds.length = 0;
    await act();
    await eventually(`listeners are told after ${what}`, patienceMs, () =>
      Promise.resolve(this.hasHeardOf(keyId) || undefined),
    );
  }
}
