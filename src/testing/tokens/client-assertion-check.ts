import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { TokenRefused } from './token.errors.js';

// NumericDate allows any number; a date after the year 9999 is a value in milliseconds.
const numericDate = z.number().min(0).max(253_402_300_799);

// SEC 4.1.1: the required claims of an assertion.
const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: numericDate,
  exp: numericDate,
  jti: z.string().min(1),
});
type AssertionClaims = z.infer<typeof claimsSchema>;

/**
 * Checks a client assertion as strictly as the strictest platform does, and stores its jti.
 * @returns the tool that signed it.
 * @throws {TokenRefused} with the first check that failed (SEC 4.1.1, RFC 7523 3).
 */
export async function checkClientAssertion(
  assertion: string,
  platform: PlatformState,
): Promise<SimulatedTool> {
  const { header, clientId } = decode(assertion);
  const tool = platform.tools.get(clientId);
  if (tool === undefined) throw new TokenRefused('unknown_client', `There is no client ${clientId}.`);
  if (platform.keysOff.has(clientId)) throw new TokenRefused('key_off', 'unknown client');
  if (header.alg !== 'RS256')
    throw new TokenRefused('wrong_algorithm', 'The assertion has to be signed with RS256.');
  if (header.kid === undefined || header.kid === '') {
    throw new TokenRefused('missing_key_id', 'The header of the assertion has no kid.');
  }
  const { refetchesKeysWithoutAlg } = platform.family.token;
  const key = await tool.keys.find(header.kid, { refetchWithoutAlg: refetchesKeysWithoutAlg });
  if (key === undefined)
    throw new TokenRefused('unknown_key', `The key set of the tool has no key ${header.kid}.`);
  checkClaims(await verifiedClaims(assertion, key), clientId, platform);
  return tool;
}

function decode(assertion: string) {
  try {
    const clientId = z.string().min(1).parse(decodeJwt(assertion).sub);
    return { header: decodeProtectedHeader(assertion), clientId };
  } catch {
    throw new TokenRefused('malformed_assertion', 'The assertion is not a JWT with a subject.');
  }
}

async function verifiedClaims(assertion: string, key: JWK): Promise<AssertionClaims> {
  const { payload } = await compactVerify(assertion, await publicKey(key), { algorithms: ['RS256'] }).catch(
    () => {
      throw new TokenRefused('bad_signature', 'The signature is not of this key.');
    },
  );
  const claims = claimsSchema.safeParse(JSON.parse(new TextDecoder().decode(payload)));
  if (claims.success) return claims.data;
  const wrong = claims.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new TokenRefused('missing_claim', `Claims that are missing or of a wrong type: ${wrong}.`);
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

function checkClaims(claims: AssertionClaims, clientId: string, platform: PlatformState): void {
  const {
    iatLeewaySeconds,
    oldestIatSeconds = Infinity,
    longestAssertionSeconds = Infinity,
  } = platform.family.token;
  const nowSeconds = platform.clock.now().getTime() / 1000;
  if (Math.floor(claims.iat) > nowSeconds + iatLeewaySeconds) {
    throw new TokenRefused(
      'issued_in_future',
      new Date(claims.iat * 1000).toISOString().replace(/\.\d+Z$/, '+0000'),
    );
  }
  if (claims.iat < nowSeconds - oldestIatSeconds) {
    throw new TokenRefused('issued_too_long_ago', `The iat must be less than ${oldestIatSeconds} s old.`);
  }
  if (claims.exp <= nowSeconds) throw new TokenRefused('expired_assertion', 'The assertion has expired.');
  if (claims.exp - claims.iat > longestAssertionSeconds) {
    throw new TokenRefused('lives_too_long', `An assertion may live ${longestAssertionSeconds} s.`);
  }
  if (claims.iss !== clientId)
    throw new TokenRefused('subject_mismatch', 'iss and sub have to be the client id.');
  if (![claims.aud].flat().includes(platform.tokenAudience)) {
    throw new TokenRefused('wrong_audience', `aud has to be ${platform.tokenAudience}.`);
  }
  if (!platform.usedAssertions.take(clientId, claims.jti, claims.exp, nowSeconds)) {
    throw new TokenRefused('replayed_assertion', 'The jti was used before.');
  }
}
