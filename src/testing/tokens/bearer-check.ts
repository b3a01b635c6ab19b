import { bearerToken, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';

type BearerFault = 'missing_bearer' | 'unknown_token' | 'expired_token' | 'key_off' | 'insufficient_scope';

/** The fault of the token of a request that needs one of these scopes (RFC 6750 3.1); undefined for a valid token. */
export function bearerFault(
  request: PlatformRequest,
  scopes: readonly string[],
  platform: PlatformState,
): BearerFault | undefined {
  const presented = bearerToken(request.headers);
  if (presented === undefined) return 'missing_bearer';
  const token = platform.issuedTokens.find(presented);
  if (token === undefined) return 'unknown_token';
  if (platform.issuedTokens.isExpired(token)) return 'expired_token';
  if (platform.keysOff.has(token.clientId)) return 'key_off';
  return scopes.some((scope) => token.scopes.includes(scope)) ? undefined : 'insufficient_scope';
}

/** Whether the tool is not in the course: an administrator removed it, or the token is of another deployment. */
export function isWithdrawn(
  request: PlatformRequest,
  course: SimulatedCourse,
  platform: PlatformState,
): boolean {
  const { deploymentId } = platform.issuedTokens.find(bearerToken(request.headers) ?? '') ?? {};
  const isOfAnother = deploymentId !== undefined && course.deploymentId !== undefined;
  return course.toolWithdrawn || (isOfAnother && deploymentId !== course.deploymentId);
}
