import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { orAbort } from '../common/bounded-wait.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { accessTokenErrors, type RefusedCall } from './access-token.errors.js';
import { AccessTokenManager } from './access-token.manager.js';
import { OAuthClient, type OAuthClientParts, requiredScopes, type ServiceEndpoints } from './oauth-client.js';
import { RefusedCalls } from './refused-calls.js';

export interface AuthenticateOptions {
  /** Called for each token request that this client causes, now or later. */
  onTokenRequest?: () => void;
  /** Aborts the wait of this caller. A token request in progress continues for the other callers. */
  signal?: AbortSignal;
  /** From the `AuthenticationFailed` of an earlier try. With it, the next 401 to the same call is decided. */
  refusedCall?: RefusedCall | undefined;
}

/**
 * Creates the clients that call a platform's services.
 *
 * @example
 * const client = await oauth.authenticate(registration, { memberships: course.membershipsUrl });
 * const members = await memberships.getMembers(client);
 */
@Injectable()
export class OAuthService {
  private readonly parts: Omit<OAuthClientParts, 'onTokenRequest'>;

  constructor(
    tokens: AccessTokenManager,
    refusedCalls: RefusedCalls,
    http: PlatformHttpService,
    @Inject(Clock) clock: Clock,
  ) {
    this.parts = { tokens, refusedCalls, http, clock };
  }

  /**
   * A client with a fresh token for these endpoints. If the store has the token, no request is sent.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed, and the reason of the signal
   */
  async authenticate(
    registration: Registration,
    endpoints: ServiceEndpoints,
    { onTokenRequest = noop, signal, refusedCall }: AuthenticateOptions = {},
  ): Promise<OAuthClient> {
    if (refusedCall !== undefined) this.parts.refusedCalls.remember(refusedCall);
    const need = { registration, needed: requiredScopes(endpoints), onRequest: onTokenRequest };
    const token = await orAbort(this.parts.tokens.obtain(need), signal);
    return new OAuthClient({ ...this.parts, onTokenRequest }, registration, endpoints, token);
  }

  /**
   * A client with a token that the caller already has.
   *
   * @throws {AccessDenied} `access_token_expired`, ScopeMismatch
   */
  fromAccessToken(
    token: AccessToken,
    { registration, endpoints }: { registration: Registration; endpoints: ServiceEndpoints },
  ): OAuthClient {
    if (this.parts.tokens.isExpired(token)) throw accessTokenErrors.expired(token.expiresAt);
    return new OAuthClient({ ...this.parts, onTokenRequest: noop }, registration, endpoints, token);
  }
}

function noop(): void {
  // The caller does not count token requests.
}
