import { type StoredAccessInfo } from './stores/token-store.js';
import { freshUntilMs } from './access-token.js';
import { type TokenState } from './token.schema.js';

/** How things stand under a key, in the one word that an operator looks for first. */
export function tokenStateOf(
  { token, failure, lease }: Pick<StoredAccessInfo, 'token' | 'failure' | 'lease'>,
  now: Date,
  maxMarginMs: number,
): TokenState {
  if (lease !== undefined) return 'renewing';
  if (token !== undefined && now.getTime() < freshUntilMs(token, maxMarginMs)) return 'fresh';
  if (failure !== undefined) return 'failing';
  return token === undefined ? 'none' : 'expired';
}
