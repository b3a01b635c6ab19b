import { eventually } from '../../src/testing/token-store-contract/eventually.js';

/** Repeats the check until it returns a value. Fails with `what` after a time that is much longer than any good run needs. */
export function until<T>(what: string, ask: () => Promise<T | undefined>, boundMs = 60_000): Promise<T> {
  return eventually(what, boundMs, ask, 50);
}
