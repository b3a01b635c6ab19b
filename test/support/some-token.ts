import { randomUUID } from 'node:crypto';
import { AccessToken, type AccessTokenFields, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';

/** A token that lives an hour, with a unique value. */
export function someToken(fields: Partial<AccessTokenFields> = {}): AccessToken {
  return new AccessToken({
    value: `value-${randomUUID()}`,
    scopes: ['https://scope.example/roster'],
    issuedAt: new Date('2026-01-05T08:00:00.123Z'),
    expiresAt: new Date('2026-01-05T09:00:00.123Z'),
    ...fields,
  });
}

/** The key of a registration that no other test uses. */
export function someKey(): AccessTokenKey {
  return new AccessTokenKey(randomUUID(), 1, ['https://scope.example/roster']);
}

/** Puts a token into a store as a renewal does. */
export async function storeToken(
  store: TokenStore,
  key: AccessTokenKey,
  token = someToken(),
): Promise<AccessToken> {
  const lease = await store.acquire(key, { termMs: 10_000, holder: 'test' });
  if (lease === undefined || !(await store.commit(lease, token)))
    throw new Error('The lease was not to be had.');
  return token;
}
