import { orAbort } from '../common/bounded-wait.js';
import { type Clock } from '../common/clock.js';
import { type PlatformHttpService } from '../platform-http/platform-http.service.js';
import {
  type PlatformRequest,
  type PlatformResponse,
  type PlatformStream,
  type PlatformStreamRequest,
} from '../platform-http/platform-request.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { accessTokenErrors, AuthenticationFailed, ScopeMismatch } from './access-token.errors.js';
import { type AccessTokenManager, type TokenNeed } from './access-token.manager.js';
import { type RefusedCalls, type Refusal } from './refused-calls.js';
import {
  needOf,
  requiredScopes,
  type ServiceEndpoints,
  tokenDeployment,
  urlsOf,
} from './service-endpoints.js';
import {
  isUrlOfPlatform,
  platformRequestOf,
  scopesOf,
  type ServiceRequest,
  type ServiceStreamRequest,
} from './service-request.js';
import { discard, followRedirects, withoutSecrets } from './stream-redirects.js';

/** The dependencies of a client. */
export interface OAuthClientParts {
  tokens: AccessTokenManager;
  refusedCalls: RefusedCalls;
  http: PlatformHttpService;
  clock: Clock;
  /** Called for each token request that the client causes. */
  onTokenRequest: () => void;
  /** Called for each wait of the client: see `AuthenticateOptions`. */
  onWait: (wait: Promise<unknown>, of: 'token' | 'answer') => void;
}

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
    this.token = await this.parts.tokens.forceRefresh(this.needOf([]));
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
   * @throws {InvalidRequest} `deployment_mismatch` when the token is of another deployment
   * @example
   * for (const { membershipsUrl } of otherCourses) {
   *   const members = await memberships.getMembers(client.withEndpoints({ memberships: membershipsUrl ?? undefined }));
   * }
   */
  withEndpoints(endpoints: ServiceEndpoints): OAuthClient {
    const [own, other] = [this.endpoints, endpoints].map((one) => tokenDeployment(this.registration, one));
    if (own !== other) throw accessTokenErrors.deploymentMismatch(other, own);
    return new OAuthClient(this.parts, this.registration, endpoints, this.token);
  }

  /**
   * Sends a request with a fresh token. After a 401 it is sent again with another token, if there is one or if a renewal may
   * be forced. At most one renewal a minute is forced, over all processes.
   *
   * @throws AuthenticationFailed when the tool may not make the call
   * @throws AuthenticationUndecided when only a new token can show whether it may
   * @throws ScopeMismatch, TokenRequestRefused, TokenRequestFailed
   * @throws UnsafeUrl, PlatformUnreachable, PlatformTimeout, PlatformThrottled, and the signal's reason
   * @throws {PlatformAnswerInvalid} `platform_response_too_large`, `platform_redirect_refused`
   * @example
   * const { status, body } = await client.send({
   *   method: 'GET',
   *   url: membershipsUrl,
   *   headers: { accept: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json' },
   * });
   */
  send(request: PlatformRequest): Promise<PlatformResponse> {
    return this.sendBy(request, [], (complete) => this.parts.http.send(complete));
  }

  /**
   * Calls any service of the platform, also one that nest-lti does not know. The token, the limits and the checks are those of `send`.
   *
   * @param request its URL, its scope, and what to send. The answer's body has at most 32 MiB.
   * @returns an answer of any status but 401 and redirects: the caller decides what a 404 or a 422 means
   * @throws {Conflict} `scope_not_registered`: the registration does not request the scope
   * @throws {InvalidRequest} `url_not_on_platform`, UnsafeUrl: the token is not sent to this URL; `header_not_allowed`
   * @throws ScopeMismatch when the platform does not grant the scope; and what `send` throws
   *
   * @example
   * const { eula, user } = launch; // of an LtiEulaRequest
   * if (eula === undefined || user === undefined) return;
   * const client = await oauth.authenticate(registration, { services: [eula.url] });
   * const { status } = await client.request({
   *   method: 'POST',
   *   url: `${eula.url}/user`,
   *   scope: 'https://purl.imsglobal.org/spec/lti/scope/eula/user',
   *   body: { userId: user.id, accepted: true, timestamp: new Date().toISOString() },
   * });
   */
  async request(request: ServiceRequest): Promise<PlatformResponse> {
    const call = platformRequestOf(request, this.registration, urlsOf(this.endpoints));
    return this.sendBy(call, scopesOf(request), (complete) => this.parts.http.send(complete));
  }

  /**
   * Like `request`, but the answer's body is a stream of bytes. Read it to its end or destroy it: until then it has one of the platform's
   * slots.
   *
   * @throws as `request`
   *
   * @example
   * const asset = { url, scope: 'https://purl.imsglobal.org/spec/lti/scope/asset.readonly', accept: '*\/*' };
   * const { status, body } = await client.stream({ ...asset, followsRedirects: true });
   * if (status === 200) await pipeline(body, createWriteStream('essay.pdf'));
   */
  async stream(request: ServiceStreamRequest): Promise<PlatformStream> {
    const { followsRedirects = false, method = 'GET', ...bare } = request;
    const takesRedirects = followsRedirects && method === 'GET';
    const urls = urlsOf(this.endpoints);
    const call = { ...platformRequestOf({ ...bare, method }, this.registration, urls), takesRedirects };
    const scopes = scopesOf(request);
    return followRedirects(await this.streamWithToken(call, scopes), (url) => {
      const next = { ...call, url };
      return isUrlOfPlatform(url, this.registration, urls)
        ? this.streamWithToken(next, scopes)
        : this.parts.http.stream(withoutSecrets(next));
    });
  }

  private streamWithToken(
    request: PlatformStreamRequest,
    scopes: readonly string[],
  ): Promise<PlatformStream> {
    return this.sendBy(request, scopes, (complete) => this.parts.http.stream(complete));
  }

  /** @param scopes that the request needs besides those of the end points */
  private async sendBy<
    Request extends PlatformRequest | PlatformStreamRequest,
    Answer extends PlatformResponse | PlatformStream,
  >(
    request: Request,
    scopes: readonly string[],
    send: (request: Request) => Promise<Answer>,
  ): Promise<Answer> {
    const { method, url, signal } = request;
    if (this.parts.tokens.isDue(this.token) || !this.token.hasScopes(scopes))
      await this.obtain(signal, scopes);
    const refusal: Refusal = { call: `${method} ${url}`, url, tokens: [] };
    for (;;) {
      const { token } = this;
      const response = await this.sendWith(token, request, refusal.call, send);
      if (!this.refusesToken(response)) return response;
      refusal.tokens.push(token);
      try {
        const replaced = this.parts.refusedCalls.replaceToken(this.needOf(scopes), refusal);
        this.token = await this.waited(orAbort(replaced, signal), 'token');
      } catch (error) {
        // The 403 is about permission, and the platform's own answer says more.
        const isVerdict = error instanceof AuthenticationFailed;
        if (isVerdict && response.status !== UNAUTHORIZED) return response;
        discard(response);
        throw error;
      }
      discard(response);
    }
  }

  /** A caller that aborts stops waiting. The token request continues for the other callers. */
  private async obtain(signal?: AbortSignal, scopes: readonly string[] = []): Promise<void> {
    const obtained = this.parts.tokens.obtain(this.needOf(scopes));
    this.token = await this.waited(orAbort(obtained, signal), 'token');
  }

  private waited<T>(wait: Promise<T>, of: 'token' | 'answer'): Promise<T> {
    this.parts.onWait(wait, of);
    return wait;
  }

  private async sendWith<
    Request extends PlatformRequest | PlatformStreamRequest,
    Answer extends PlatformResponse | PlatformStream,
  >(
    token: AccessToken,
    request: Request,
    call: string,
    send: (request: Request) => Promise<Answer>,
  ): Promise<Answer> {
    // Object.assign, because adding properties to a spread copy takes 4 us; the whole request takes 40 us in undici.
    const headers = Object.assign({}, request.headers, { authorization: `Bearer ${token.value}` });
    const sentMs = this.parts.clock.nowMs();
    const { platformFamily: family, id: registrationId } = this.registration;
    const complete = Object.assign({}, request, { headers, family, registrationId });
    const response = await this.waited(send(complete), 'answer');
    // An error may come from a proxy that does not check tokens, so it proves nothing.
    if (response.status < FIRST_ERROR) this.parts.refusedCalls.succeeded(call, token, sentMs);
    return response;
  }

  private refusesToken({ status }: { status: number }): boolean {
    return status === UNAUTHORIZED || (status === FORBIDDEN && this.registration.platformFamily === 'sakai');
  }

  private needOf(scopes: readonly string[]): TokenNeed {
    return needOf(this.registration, this.endpoints, this.parts.onTokenRequest, scopes);
  }
}
