import { Inject, Injectable } from '@nestjs/common';
import { type Readable } from 'node:stream';
import { Clock } from '../../common/clock.js';
import { placeOf } from '../../common/url-policy.js';
import { nextLink, PageWalk } from '../../lti-services/paging/page-walk.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import {
  type PlatformRequest,
  type PlatformResponse,
  type PlatformStream,
} from '../../platform-http/platform-request.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { WaitBudget } from '../../rate-limits/cooldown.js';
import { isThrottlingAnswer } from '../../platform-http/exchange.js';
import { type FreshGrant } from '../tokens/fresh-grant.js';
import { GrantTokenService } from '../tokens/grant-token.service.js';
import { type GrantKey } from '../user-grant.entity.js';
import { AuthorizationRequired, userGrantErrors } from '../user-grants.errors.js';
import { UserGrantService } from '../user-grant.service.js';
import { isSuccess, textOf, wordsOf } from './answer-text.js';
import { sendFile, type UserFile } from './file-upload.js';
import { GrantThrottle } from './grant-throttle.js';
import { userApiErrors } from './user-api.errors.js';

/** The handle of the grant for a call, from `resolve()`. */
export type GrantOfUser = GrantKey & { launchSessionId?: string | undefined };

/** Options of a call as the user. */
export interface UserApiOptions {
  /** Names in any case. Default: `accept: application/json`; `authorization` cannot be set. */
  headers?: Record<string, string>;
  /** Ends the call. A refresh that it has begun continues. */
  signal?: AbortSignal;
}

/** Options of `UserApiClient.pages`. */
export interface PagesOptions extends UserApiOptions {
  /** Default: 1000. */
  maxPages?: number;
}

/** Options of `UserApiClient.upload`. */
export interface UploadOptions {
  /** More fields for the platform, such as `parent_folder_path` and `on_duplicate`. */
  parameters?: Readonly<Record<string, string>>;
  /** Ends the upload; the call rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Sent as JSON, unless it is text: then as it is, with the content-type of the options. */
export type UserApiBody = object | string;

/** A request of `UserApiClient.stream`. */
export interface UserApiRequest extends UserApiOptions {
  /** Redirects are not followed, whatever the method. */
  method: PlatformRequest['method'];
  /** Absolute and at the platform's API host, or a path there. */
  url: string;
  /** An object is sent as JSON. */
  body?: UserApiBody | undefined;
}

/** A request without its token. */
type Call = Pick<PlatformRequest, 'method' | 'url' | 'headers' | 'signal'> & { body?: string };

type Answer = Pick<PlatformResponse, 'status' | 'headers' | 'receivedAt'> & { body: string | Readable };

type Send<Answered extends Answer> = (call: Call & { isCountedByToken: true }) => Promise<Answered>;

const MAX_PAGES = 1000;
const REMAINING = 'x-rate-limit-remaining';
/** How long one call waits while the platform throttles its user, over all attempts. */
const MAX_THROTTLE_WAIT_MS = 30_000;
/** Statuses whose body must be read to find the cause: the token, the permissions, the scopes, or throttling. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * Calls the platform's API as the user, with a fresh token.
 *
 * @example
 * const { status, body } = await userApi.get(grant, '/api/v1/users/self/courses');
 */
@Injectable()
export class UserApiClient {
  private readonly throttle: GrantThrottle;

  constructor(
    private readonly http: PlatformHttpService,
    private readonly tokens: GrantTokenService,
    private readonly grants: UserGrantService,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.throttle = new GrantThrottle(clock);
  }

  /**
   * Calls the platform's API by GET.
   *
   * @param url absolute and at the platform's API host, or a path there
   * @returns an answer of any status but 401, 403 and 429: the caller decides what a 404 or a 422 means
   * @throws AuthorizationRequired with the URL where the user allows it
   * @throws {PlatformRefused} `platform_permission_denied` for a 401 or 403: the user, or the tool's client, may not do this
   * @throws PlatformThrottled when the platform throttles the user for more than 30 s
   * @throws {InvalidRequest} `url_not_on_platform`
   * @throws what `UserGrantService.resolve` throws, and what `OAuthClient.send` throws about the request itself
   * @example
   * const { status, body } = await userApi.get(grant, '/api/v1/users/self');
   */
  get(grant: GrantOfUser, url: string, options: UserApiOptions = {}): Promise<PlatformResponse> {
    return this.request(grant, { method: 'GET', url, ...options });
  }

  /**
   * As `get`, with a body.
   *
   * @example
   * await userApi.post(grant, '/api/v1/planner_notes', { title: 'Quiz 1', todo_date: '2026-11-30' });
   */
  post(
    grant: GrantOfUser,
    url: string,
    body: UserApiBody,
    options: UserApiOptions = {},
  ): Promise<PlatformResponse> {
    return this.request(grant, { method: 'POST', url, body, ...options });
  }

  /**
   * As `get`, with a body.
   *
   * @example
   * await userApi.put(grant, '/api/v1/planner_notes/7', { title: 'Quiz 1' });
   */
  put(
    grant: GrantOfUser,
    url: string,
    body: UserApiBody,
    options: UserApiOptions = {},
  ): Promise<PlatformResponse> {
    return this.request(grant, { method: 'PUT', url, body, ...options });
  }

  /**
   * As `get`, with a body.
   *
   * @example
   * await userApi.patch(grant, '/api/v1/planner_notes/7', { title: 'Quiz 1' });
   */
  patch(
    grant: GrantOfUser,
    url: string,
    body: UserApiBody,
    options: UserApiOptions = {},
  ): Promise<PlatformResponse> {
    return this.request(grant, { method: 'PATCH', url, body, ...options });
  }

  /**
   * As `get`.
   *
   * @example
   * await userApi.delete(grant, '/api/v1/planner_notes/7');
   */
  delete(grant: GrantOfUser, url: string, options: UserApiOptions = {}): Promise<PlatformResponse> {
    return this.request(grant, { method: 'DELETE', url, ...options });
  }

  /**
   * As `get`, but the body is a stream of bytes. Read it to its end or destroy it: until then it has one of the platform's
   * slots.
   *
   * @example
   * const { status, body } = await userApi.stream(grant, { method: 'GET', url: '/api/v1/courses/7/students' });
   * await pipeline(body, createWriteStream('students.json'));
   */
  stream(grant: GrantOfUser, request: UserApiRequest): Promise<PlatformStream> {
    return this.call(grant, callOf(request), (call) => this.http.stream(call));
  }

  /**
   * Uploads a file in the three steps of Canvas: announces the file at `url`, sends it to the URL that the platform names, and
   * confirms it at the URL of that answer. The first request has the user's token, and the last one has it at the platform's
   * API host alone.
   *
   * @param url such as `/api/v1/users/self/files` or `/api/v1/courses/7/files`
   * @returns the answer to the confirmation, or to the announcement if the platform refused the file
   * @throws as `get`, and {PlatformRefused} `user_file_upload_failed`; {InvalidRequest} `user_file_unreadable`
   *
   * Source: Canvas' documentation of its API, "File Uploads".
   *
   * @example
   * const { size } = await stat('essay.pdf');
   * const content = createReadStream('essay.pdf');
   * const { body } = await userApi.upload(grant, '/api/v1/users/self/files', { name: 'essay.pdf', size, content });
   */
  async upload(
    grant: GrantOfUser,
    url: string,
    file: UserFile,
    { parameters = {}, signal }: UploadOptions = {},
  ): Promise<PlatformResponse> {
    const { name, size, contentType } = file;
    const announcement = new URLSearchParams({
      ...parameters,
      name,
      size: String(size),
      ...(contentType !== undefined && { content_type: contentType }),
    });
    const abort = signal === undefined ? {} : { signal };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const announced = await this.post(grant, url, announcement.toString(), { headers, ...abort });
    if (!isSuccess(announced.status)) return announced;
    const sent = await sendFile(this.http, announced.body, file, signal);
    const { location } = sent.headers;
    if (location === undefined || !URL.canParse(location, sent.url)) return sent;
    const confirmation = new URL(location, sent.url);
    return confirmation.origin === new URL(announced.url).origin
      ? this.get(grant, confirmation.href, abort)
      : this.http.send({ method: 'GET', url: confirmation.href, ...abort });
  }

  /**
   * A list page by page, along its `Link: rel="next"`.
   *
   * @throws as `get`, and {PlatformRefused} `user_api_refused`; {PlatformAnswerInvalid} `foreign_next_link`,
   *   `unreadable_next_link`, `page_loop`, `too_many_pages`
   * @example
   * for await (const { body } of userApi.pages(grant, '/api/v1/courses')) read(JSON.parse(body));
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
      if (!isSuccess(response.status))
        throw userApiErrors.listRefused(response.status, walk.page, wordsOf(response.body));
      yield response;
      const next = nextLink(response.headers.link, 'entries', walk.page);
      if (next === undefined) return;
      walk.follow(next, [response.body]);
    }
  }

  private request(grant: GrantOfUser, request: UserApiRequest): Promise<PlatformResponse> {
    return this.call(grant, callOf(request), (call) => this.http.send(call));
  }

  private async call<Answered extends Answer>(
    grant: GrantOfUser,
    call: Call,
    send: Send<Answered>,
  ): Promise<Answered> {
    try {
      return await this.callFresh(grant, call, send);
    } catch (error) {
      if (!(error instanceof AuthorizationRequired)) throw error;
      throw new AuthorizationRequired(
        error.reason,
        await this.grants.authorizeUrl(grant, grant.launchSessionId),
      );
    }
  }

  private async callFresh<Answered extends Answer>(
    key: GrantKey,
    call: Call,
    send: Send<Answered>,
  ): Promise<Answered> {
    const { signal } = call;
    const first = await this.tokens.fresh(key, { signal });
    const once = await this.callWith(first, call, send);
    if (!once.isDead) return once.answer;
    // Another process may have refreshed the token: then its token is used.
    const second = await this.tokens.fresh(key, { rejected: first.tokenHash, signal });
    const again = await this.callWith(second, call, send);
    if (again.isDead) throw userGrantErrors.permissionDenied(wordsOf(again.words));
    return again.answer;
  }

  private async callWith<Answered extends Answer>(
    fresh: FreshGrant,
    call: Call,
    send: Send<Answered>,
  ): Promise<{ isDead: false; answer: Answered } | { isDead: true; words: string }> {
    const { client, accessToken } = fresh;
    const headers = { accept: 'application/json', ...call.headers, authorization: `Bearer ${accessToken}` };
    const url = atPlatform(call.url, client.apiUrl).href;
    const { answer, words } = await this.sendPaced(fresh.grant.id, { ...call, url, headers }, send);
    if (isDead(fresh, answer)) return { isDead: true, words };
    const { insufficientScopeText } = client.provider;
    if (insufficientScopeText !== null && answer.status === 403 && words.includes(insufficientScopeText))
      throw new AuthorizationRequired('insufficient_scope');
    if (answer.status === 401 || answer.status === 403)
      throw userGrantErrors.permissionDenied(wordsOf(words));
    return { isDead: false, answer };
  }

  /** A throttled call was not carried out, so it is sent again. */
  private async sendPaced<Answered extends Answer>(
    grantId: string,
    call: Call,
    send: Send<Answered>,
  ): Promise<{ answer: Answered; words: string }> {
    const url = new URL(call.url);
    const budget = new WaitBudget(this.clock, url, MAX_THROTTLE_WAIT_MS, call.signal, 'refused_for_user');
    for (;;) {
      await this.throttle.wait(grantId, budget);
      const sentAtMs = this.clock.nowMs();
      const answer = await send({ ...call, isCountedByToken: true });
      const { status, headers, receivedAt } = answer;
      this.throttle.readRemaining(grantId, headers[REMAINING]);
      const words = REFUSALS.has(status) ? await textOf(answer.body) : '';
      if (!isThrottlingAnswer({ status, body: words })) {
        this.throttle.accepted(grantId);
        return { answer, words };
      }
      this.throttle.refused(grantId, {
        sentAtMs,
        receivedAt,
        retryAfter: parseRetryAfter(headers, receivedAt),
      });
    }
  }
}

/** Whether a 401 is about the token, and not about the user's permissions. */
function isDead({ client }: FreshGrant, { status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  const { deadTokenHeader } = client.provider;
  return status === 401 && (deadTokenHeader === null || headers[deadTokenHeader] !== undefined);
}

/** @throws {InvalidRequest} `url_not_on_platform` */
function atPlatform(url: string, apiUrl: string): URL {
  const target = URL.canParse(url, apiUrl) ? new URL(url, apiUrl) : undefined;
  if (target?.origin !== apiUrl)
    throw userApiErrors.urlNotOnPlatform(target === undefined ? 'This URL' : placeOf(target), apiUrl);
  return target;
}

function callOf({ body, ...request }: UserApiRequest): Call {
  const headers = lowerCase(request.headers);
  if (body === undefined) return { ...request, headers };
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
