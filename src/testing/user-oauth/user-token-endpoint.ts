import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import {
  type Answer,
  bearerToken,
  jsonAnswer,
  mediaType,
  type PlatformRequest,
} from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { authenticatedClient } from './client-authentication.js';
import { type SimulatedUserOAuthClient } from './user-oauth-client.js';
import { exactJsonAnswer } from './exact-json.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { type UserOAuthState } from './user-oauth-state.js';
import { styleOf } from './user-oauth-style.js';
import { UserTokenRefused } from './user-oauth.errors.js';
import { deadToken, refusedToken } from './user-refusal-answers.js';
import { userTokenAnswer } from './user-token-answer.js';
import { type IssuedUserToken } from './user-tokens.js';

const grantTypes = ['authorization_code', 'refresh_token'];
const noStore = { 'cache-control': 'no-store' };

/** The token endpoint for users' tokens (RFC 6749 4.1.3 and 6), which at Canvas also revokes them. */
export class UserTokenEndpoint implements Endpoint {
  readonly faultTarget = 'user-token';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  /** Canvas has one address for these tokens and for those of tools; the parameters distinguish them. */
  matches(path: string, request: PlatformRequest): boolean {
    if (path !== userOAuthPaths.token) return false;
    if (path !== this.#platform.family.paths.token || request.method === 'DELETE') return true;
    return grantTypes.includes(new URLSearchParams(request.body).get('grant_type') ?? '');
  }

  countRequest({ method, body }: PlatformRequest): void {
    const grantType = new URLSearchParams(body).get('grant_type') ?? '(none)';
    this.#platform.counters.countUserTokenRequest(method === 'DELETE' ? 'revocation' : grantType);
  }

  courseOf(): undefined {
    return undefined;
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const fault = faultOf(faults, 'oauth-error');
    if (fault !== undefined) {
      const status = fault.status ?? (fault.error === 'invalid_client' ? 401 : 400);
      return jsonAnswer(status, { error: fault.error, error_description: fault.description }, noStore);
    }
    return request.method === 'DELETE' ? this.#revoke(request) : this.#grant(request, faults);
  }

  unauthorized(request: PlatformRequest): Answer {
    return request.method === 'DELETE'
      ? deadToken()
      : refusedToken('unknown_user_client', undefined, request);
  }

  #grant(request: PlatformRequest, faults: readonly Fault[]): Answer {
    let client: SimulatedUserOAuthClient | undefined;
    try {
      const form = readForm(request);
      client = authenticatedClient(request.headers, form, this.#users.clients);
      const life = faultOf(faults, 'token-life')?.seconds ?? client.tokenLifeSeconds;
      const withheld = faultOf(faults, 'smaller-scope')?.withhold ?? [];
      const issued = this.#issue(form, client, life, withheld);
      return exactJsonAnswer(200, userTokenAnswer(issued, life, this.#users.users, faults), noStore);
    } catch (error) {
      if (!(error instanceof UserTokenRefused)) throw error;
      this.#platform.counters.countRejection(error.reason);
      return refusedToken(error.reason, client, request);
    }
  }

  #issue(
    form: URLSearchParams,
    client: SimulatedUserOAuthClient,
    life: number,
    withheld: readonly string[],
  ): IssuedUserToken {
    const { counts } = this.#platform.counters;
    const { codes, tokens } = this.#users;
    if (parameter(form, 'grant_type') === 'refresh_token') {
      const refreshed = tokens.refresh(parameter(form, 'refresh_token'), client, life);
      counts.userTokenRefreshes += 1;
      return refreshed;
    }
    if (parameter(form, 'grant_type') !== 'authorization_code') {
      throw new UserTokenRefused('unsupported_grant_type');
    }
    const permission = codes.redeem(parameter(form, 'code'), client, parameter(form, 'redirect_uri'));
    if (form.get('replace_tokens') === '1' && styleOf(client).replacesTokens) {
      for (const each of tokens.of(permission.userId)) {
        if (each.client.clientId === client.clientId) tokens.delete(each);
      }
    }
    counts.userTokensIssued += 1;
    const scopes = permission.scopes.filter((scope) => !withheld.includes(scope));
    return tokens.issue({ ...permission, scopes }, life);
  }

  #revoke(request: PlatformRequest): Answer {
    const { tokens } = this.#users;
    const { counts } = this.#platform.counters;
    const found = tokens.find(bearerToken(request.headers) ?? '');
    if (found === undefined || found.isExpired) {
      this.#platform.counters.countRejection(
        found === undefined ? 'unknown_user_token' : 'expired_user_token',
      );
      return deadToken();
    }
    if (!styleOf(found.token.client).revokesByDelete)
      return refusedToken('wrong_method', found.token.client, request);
    tokens.delete(found.token);
    counts.userTokenRevocations += 1;
    if (asksToExpireSessions(request)) counts.userSessionsExpired += 1;
    return jsonAnswer(200, {});
  }

  get #users(): UserOAuthState {
    return this.#platform.userOAuth;
  }
}

function readForm({ method, headers, body }: PlatformRequest): URLSearchParams {
  if (method !== 'POST') throw new UserTokenRefused('wrong_method');
  if (mediaType(headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new UserTokenRefused('wrong_content_type');
  }
  const form = new URLSearchParams(body);
  // RFC 6749 3.2
  if (new Set(form.keys()).size < [...form.keys()].length) throw new UserTokenRefused('repeated_parameter');
  return form;
}

function parameter(form: URLSearchParams, name: string): string {
  const value = form.get(name) ?? '';
  if (value === '') throw new UserTokenRefused('missing_parameter');
  return value;
}

function asksToExpireSessions({ url, body }: PlatformRequest): boolean {
  const asked = url.searchParams.get('expire_sessions') ?? new URLSearchParams(body).get('expire_sessions');
  return asked === '1';
}
