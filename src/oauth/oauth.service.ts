import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { PlatformHttp } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from '../token-store/access-token.js';
import { AccessTokenService } from './access-token.service.js';
import { OAuthClient, type OAuthClientParts } from './oauth-client.js';
import { AccessTokenExpired } from './oauth.errors.js';
import { requiredScopes, type ServiceEndpoints } from './service-endpoints.js';

/** Makes the clients that call a platform's services. */
@Injectable()
export class OAuthService {
  private readonly parts: Omit<OAuthClientParts, 'onTokenRequest'>;

  constructor(tokens: AccessTokenService, http: PlatformHttp, @Inject(Clock) clock: Clock) {
    this.parts = { tokens, http, clock };
  }

  /**
   * A client with a fresh token for these end points; the token comes from the store if it is there.
   *
   * @param onTokenRequest called for each token request that this client causes, now or later
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async authenticate(
    registration: Registration,
    endpoints: ServiceEndpoints,
    onTokenRequest: () => void = noop,
  ): Promise<OAuthClient> {
    const needed = requiredScopes(endpoints);
    const token = await this.parts.tokens.obtain({ registration, needed, onRequest: onTokenRequest });
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
