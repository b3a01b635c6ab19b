import { type TokenStore } from '../../access-tokens/stores/token-store.js';

/** How a contract suite opens the stores that it tests. */
export interface TokenStoreHarness {
  /**
   * Opens a store. In the suite of shared stores each call returns another instance on the same data, as in another process.
   * The suite closes each store. Data can stay between cases: every case has its own registrations.
   */
  open(): TokenStore | Promise<TokenStore>;
  /** How long a change, or the end of a lease, may take to be visible. Default: 10,000. */
  timeoutMs?: number;
}

/**
 * One rule of a contract. Any test runner can run it: it rejects when the store breaks the rule.
 *
 * @example
 * for (const { name, run } of tokenStoreContract) test(name, () => run({ open: () => new MyTokenStore() }));
 */
export interface ContractCase<Harness> {
  /** A sentence, unique in its suite. */
  readonly name: string;
  /** Rejects with the reason when the rule is broken. */
  readonly run: (harness: Harness) => Promise<void>;
}

/** Opens stores for one case. */
interface Scene {
  readonly open: () => Promise<TokenStore>;
  readonly timeoutMs: number;
}

/** A case that needs one store. */
export function storeCase(
  name: string,
  body: (store: TokenStore, timeoutMs: number) => Promise<void>,
): ContractCase<TokenStoreHarness> {
  return sceneCase(name, async ({ open, timeoutMs }) => body(await open(), timeoutMs));
}

/** A case that needs two stores on the same data. */
export function sharedStoreCase(
  name: string,
  body: (one: TokenStore, other: TokenStore, timeoutMs: number) => Promise<void>,
): ContractCase<TokenStoreHarness> {
  return sceneCase(name, async ({ open, timeoutMs }) => body(await open(), await open(), timeoutMs));
}

function sceneCase(name: string, body: (scene: Scene) => Promise<void>): ContractCase<TokenStoreHarness> {
  return {
    name,
    run: async (harness) => {
      const opened: TokenStore[] = [];
      const open = async (): Promise<TokenStore> => {
        const store = await harness.open();
        opened.push(store);
        return store;
      };
      try {
        await body({ open, timeoutMs: harness.timeoutMs ?? 10_000 });
      } finally {
        for (const store of opened) await store.close();
      }
    },
  };
}
