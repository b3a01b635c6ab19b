import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { type Answer, bearerToken, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { askedCall, carryOut } from './user-api-calls.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { styleOf } from './user-oauth-style.js';
import { UserApiRefused } from './user-oauth.errors.js';
import { deadToken, refusedCall } from './user-refusal-answers.js';
import { type UserToken } from './user-tokens.js';

/** The platform's own API, called as a user. */
export class UserApiEndpoint implements Endpoint {
  readonly faultTarget = 'user-api';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path.startsWith(`${userOAuthPaths.api}/`);
  }

  countRequest(): void {
    this.#platform.counters.counts.userApiRequests += 1;
  }

  courseOf(): undefined {
    return undefined;
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const { headers, ...answer } = this.#answer(request, faults);
    const { rateLimitRemaining: said } = this.#platform.userOAuth;
    if (said === undefined) return { ...answer, headers };
    return { ...answer, headers: { ...headers, 'x-rate-limit-remaining': String(said) } };
  }

  unauthorized(): Answer {
    return deadToken();
  }

  #answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const { userOAuth, clock, counters } = this.#platform;
    const found = userOAuth.tokens.find(bearerToken(request.headers) ?? '');
    try {
      const token = usable(found, request);
      if (this.#platform.keysOff.has(token.client.clientId)) throw new UserApiRefused('user_key_off');
      token.lastUsedAt = clock.now();
      if (faultOf(faults, 'no-permission') !== undefined) return refusedCall('no_permission', token.client);
      const asked = askedCall(request);
      checkScope(token, styleOf(token.client).scopeOf[asked.call]);
      return carryOut(asked, token.userId, request, faults, userOAuth);
    } catch (error) {
      if (!(error instanceof UserApiRefused)) throw error;
      counters.countRejection(error.reason);
      return refusedCall(error.reason, found?.token.client);
    }
  }
}

function usable(
  found: { readonly token: UserToken; readonly isExpired: boolean } | undefined,
  { headers }: PlatformRequest,
): UserToken {
  if (headers.authorization === undefined) throw new UserApiRefused('missing_user_token');
  if (found === undefined) throw new UserApiRefused('unknown_user_token');
  if (found.isExpired) throw new UserApiRefused('expired_user_token');
  return found.token;
}

// The scopes of a client without registered ones are not checked.
function checkScope({ client, scopes }: UserToken, needed: string): void {
  if (client.scopes !== undefined && !scopes.includes(needed)) {
    throw new UserApiRefused('insufficient_user_scope');
  }
}
