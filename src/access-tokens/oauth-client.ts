import { type Clock } from '../common/clock.js';
import { orAbort } from '../platform-http/or-abort.js';
import {
  type PlatformHttp,
  type PlatformRequest,
  type PlatformResponse,
} from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { type AccessTokenManager, type Refusal } from './access-token.manager.js';
import { AuthenticationFailed, ScopeMismatch } from './access-token.errors.js';
import { requiredScopes, type ServiceEndpoints } from './service-endpoints.js';
import { type TokenWish } from './token-requests.service.js';

/** What a client works with. */
export interface OAuthClientParts {
  tokens: AccessTokenManager;
  http: PlatformHttp;
  clock: Clock;
  /** Hears of each token request that the client causes. */
  onTokenRequest: () => void;
}

const FIRST_ERROR = 400;
const UNAUTHORIZED = 401;
/** Sakai's answer to a dead token; every other platform means permission by it. */
const FORBIDDEN = 403;

/**
 * A registration's token together with the end points it is used on. Calls renew it by themselves: nobody has to
 * remember to. One client may serve any number of calls at once.
 */
export class OAuthClient {
  constructor(
    private readonly parts: OAuthClientParts,
    readonly registration: Registration,
    readonly endpoints: ServiceEndpoints,
    private token: AccessToken,
  ) {
    this.requireScope(...requiredScopes(endpoints));
  }

  /** For a call of the embedder's own. Fresh when this is asked, if `refresh()` was awaited before. */
  get accessToken(): AccessToken {
    return this.token;
  }

  isExpired(): boolean {
    return this.parts.tokens.isExpired(this.token);
  }

  /**
   * Renews the token if it has expired.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   */
  async refresh(): Promise<void> {
    if (this.isExpired()) await this.obtain();
  }

  /** Renews the token in any case. */
  async forceRefresh(): Promise<void> {
    this.token = await this.parts.tokens.forceRenewal(this.wish);
  }

  hasScope(scope: string): boolean {
    return this.token.hasScopes([scope]);
  }

  /** @throws ScopeMismatch unless all of them were granted */
  requireScope(...scopes: string[]): void {
    if (!this.token.hasScopes(scopes)) throw new ScopeMismatch(scopes, this.token.scopes);
  }

  /** @throws ScopeMismatch unless one of them was granted */
  requireAnyScope(...scopes: string[]): void {
    if (!scopes.some((scope) => this.hasScope(scope))) throw new ScopeMismatch(scopes, this.token.scopes);
  }

  /**
   * The same token on other end points of the same registration, such as the next course.
   *
   * @throws ScopeMismatch when the token does not cover them
   */
  withEndpoints(endpoints: ServiceEndpoints): OAuthClient {
    return new OAuthClient(this.parts, this.registration, endpoints, this.token);
  }

  /**
   * Sends a request with a fresh token. After a 401 it is made again with another token, if there is one or a renewal may
   * be forced: at most one in a minute, over all processes.
   *
   * @throws AuthenticationFailed when the platform refuses it; its `conclusive` says whether that may be the token's fault
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed, and what PlatformHttp throws
   */
  async send(request: PlatformRequest): Promise<PlatformResponse> {
    if (this.parts.tokens.isDue(this.token)) await this.obtain(request.signal);
    const { method, url, signal } = request;
    const refusal: Refusal = { call: `${method} ${url}`, url, tokens: [] };
    for (;;) {
      const { token } = this;
      const response = await this.sendWith(token, request, refusal.call);
      if (!this.refusesToken(response)) return response;
      refusal.tokens.push(token);
      try {
        this.token = await orAbort(this.parts.tokens.replaceRefused(this.wish, refusal), signal);
      } catch (error) {
        // Where it is about permission the platform's own words say more.
        const isVerdict = error instanceof AuthenticationFailed && error.conclusive;
        if (isVerdict && response.status !== UNAUTHORIZED) return response;
        throw error;
      }
    }
  }

  /** A caller that gives up waits no longer; the renewal goes on for the others. */
  private async obtain(signal?: AbortSignal): Promise<void> {
    this.token = await orAbort(this.parts.tokens.obtain(this.wish), signal);
  }

  private async sendWith(
    token: AccessToken,
    request: PlatformRequest,
    call: string,
  ): Promise<PlatformResponse> {
    // Not spread: a property that is added to a spread copy takes 1 us, of the 40 us that undici needs for it all.
    const headers = Object.assign({}, request.headers, { authorization: `Bearer ${token.value}` });
    const sentMs = this.parts.clock.nowMs();
    const response = await this.parts.http.send({ ...request, headers });
    // An error page may come from in front of whatever looks at tokens.
    if (response.status < FIRST_ERROR) this.parts.tokens.worked(call, token, sentMs);
    return response;
  }

  private refusesToken({ status }: PlatformResponse): boolean {
    if (status === UNAUTHORIZED) return true;
    return status === FORBIDDEN && this.registration.platformFamily === 'sakai';
  }

  private get wish(): TokenWish {
    const needed = requiredScopes(this.endpoints);
    return { registration: this.registration, needed, onRequest: this.parts.onTokenRequest };
  }
}
