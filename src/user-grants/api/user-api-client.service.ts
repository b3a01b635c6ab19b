import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { harmless, readable } from '../../common/platform-words.js';
import { nextLink } from '../../lti-services/paging/next-link.js';
import { PageWalk } from '../../lti-services/paging/page-walk.js';
import {
  PlatformHttp,
  type PlatformRequest,
  type PlatformResponse,
} from '../../platform-http/platform-http.service.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { ThrottlePatience } from '../../platform-http/throttle-patience.js';
import { isThrottlingAnswer } from '../../platform-http/throttling-answer.js';
import { type FreshGrant } from '../tokens/fresh-grant.js';
import { GrantTokens } from '../tokens/grant-tokens.service.js';
import { type GrantKey } from '../user-grant.entity.js';
import { AuthorizationRequired, PlatformPermissionDenied } from '../user-grants.errors.js';
import { UserGrants } from '../user-grants.service.js';
import { GrantPace } from './grant-pace.js';
import { UrlNotOnPlatform, UserApiRefused } from './user-api.errors.js';

/** Whose grant a call is made with; `resolve()` gives one. */
export type GrantOfUser = GrantKey & { launchSessionId?: string | undefined };

export interface UserApiOptions {
  headers?: Record<string, string>;
  /** The caller's patience. A refresh goes on without it. */
  signal?: AbortSignal;
}

export interface PagesOptions extends UserApiOptions {
  /** Default: 1000. */
  maxPages?: number;
}

/** Sent as JSON, unless it is text: then as it is, with the content-type of the options. */
export type UserApiBody = object | string;

const MAX_PAGES = 1000;
const REMAINING = 'x-rate-limit-remaining';
/** How long one call waits for a platform that takes no more of its user's calls, over all its attempts. */
const MAX_THROTTLE_WAIT_MS = 30_000;

/** Calls the platform's API as the user: with a fresh token, whoever refreshes it. */
@Injectable()
export class UserApiClient {
  private readonly pace: GrantPace;

  constructor(
    private readonly http: PlatformHttp,
    private readonly tokens: GrantTokens,
    private readonly grants: UserGrants,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.pace = new GrantPace(clock);
  }

  /**
   * @param url absolute and at the platform's API host, or a path there
   * @returns an answer of any status but 401: what a 404 or a 422 means is the caller's to say
   * @throws AuthorizationRequired with the URL where the user allows it
   * @throws PlatformThrottled when the platform takes no more of the user's calls for more than 30 s
   * @throws PlatformPermissionDenied, UrlNotOnPlatform, what GrantTokens.fresh and platform-http throw
   */
  get(grant: GrantOfUser, url: string, options: UserApiOptions = {}): Promise<PlatformResponse> {
    return this.send(grant, { method: 'GET', url, ...options });
  }

  /** As `get`. */
  post(
    grant: GrantOfUser,
    url: string,
    body: UserApiBody,
    options: UserApiOptions = {},
  ): Promise<PlatformResponse> {
    return this.send(grant, withBody({ method: 'POST', url, ...options }, body));
  }

  /** As `get`. */
  put(
    grant: GrantOfUser,
    url: string,
    body: UserApiBody,
    options: UserApiOptions = {},
  ): Promise<PlatformResponse> {
    return this.send(grant, withBody({ method: 'PUT', url, ...options }, body));
  }

  /** As `get`. */
  delete(grant: GrantOfUser, url: string, options: UserApiOptions = {}): Promise<PlatformResponse> {
    return this.send(grant, { method: 'DELETE', url, ...options });
  }

  /**
   * A list page by page, along its `Link: rel="next"`.
   *
   * @throws as `get`, and UserApiRefused, ForeignNextLink, UnreadableNextLink, PageLoop, TooManyPages
   */
  async *pages(
    grant: GrantOfUser,
    url: string,
    { maxPages = MAX_PAGES, ...options }: PagesOptions = {},
  ): AsyncGenerator<PlatformResponse, void, undefined> {
    let walk: PageWalk | undefined;
    for (;;) {
      const response = await this.get(grant, walk?.url ?? url, options);
      walk ??= new PageWalk('entries', response.url, response.url, maxPages);
      if (response.status < 200 || response.status >= 300)
        throw new UserApiRefused(response.status, walk.page, wordsOf(response));
      yield response;
      const next = nextLink(response.headers.link, 'entries', walk.page);
      if (next === undefined) return;
      walk.follow(next, [response.body]);
    }
  }

  private async send(grant: GrantOfUser, request: PlatformRequest): Promise<PlatformResponse> {
    try {
      return await this.sendFresh(grant, request);
    } catch (error) {
      if (!(error instanceof AuthorizationRequired)) throw error;
      throw new AuthorizationRequired(
        error.reason,
        await this.grants.authorizeUrl(grant, grant.launchSessionId),
      );
    }
  }

  private async sendFresh(key: GrantKey, request: PlatformRequest): Promise<PlatformResponse> {
    const { signal } = request;
    const first = await this.tokens.fresh(key, { signal });
    const response = await this.sendWith(first, request);
    if (!isDead(first, response)) return response;
    // Another process may have refreshed it: then that token is taken, and nothing is refreshed.
    const second = await this.tokens.fresh(key, { rejected: first.tokenHash, signal });
    const again = await this.sendWith(second, request);
    if (isDead(second, again)) throw new PlatformPermissionDenied(wordsOf(again));
    return again;
  }

  private async sendWith(fresh: FreshGrant, request: PlatformRequest): Promise<PlatformResponse> {
    const { client, accessToken } = fresh;
    const url = atPlatform(request.url, client.apiUrl);
    const headers = { accept: 'application/json', ...lowerCase(request.headers) };
    const response = await this.sendPaced(fresh.grant.id, {
      ...request,
      url: url.href,
      headers: { ...headers, authorization: `Bearer ${accessToken}` },
    });
    const { insufficientScopeText } = client.provider;
    if (response.status === 401 && !isDead(fresh, response))
      throw new PlatformPermissionDenied(wordsOf(response));
    if (
      insufficientScopeText !== null &&
      response.status === 403 &&
      response.body.includes(insufficientScopeText)
    )
      throw new AuthorizationRequired('insufficient_scope');
    return response;
  }

  /** What the platform refused because its user makes too many calls was not carried out: it is sent again. */
  private async sendPaced(grantId: string, request: PlatformRequest): Promise<PlatformResponse> {
    const patience = new ThrottlePatience(
      this.clock,
      new URL(request.url),
      MAX_THROTTLE_WAIT_MS,
      request.signal,
      'refused_for_user',
    );
    for (;;) {
      await this.pace.wait(grantId, patience);
      const sentAtMs = this.clock.nowMs();
      const response = await this.http.send({ ...request, isCountedByToken: true });
      const { headers, receivedAt } = response;
      this.pace.note(grantId, headers[REMAINING]);
      if (!isThrottlingAnswer(response)) {
        this.pace.accepted(grantId);
        return response;
      }
      this.pace.refused(grantId, { sentAtMs, receivedAt, retryAfter: parseRetryAfter(headers, receivedAt) });
    }
  }
}

/** Whether a 401 is about the token, and not about what the user may do. */
function isDead({ client }: FreshGrant, { status, headers }: PlatformResponse): boolean {
  const { deadTokenHeader } = client.provider;
  return status === 401 && (deadTokenHeader === null || headers[deadTokenHeader] !== undefined);
}

/** @throws UrlNotOnPlatform */
function atPlatform(url: string, apiUrl: string): URL {
  const target = URL.canParse(url, apiUrl) ? new URL(url, apiUrl) : undefined;
  if (target?.origin !== apiUrl) throw new UrlNotOnPlatform(target?.origin ?? 'What is no URL', apiUrl);
  return target;
}

function withBody(request: PlatformRequest, body: UserApiBody): PlatformRequest {
  const headers = lowerCase(request.headers);
  if (typeof body === 'string') return { ...request, headers, body };
  return {
    ...request,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function lowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function wordsOf({ body }: PlatformResponse): string {
  return harmless(readable(body));
}
