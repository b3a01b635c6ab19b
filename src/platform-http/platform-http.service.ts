import { type OnApplicationShutdown } from '@nestjs/common';
import { Axios } from 'axios';
import { finished, type Readable } from 'node:stream';
import { type Agent, FormData } from 'undici';
import { type Clock } from '../common/clock.js';
import { UrlPolicy } from '../common/url-policy.js';
import { VERSION } from '../common/version.js';
import { type RateLimiter, URGENT_SLOTS, type Urgency } from '../rate-limits/rate-limiter.js';
import { LtiMetrics } from '../metrics/lti-metrics.js';
import { type MeasuredRequest, PlatformMetrics } from '../metrics/platform-metrics.js';
import { PlatformThrottled } from '../rate-limits/rate-limits.errors.js';
import { RateLimitsService } from '../rate-limits/rate-limits.service.js';
import { WaitBudget } from '../rate-limits/cooldown.js';
import {
  type Exchange,
  type ExchangeAnswer,
  exchangeOver,
  type ExchangeRequest,
  isThrottlingAnswer,
} from './exchange.js';
import { systemResolve } from './guarded-lookup.js';
import { createPlatformAgent } from './platform-agent.js';
import { fullLimit, type PlatformHttpOptions } from './platform-http.options.js';
import { ACCEPTED_ENCODING } from './response-body.js';
import {
  type PlatformRequest,
  type PlatformResponse,
  type PlatformStream,
  type PlatformStreamRequest,
} from './platform-request.js';
import { parseRetryAfter } from './retry-after.js';
import { streamedExchangeOver } from './streamed-exchange.js';
import { exchangeThrough, type PlatformAxios, undiciAdapter } from './undici-adapter.js';

const MAX_THROTTLE_WAIT_MS = 30_000;
/** A busy platform that gives no time may be down for long, so a request is sent three times more at most. */
const MAX_BARE_503_IN_A_ROW = 3;
/** When the application stops, requests in flight have this time to end. */
const SHUTDOWN_GRACE_MS = 5000;
/** The time-out of a whole streamed answer. */
const STREAM_TIMEOUT_MS = 600_000;

type Answered = Pick<PlatformResponse, 'status' | 'headers' | 'receivedAt'>;

interface Attempt<Response extends Answered> {
  response: Response;
  refusal?: { retryAt: Date; saysWhen: boolean };
}

/** Sends all requests to platforms, with the limits of each: time-outs, sizes, URL policy, rate. */
export class PlatformHttpService implements OnApplicationShutdown {
  private readonly urlPolicy: UrlPolicy;
  /**
   * For interceptors of the embedder: with one, all requests go through this client. Its defaults are frozen. What is sent
   * through it directly meets no throttling.
   */
  readonly axios: PlatformAxios;
  private readonly agents: readonly Agent[];
  private readonly ourHeaders: Readonly<Record<string, string>>;
  private readonly exchangeBy: Readonly<Record<Urgency, Exchange>>;
  private readonly rateLimits: RateLimitsService;
  private readonly exchanges = new Set<Promise<unknown>>();
  private readonly timeoutMs: number;
  private readonly streamExchange: (takesRedirects: boolean) => Exchange<Readable>;

  /** @param rateLimits default: not shared with other processes */
  constructor(
    options: PlatformHttpOptions,
    private readonly clock: Clock,
    rateLimits?: RateLimitsService,
    private readonly metrics = new PlatformMetrics(new LtiMetrics()),
  ) {
    const { maxResponseBytes = 32 * 1024 * 1024, bodyTimeoutMs = 30_000 } = options;
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.urlPolicy = new UrlPolicy({
      allowPrivateNetworks: options.allowPrivateNetworks ?? false,
      allowedPrivateHosts: options.allowedPrivateHosts ?? [],
    });
    const agentWith = (connections: number): Agent =>
      createPlatformAgent({
        policy: this.urlPolicy,
        resolve: options.resolve ?? systemResolve,
        connections,
        connectTimeoutMs: options.connectTimeoutMs ?? 5000,
        headersTimeoutMs: options.headersTimeoutMs ?? 30_000,
        bodyTimeoutMs,
        maxResponseBytes,
      });
    // Urgent requests have a separate agent, because an agent queues requests, too.
    const [usual, urgent] = [agentWith(fullLimit(options).concurrency), agentWith(URGENT_SLOTS)];
    this.agents = [usual, urgent];
    this.exchangeBy = {
      usual: exchangeOver(usual, maxResponseBytes),
      urgent: exchangeOver(urgent, maxResponseBytes),
    };
    const streamBounds = {
      maxBytes: maxResponseBytes,
      idleTimeoutMs: bodyTimeoutMs,
      timeoutMs: STREAM_TIMEOUT_MS,
    };
    this.streamExchange = (takesRedirects) =>
      streamedExchangeOver(usual, { ...streamBounds, takesRedirects });
    this.ourHeaders = {
      'user-agent': options.userAgent ?? `nest-lti/${VERSION} (+https://www.npmjs.com/package/nest-lti)`,
      'accept-encoding': ACCEPTED_ENCODING,
    };
    const { random = Math.random } = options;
    this.rateLimits =
      rateLimits ?? new RateLimitsService({ limit: fullLimit(options), clock, random, shared: undefined });
    // The bare class: the library's defaults would be merged into every request, and our adapter uses none of them. Without
    // transforms, bodies are text in both directions, because platforms often send other things as JSON. Frozen, because
    // requests bypass axios while it has no interceptors, so a changed default would affect only some requests.
    this.axios = new Axios(
      Object.freeze({
        adapter: undiciAdapter(this.exchangeBy.usual, this.urlPolicy),
        timeout: this.timeoutMs,
        headers: Object.freeze({ ...this.ourHeaders }),
      }),
    );
  }

  /**
   * Resolves with an answer of any status but a redirect. An answer that says "too many" or "too busy" pauses its platform
   * (URL origin) for all requests, and the request is sent again after the pause, since it was not processed.
   *
   * @throws UnsafeUrl, PlatformUnreachable, PlatformTimeout, {PlatformAnswerInvalid} `platform_response_too_large`, `platform_redirect_refused`, PlatformThrottled, or the
   *   reason of the caller's signal.
   */
  async send(request: PlatformRequest): Promise<PlatformResponse> {
    const url = this.urlPolicy.check(request.url);
    if (request.outsideLimits === true) return this.exchange(url, request);
    return this.rateLimits.use(url.origin, (limiter) =>
      this.untilTaken(limiter, url, request, () => this.attempt(limiter, url, request)),
    );
  }

  /**
   * Like `send`, but the answer's body is streamed, and uses a slot until its end. A body that fails later is destroyed with
   * the reason. A 403 "Rate Limit Exceeded" does not count as throttling here.
   *
   * @throws as `send`
   */
  async stream(request: PlatformStreamRequest): Promise<PlatformStream> {
    const url = this.urlPolicy.check(request.url);
    return new Promise((resolve, reject) => {
      const ended = this.rateLimits.use(url.origin, (limiter) =>
        this.untilTaken(limiter, url, request, () => this.attemptStream(limiter, url, request, resolve)),
      );
      void this.tracked(ended).catch(reject);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const grace = new AbortController();
    await Promise.race([
      Promise.allSettled(this.exchanges),
      this.clock.sleep(SHUTDOWN_GRACE_MS, grace.signal).catch(() => undefined),
    ]);
    grace.abort();
    await Promise.all(this.agents.map((agent) => agent.destroy()));
    await this.rateLimits.close();
  }

  /** Repeats the request until the platform does not throttle it. */
  private async untilTaken<Response extends Answered>(
    limiter: RateLimiter,
    url: URL,
    {
      maxThrottleWaitMs = MAX_THROTTLE_WAIT_MS,
      signal,
      urgency,
      body,
    }: PlatformRequest | (PlatformStreamRequest & { urgency?: Urgency }),
    attempt: () => Promise<Attempt<Response>>,
  ): Promise<Response> {
    const budget = new WaitBudget(this.clock, url, maxThrottleWaitMs, signal);
    let bare503s = 0;
    for (;;) {
      const { response, refusal } = await this.metrics.whileWaiting((start) => {
        const begun = (): Promise<Attempt<Response>> => {
          start();
          return attempt();
        };
        return limiter.run(begun, budget, urgency);
      });
      if (refusal === undefined) return response;
      bare503s = response.status === 503 && !refusal.saysWhen ? bare503s + 1 : 0;
      if (bare503s > MAX_BARE_503_IN_A_ROW || body instanceof FormData)
        throw new PlatformThrottled(url, refusal.retryAt);
    }
  }

  private async attempt(
    limiter: RateLimiter,
    url: URL,
    request: PlatformRequest,
  ): Promise<Attempt<PlatformResponse>> {
    const sentAtMs = this.clock.nowMs();
    const response = await this.exchange(url, request);
    return this.judged(limiter, url, request, response, isThrottlingAnswer(response), sentAtMs);
  }

  /** @param hand called with the answer as soon as it begins; the attempt lasts until the answer ends */
  private async attemptStream(
    limiter: RateLimiter,
    url: URL,
    request: PlatformStreamRequest,
    hand: (response: PlatformStream) => void,
  ): Promise<Attempt<PlatformStream>> {
    const sentAtMs = this.clock.nowMs();
    const { status, headers, body } = await this.begin(
      this.streamExchange(request.takesRedirects === true),
      url,
      { ...request, headers: { 'accept-encoding': 'identity', ...request.headers } },
    );
    const response = { status, headers, body, url: url.href, receivedAt: this.clock.now() };
    const attempt = this.judged(
      limiter,
      url,
      request,
      response,
      isThrottlingAnswer({ status, body: '' }),
      sentAtMs,
    );
    if (attempt.refusal !== undefined) {
      body.destroy();
      return attempt;
    }
    const ended = new Promise<void>((resolve) => {
      finished(body, { readable: false }, () => resolve());
    });
    hand(response);
    await ended;
    return attempt;
  }

  /** Reports an answer to the limiter while the request still has its slot, so that a cooldown starts before the next request. */
  private judged<Response extends Answered>(
    limiter: RateLimiter,
    url: URL,
    {
      isCountedByToken = false,
      registrationId,
    }: Pick<PlatformRequest, 'isCountedByToken' | 'registrationId'>,
    response: Response,
    isRefusal: boolean,
    sentAtMs: number,
  ): Attempt<Response> {
    const { status, headers, receivedAt } = response;
    if (!isRefusal) {
      limiter.accepted(receivedAt.getTime());
      return { response };
    }
    if (isCountedByToken && status !== 503) return { response };
    const retryAfter = parseRetryAfter(headers, receivedAt);
    const retryAt = limiter.refused(receivedAt.getTime(), sentAtMs, retryAfter);
    this.metrics.throttled(url, receivedAt.getTime(), retryAt.getTime(), registrationId);
    return { response, refusal: { retryAt, saysWhen: retryAfter !== undefined } };
  }

  private async exchange(url: URL, request: PlatformRequest): Promise<PlatformResponse> {
    const { urgency = 'usual' } = request;
    const { status, headers, body } = await this.tracked(this.begin(this.exchangeBy[urgency], url, request));
    return { status, headers, body, url: url.href, receivedAt: this.clock.now() };
  }

  /** The shutdown waits for it, with a time-out. */
  private async tracked<T>(exchange: Promise<T>): Promise<T> {
    this.exchanges.add(exchange);
    try {
      return await exchange;
    } finally {
      this.exchanges.delete(exchange);
    }
  }

  /** Skips axios while it has no interceptors: its pipeline takes twice as long as the exchange (measured: 118 of 181 us). */
  private begin<Body>(
    exchange: Exchange<Body>,
    url: URL,
    request: Partial<ExchangeRequest> & MeasuredRequest,
  ): Promise<ExchangeAnswer<Body>> {
    const complete = {
      method: request.method,
      headers: completeHeaders(this.ourHeaders, request),
      body: request.body,
      timeoutMs: request.timeoutMs ?? this.timeoutMs,
      maxResponseBytes: request.maxResponseBytes,
      signal: request.signal,
    };
    return this.metrics.exchange(url, request, () => {
      if (!hasInterceptors(this.axios)) return exchange(url, complete);
      const adapter = undiciAdapter(exchange, this.urlPolicy, url);
      return exchangeThrough(this.axios, adapter, url, complete);
    });
  }
}

/** Whether axios has interceptors to run. */
function hasInterceptors({ interceptors: { request, response } }: PlatformAxios): boolean {
  // Without the list, axios may have interceptors.
  return request.handlers?.length !== 0 || response.handlers?.length !== 0;
}

/** The default headers and those of the request, which take precedence; names in lower case. */
function completeHeaders(
  ours: Readonly<Record<string, string>>,
  { method, headers = {} }: { method: string; headers?: Record<string, string> },
): Record<string, string> {
  // Not a spread copy: adding properties to one takes 2 us, and undici needs 40 us for the whole request.
  const complete: Record<string, string> = Object.assign({}, ours);
  // As axios does it, so that it makes no difference whether a request goes through it.
  if (method === 'POST' || method === 'PUT' || method === 'PATCH')
    complete['content-type'] = 'application/x-www-form-urlencoded';
  for (const [name, value] of Object.entries(headers)) complete[name.toLowerCase()] = value;
  return complete;
}
