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
  /**
   * Called for each wait of this client for a token or an answer, with a promise that settles with the wait. For jobs: one that waits
   * may let others go on. A token of the store or of memory is a short wait.
   */
  onWait?: ((wait: Promise<unknown>, of: 'token' | 'answer') => void) | undefined;
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
  private readonly parts: Omit<OAuthClientParts, 'onTokenRequest' | 'onWait'>;

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
    { onTokenRequest = noop, onWait = noop, signal, refusedCall }: AuthenticateOptions = {},
  ): Promise<OAuthClient> {
    if (refusedCall !== undefined) this.parts.refusedCalls.remember(refusedCall);
    const need = needOf(registration, endpoints, onTokenRequest);
    const obtained = orAbort(this.parts.tokens.obtain(need), signal);
    onWait(obtained, 'token');
    return new OAuthClient(
      { ...this.parts, onTokenRequest, onWait },
      registration,
      endpoints,
      await obtained,
    );
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
    const parts = { ...this.parts, onTokenRequest: noop, onWait: noop };
    return new OAuthClient(parts, registration, endpoints, token);
  }
}

function noop(): void {
  // The caller does not count.
}
