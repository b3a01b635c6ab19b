import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { orAbort } from '../platform-http/or-abort.js';
import { PlatformHttp } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { AccessTokenManager } from './access-token.manager.js';
import { OAuthClient, type OAuthClientParts } from './oauth-client.js';
import { AccessTokenExpired, type RefusedCall } from './access-token.errors.js';
import { requiredScopes, type ServiceEndpoints } from './service-endpoints.js';

export interface AuthenticateOptions {
  /** Called for each token request that this client causes, now or later. */
  onTokenRequest?: () => void;
  /** The caller waits no longer; a token request that is underway goes on for the others. */
  signal?: AbortSignal;
  /** From the `AuthenticationFailed` of an earlier try: with it, the next 401 to the same call decides. */
  refusedCall?: RefusedCall | undefined;
}

/** Makes the clients that call a platform's services. */
@Injectable()
export class OAuthService {
  private readonly parts: Omit<OAuthClientParts, 'onTokenRequest'>;

  constructor(tokens: AccessTokenManager, http: PlatformHttp, @Inject(Clock) clock: Clock) {
    this.parts = { tokens, http, clock };
  }

  /**
   * A client with a fresh token for these end points; the token comes from the store if it is there.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed, and the reason of the signal
   */
  async authenticate(
    registration: Registration,
    endpoints: ServiceEndpoints,
    { onTokenRequest = noop, signal, refusedCall }: AuthenticateOptions = {},
  ): Promise<OAuthClient> {
    if (refusedCall !== undefined) this.parts.tokens.recallRefusal(refusedCall);
    const needed = requiredScopes(endpoints);
    const wish = { registration, needed, onRequest: onTokenRequest };
    const token = await orAbort(this.parts.tokens.obtain(wish), signal);
    return new OAuthClient({ ...this.parts, onTokenRequest }, registration, endpoints, token);
  }

  /**
   * A client around a token that the caller already has.
   *
   * @throws AccessTokenExpired, ScopeMismatch
   */
  fromAccessToken(
    token: AccessToken,
    { registration, endpoints }: { registration: Registration; endpoints: ServiceEndpoints },
  ): OAuthClient {
    if (this.parts.tokens.isExpired(token)) throw new AccessTokenExpired(token.expiresAt);
    return new OAuthClient({ ...this.parts, onTokenRequest: noop }, registration, endpoints, token);
  }
}

function noop(): void {
  // Nobody counts.
}
