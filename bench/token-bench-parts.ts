import { randomUUID } from 'node:crypto';
import { KeyRing } from '../src/common/encryption.js';
import { type Registration } from '../src/registrations/registration.entity.js';
import { SimulatedPlatform } from '../src/testing/index.js';
import { AccessTokenKey } from '../src/access-tokens/access-token.js';
import { TokenCipher } from '../src/access-tokens/token-cipher.js';
import { type TokenStore } from '../src/access-tokens/stores/token-store.js';
import { composeOAuth, type OAuthComposition } from '../test/support/oauth-composition.js';
import { registrationFixture } from '../test/support/registration-fixture.js';
import { createSigningKeys } from '../test/support/signing-keys.js';

export const benchRing = new KeyRing([{ id: 'bench', key: Buffer.alloc(32, 1) }]);
export const benchCipher = new TokenCipher(benchRing);

/** The OAuth client with a stored token. */
export interface TokenBenchParts {
  oauth: OAuthComposition;
  registration: Registration;
  key: AccessTokenKey;
  /** Gets the token from memory, or from the store. */
  obtain(): Promise<unknown>;
  /** Gets the token from the store, because a notification has made the one in memory stale. */
  obtainFromStore(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function tokenBenchParts(store: TokenStore): Promise<TokenBenchParts> {
  const keys = await createSigningKeys();
  const lms = await SimulatedPlatform.start();
  const clientId = 'bench';
  lms.addTool({ clientId, jwks: (await keys.jwks()) as { keys: { kty: string }[] } });
  const { issuer, tokenUrl } = lms;
  const registration = registrationFixture({ id: randomUUID(), issuer, tokenUrl, clientId });
  const oauth = composeOAuth(keys, undefined, store);
  const wish = { registration, needed: registration.scopes.slice(0, 1), onRequest: () => undefined };
  const key = new AccessTokenKey(registration.id, registration.revision, registration.scopes);
  await oauth.tokens.obtain(wish);
  return {
    oauth,
    registration,
    key,
    obtain: () => oauth.tokens.obtain(wish),
    obtainFromStore: () => {
      oauth.cache.expire(key.id);
      return oauth.tokens.obtain(wish);
    },
    stop: async () => {
      await oauth.stop();
      await lms.stop();
    },
  };
}
