import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { TokenRefused } from './token.errors.js';

/**
 * The claims of a JWT that the tool signed with a key of its key set (SEC 4.1.1, DL 4.4).
 * @throws {TokenRefused} with the first check that failed.
 */
export async function signedClaims(
  jwt: string,
  tool: SimulatedTool,
  { family }: PlatformState,
): Promise<unknown> {
  const { alg, kid } = headerOf(jwt);
  if (alg !== 'RS256')
    throw new TokenRefused('wrong_algorithm', 'The assertion has to be signed with RS256.');
  if (kid === undefined || kid === '') {
    throw new TokenRefused('missing_key_id', 'The header of the assertion has no kid.');
  }
  const key = await tool.keys.find(kid, { refetchWithoutAlg: family.token.refetchesKeysWithoutAlg });
  if (key === undefined) throw new TokenRefused('unknown_key', `The key set of the tool has no key ${kid}.`);
  const { payload } = await compactVerify(jwt, await publicKey(key), { algorithms: ['RS256'] }).catch(() => {
    throw new TokenRefused('bad_signature', 'The signature is not of this key.');
  });
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    throw new TokenRefused('malformed_assertion', 'The payload is not JSON.');
  }
}

function headerOf(jwt: string) {
  try {
    return decodeProtectedHeader(jwt);
  } catch {
    throw new TokenRefused('malformed_assertion', 'The assertion is not a JWT.');
  }
}

async function publicKey(key: JWK) {
  // RFC 7517 4.2 and 4.4; a private part among public keys is a leak, so it is refused.
  const forSignatures = (key.use ?? 'sig') === 'sig' && (key.alg ?? 'RS256') === 'RS256' && key.kty === 'RSA';
  if (!forSignatures || key.d !== undefined) {
    throw new TokenRefused('unusable_key', 'The key is not a public RSA key for signatures with RS256.');
  }
  return importJWK(key, 'RS256').catch(() => {
    throw new TokenRefused('unusable_key', 'The key cannot be read.');
  });
}
