import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import {
  accessTokenErrors,
  type RefusedCall,
  AuthenticationFailed,
  ScopeMismatch,
} from './access-token.errors.js';
import { AccessTokenManager, type TokenNeed } from './access-token.manager.js';
import { RefusedCalls, type Refusal } from './refused-calls.js';
import { Scope } from '../common/scopes.js';
import { orAbort } from '../common/bounded-wait.js';
import { type PlatformRequest, type PlatformResponse } from '../platform-http/platform-request.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';

/** Options of `OAuthService.authenticate`. All may be left out. */
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
    const need = { registration, needed: requiredScopes(endpoints), onRequest: onTokenRequest };
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

/** The service endpoints of a course, as its launches named them. They decide which scopes are needed. */
export interface ServiceEndpoints {
  /** NRPS 2.0 `context_memberships_url` */
  memberships?: string | undefined;
  /** AGS 2.0 `lineitems` */
  lineItems?: string | undefined;
  /** AGS 2.0 `scope`: what the tool may do with line items. Default: line items, scores and results. */
  gradeScopes?: readonly string[] | undefined;
  /** PNS 1.0 `platform_notification_service_url` */
  notices?: string | undefined;
}

/** The dependencies of a client. */
export interface OAuthClientParts {
  tokens: AccessTokenManager;
  refusedCalls: RefusedCalls;
  http: PlatformHttpService;
  clock: Clock;
  /** Called for each token request that the client causes. */
  onTokenRequest: () => void;
}

const GRADE_SCOPES = [Scope.lineItem, Scope.score, Scope.resultReadonly];
const FIRST_ERROR = 400;
const UNAUTHORIZED = 401;
/** Sakai's answer to a dead token. On every other platform it is about permission. */
const FORBIDDEN = 403;

/**
 * A registration's token together with the endpoints on which it is used. Calls renew it by themselves. One client may
 * serve any number of calls at once.
 *
 * @example
 * const { status, body } = await client.send({ method: 'GET', url: 'https://lms.example.edu/api/lti/courses/7' });
 */
export class OAuthClient {
  constructor(
    private readonly parts: OAuthClientParts,
    /** The registration whose token it uses. */
    readonly registration: Registration,
    /** The endpoints that its token covers. */
    readonly endpoints: ServiceEndpoints,
    private token: AccessToken,
  ) {
    this.requireScope(...requiredScopes(endpoints));
  }

  /** For a call by the embedder's own HTTP client. It is fresh right after `refresh()`. */
  get accessToken(): AccessToken {
    return this.token;
  }

  /**
   * Whether the margin before the token's expiry has begun. Calls renew such a token by themselves.
   *
   * @example
   * if (client.isExpired()) await client.refresh();
   */
  isExpired(): boolean {
    return this.parts.tokens.isExpired(this.token);
  }

  /**
   * Renews the token if it has expired.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   * @example
   * await client.refresh();
   * const headers = { authorization: `Bearer ${client.accessToken.value}` };
   */
  async refresh(): Promise<void> {
    if (this.isExpired()) await this.obtain();
  }

  /**
   * Renews the token in any case, for example after a 401 to a call by another HTTP client.
   *
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   * @example
   * await client.forceRefresh();
   */
  async forceRefresh(): Promise<void> {
    this.token = await this.parts.tokens.forceRefresh(this.need);
  }

  /**
   * Whether the platform granted the scope. It may grant fewer scopes than the registration asks for (RFC 6749 3.3).
   *
   * @example
   * if (client.hasScope(Scope.score)) await grades.postScore(client, lineItem.id, { userId: '42', scoreGiven: 1, scoreMaximum: 1 });
   */
  hasScope(scope: string): boolean {
    return this.token.hasScopes([scope]);
  }

  /**
   * Checks that the platform granted all of these scopes.
   *
   * @throws ScopeMismatch
   * @example
   * client.requireScope(Scope.lineItem, Scope.score);
   */
  requireScope(...scopes: string[]): void {
    if (!this.token.hasScopes(scopes)) throw new ScopeMismatch(scopes, this.token.scopes);
  }

  /**
   * Checks that the platform granted at least one of these scopes.
   *
   * @throws ScopeMismatch
   * @example
   * client.requireAnyScope(Scope.lineItem, Scope.lineItemReadonly);
   */
  requireAnyScope(...scopes: string[]): void {
    if (!scopes.some((scope) => this.hasScope(scope))) throw new ScopeMismatch(scopes, this.token.scopes);
  }

  /**
   * The same token on other endpoints of the same registration, such as those of the next course.
   *
   * @throws ScopeMismatch when the token does not cover them
   * @example
   * for (const { membershipsUrl } of otherCourses) {
   *   const members = await memberships.getMembers(client.withEndpoints({ memberships: membershipsUrl ?? undefined }));
   * }
   */
  withEndpoints(endpoints: ServiceEndpoints): OAuthClient {
    return new OAuthClient(this.parts, this.registration, endpoints, this.token);
  }

  /**
   * Sends a request with a fresh token. After a 401 it is sent again with another token, if there is one or if a renewal may
   * be forced. At most one renewal a minute is forced, over all processes.
   *
   * @throws AuthenticationFailed when the platform refuses it; `conclusive` says whether a new token could help
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed, and what PlatformHttpService throws
   * @example
   * const { status, body } = await client.send({
   *   method: 'GET',
   *   url: membershipsUrl,
   *   headers: { accept: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json' },
   * });
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
        this.token = await orAbort(this.parts.refusedCalls.replaceToken(this.need, refusal), signal);
      } catch (error) {
        // The 403 is about permission, and the platform's own answer says more.
        const isVerdict = error instanceof AuthenticationFailed && error.conclusive;
        if (isVerdict && response.status !== UNAUTHORIZED) return response;
        throw error;
      }
    }
  }

  /** A caller that aborts stops waiting. The token request continues for the other callers. */
  private async obtain(signal?: AbortSignal): Promise<void> {
    this.token = await orAbort(this.parts.tokens.obtain(this.need), signal);
  }

  private async sendWith(
    token: AccessToken,
    request: PlatformRequest,
    call: string,
  ): Promise<PlatformResponse> {
    // Object.assign, because adding a property to a spread copy takes 1 us; the whole request takes 40 us in undici.
    const headers = Object.assign({}, request.headers, { authorization: `Bearer ${token.value}` });
    const sentMs = this.parts.clock.nowMs();
    const response = await this.parts.http.send({ ...request, headers });
    // An error may come from a proxy that does not check tokens, so it proves nothing.
    if (response.status < FIRST_ERROR) this.parts.refusedCalls.succeeded(call, token, sentMs);
    return response;
  }

  private refusesToken({ status }: PlatformResponse): boolean {
    if (status === UNAUTHORIZED) return true;
    return status === FORBIDDEN && this.registration.platformFamily === 'sakai';
  }

  private get need(): TokenNeed {
    const needed = requiredScopes(this.endpoints);
    return { registration: this.registration, needed, onRequest: this.parts.onTokenRequest };
  }
}

/** The scopes that calls of these endpoints need. */
export function requiredScopes({
  memberships,
  lineItems,
  gradeScopes = GRADE_SCOPES,
  notices,
}: ServiceEndpoints): string[] {
  return [
    ...(memberships === undefined ? [] : [Scope.membershipReadonly]),
    ...(lineItems === undefined ? [] : gradeScopes),
    ...(notices === undefined ? [] : [Scope.noticeHandlers]),
  ];
}
