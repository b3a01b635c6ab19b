import { TokenStoreUnavailable } from '../token-store.errors.js';

const MAX_LENGTH = 200;

/**
 * What a driver's error says, fit for a log. The error itself is not: it carries the command with its arguments, and an
 * old server repeats the arguments of a command that it does not know, the password among them.
 */
export function wordsOf(error: unknown): string {
  // A cluster's error is only that no node answers; what the last one said is more use.
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError)
    return wordsOf(error.lastNodeError);
  const text = error instanceof Error ? error.message || String(codeOf(error)) : String(error);
  if (text.includes('enableOfflineQueue')) return 'there is no connection';
  const [words = ''] = text.split(/,? with args beginning with|\r?\n/);
  return words.slice(0, MAX_LENGTH);
}

/** @param address host and port at most */
export function unavailable(address: string, error: unknown): TokenStoreUnavailable {
  const words = wordsOf(error);
  return new TokenStoreUnavailable(`Redis at ${address}: ${words}`, { cause: new Error(words) });
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : error.name;
}
