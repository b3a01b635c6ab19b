import { Inject, Injectable } from '@nestjs/common';
import { orAbort } from '../common/bounded-wait.js';
import { Clock } from '../common/clock.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { accessTokenErrors, type RefusedCall } from './access-token.errors.js';
import { AccessTokenManager } from './access-token.manager.js';
import { OAuthClient, type OAuthClientParts } from './oauth-client.js';
import { RefusedCalls } from './refused-calls.js';
import { needOf, type ServiceEndpoints } from './service-endpoints.js';

/** Options of `OAuthService.authenticate`. All may be left out. */
export interface AuthenticateOptions {
  /** Called for each token request that this client causes, now or later. */
  onTokenRequest?: () => void;
  /** Aborts the wait of this caller. A token request in progress continues for the other callers. */
  signal?: AbortSignal;
  /** From the `AuthenticationUndecided` of an earlier try. With it, the next 401 to the same call is decided. */
  refusedCall?: RefusedCall | undefined;
}

/**
 * Creates the clients that call a platform's services.
 *
 * @example
 * const client = await oauth.authenticate(registration, { memberships: course.membershipsUrl ?? undefined });
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
   * @example
   * const { membershipsUrl, lineItemsUrl, registration } = course;
   * const client = await oauth.authenticate(registration, {
   *   memberships: membershipsUrl ?? undefined,
   *   lineItems: lineItemsUrl ?? undefined,
   * });
   */
  async authenticate(
    registration: Registration,
    endpoints: ServiceEndpoints,
    { onTokenRequest = noop, signal, refusedCall }: AuthenticateOptions = {},
  ): Promise<OAuthClient> {
    if (refusedCall !== undefined) this.parts.refusedCalls.remember(refusedCall);
    const need = needOf(registration, endpoints, onTokenRequest);
    const token = await orAbort(this.parts.tokens.obtain(need), signal);
    return new OAuthClient({ ...this.parts, onTokenRequest }, registration, endpoints, token);
  }

  /**
   * A client with a token that the caller already has.
   *
   * @throws {AccessDenied} `access_token_expired`, ScopeMismatch
   * @example
   * const client = oauth.fromAccessToken(token, { registration, endpoints: { memberships: membershipsUrl } });
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
