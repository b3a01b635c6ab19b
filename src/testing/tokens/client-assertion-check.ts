import { decodeJwt } from 'jose';
import { z } from 'zod';
import { claimNames } from '../launch/claim-names.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { type IssuedToken } from './issued-tokens.js';
import { TokenRefused } from './token.errors.js';
import { signedClaims } from './tool-signature.js';

// NumericDate allows any number; a date after the year 9999 is a value in milliseconds.
const numericDate = z.number().min(0).max(253_402_300_799);

/** The claims that an assertion must have (SEC 4.1.1). */
const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: numericDate,
  exp: numericDate,
  jti: z.string().min(1),
  [claimNames.deploymentId]: z.string().optional(),
});
type AssertionClaims = z.infer<typeof claimsSchema>;

/** Whose token it is: a tool's, or that of one of its deployments. */
export type TokenOwner = Pick<IssuedToken, 'clientId' | 'deploymentId'>;

/**
 * Checks a client assertion as strictly as the strictest platform does, and stores its jti.
 * @returns the tool that signed it, and the deployment that it names.
 * @throws {TokenRefused} with the first check that failed (SEC 4.1.1, RFC 7523 3).
 */
export async function checkClientAssertion(
  assertion: string,
  platform: PlatformState,
): Promise<TokenOwner & { tool: SimulatedTool }> {
  const clientId = subjectOf(assertion);
  const tool = platform.tools.get(clientId);
  if (tool === undefined) throw new TokenRefused('unknown_client', `There is no client ${clientId}.`);
  if (platform.keysOff.has(clientId)) throw new TokenRefused('key_off', 'unknown client');
  const claims = readClaims(await signedClaims(assertion, tool, platform));
  const deploymentId = checkDeployment(claims, tool);
  checkClaims(claims, clientId, platform);
  return { tool, clientId, ...(deploymentId !== undefined && { deploymentId }) };
}

/** CORE 6.2.1 */
function checkDeployment(
  { [claimNames.deploymentId]: deploymentId }: AssertionClaims,
  tool: SimulatedTool,
): string | undefined {
  if (deploymentId === undefined) {
    if (!tool.requiresDeploymentInAssertion) return undefined;
    throw new TokenRefused('missing_deployment', 'The assertion has to name the deployment.');
  }
  if (tool.deploymentIds.includes(deploymentId)) return deploymentId;
  throw new TokenRefused('unknown_deployment', `The tool has no deployment ${deploymentId}.`);
}

function subjectOf(assertion: string): string {
  try {
    return z.string().min(1).parse(decodeJwt(assertion).sub);
  } catch {
    throw new TokenRefused('malformed_assertion', 'The assertion is not a JWT with a subject.');
  }
}

function readClaims(payload: unknown): AssertionClaims {
  const claims = claimsSchema.safeParse(payload);
  if (claims.success) return claims.data;
  const wrong = claims.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new TokenRefused('missing_claim', `Claims that are missing or of a wrong type: ${wrong}.`);
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
