import { TokenStoreUnavailable } from '../../access-token.errors.js';

const MAX_LENGTH = 200;

/**
 * The message of a driver's error for a log, without secrets. The error itself has the command with its arguments, and an old
 * server repeats the arguments of a command that it does not know, which may be the password.
 */
export function wordsOf(error: unknown): string {
  // A cluster's error says only that no node answers. The error of the last node says why.
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError)
    return wordsOf(error.lastNodeError);
  const text = error instanceof Error ? error.message || String(codeOf(error)) : String(error);
  if (text.includes('enableOfflineQueue')) return 'there is no connection';
  const [words = ''] = text.split(/,? with args beginning with|\r?\n/);
  return words.slice(0, MAX_LENGTH);
}

/** @param address host and port, without login */
export function unavailable(address: string, error: unknown): TokenStoreUnavailable {
  const words = wordsOf(error);
  return new TokenStoreUnavailable(`Redis at ${address}: ${words}`, { cause: new Error(words) });
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : error.name;
}
