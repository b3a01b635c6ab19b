import { type OnApplicationShutdown } from '@nestjs/common';
import { Axios, AxiosHeaders } from 'axios';
import { type Agent } from 'undici';
import { type Clock } from '../common/clock.js';
import { UrlPolicy } from '../common/url-policy.js';
import { VERSION } from '../common/version.js';
import { systemResolve } from './guarded-lookup.js';
import { createPlatformAgent } from './platform-agent.js';
import { PlatformThrottled } from './platform-http.errors.js';
import { type PlatformHttpOptions } from './platform-http.options.js';
import { type PlatformLane, URGENT_SLOTS } from './platform-lane.js';
import { PlatformLanes } from './platform-lanes.js';
import { ACCEPTED_ENCODING } from './response-body.js';
import { parseRetryAfter } from './retry-after.js';
import { ThrottlePatience } from './throttle-patience.js';
import { isThrottlingAnswer } from './throttling-answer.js';
import { type UndiciAdapter, undiciAdapter } from './undici-adapter.js';

export interface PlatformRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** One exchange, without waiting for a slot or a pause. Default: the options' `timeoutMs`, 60 s. */
  timeoutMs?: number;
  /** All the waiting for a platform that asks for fewer requests. Default: 30 s; 0: never wait. */
  maxThrottleWaitMs?: number;
  signal?: AbortSignal;
  /** `urgent` does not queue behind the usual requests to the platform. Default: `usual`. */
  urgency?: 'usual' | 'urgent';
}

export interface PlatformResponse {
  status: number;
  /** Lower-case names; repeated headers joined with `, `. Bytes beyond ASCII are read as latin1. */
  headers: Record<string, string>;
  body: string;
  /** The URL that was called, normalised. */
  url: string;
  /** When the answer was complete, by our clock. */
  receivedAt: Date;
}

const MAX_THROTTLE_WAIT_MS = 30_000;
/** A busy platform that gives no time may well be down for long; so a request asks three times more, and no oftener. */
const MAX_BARE_503_IN_A_ROW = 3;
/** What is in flight may end within this time when the app stops. */
const SHUTDOWN_GRACE_MS = 5000;

interface Attempt {
  response: PlatformResponse;
  refusal?: { retryAt: Date; saysWhen: boolean };
}

/** The one way out to a platform: every bound of a call to somebody else's server is kept here. */
export class PlatformHttp implements OnApplicationShutdown {
  private readonly urlPolicy: UrlPolicy;
  /** The client underneath, for interceptors of the embedder. What is sent through it directly meets no throttling. */
  readonly axios: Axios;
  private readonly agents: readonly Agent[];
  private readonly adapters: Readonly<Record<'usual' | 'urgent', UndiciAdapter>>;
  private readonly lanes: PlatformLanes;
  private readonly exchanges = new Set<Promise<unknown>>();
  private readonly timeoutMs: number;

  constructor(
    options: PlatformHttpOptions,
    private readonly clock: Clock,
  ) {
    const { maxResponseBytes = 32 * 1024 * 1024, concurrencyPerPlatform = 8 } = options;
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
        bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
        maxResponseBytes,
      });
    // Connections of their own for what is urgent: an agent queues, too.
    const [usual, urgent] = [agentWith(concurrencyPerPlatform), agentWith(URGENT_SLOTS)];
    this.agents = [usual, urgent];
    const bounds = { policy: this.urlPolicy, maxResponseBytes };
    this.adapters = {
      usual: undiciAdapter({ agent: usual, ...bounds }),
      urgent: undiciAdapter({ agent: urgent, ...bounds }),
    };
    this.lanes = new PlatformLanes({
      concurrency: concurrencyPerPlatform,
      clock,
      random: options.random ?? Math.random,
    });
    // The bare class: the library's defaults would be merged into every request, and our adapter uses none of them. Without
    // transforms, bodies are text both ways: what a platform calls JSON often is not.
    this.axios = new Axios({
      adapter: (config) => this.adapters.usual(config),
      timeout: this.timeoutMs,
      headers: {
        'User-Agent': options.userAgent ?? `nest-lti/${VERSION} (+https://www.npmjs.com/package/nest-lti)`,
        'Accept-Encoding': ACCEPTED_ENCODING,
      },
    });
  }

  /**
   * Resolves with an answer of any status but a redirect. An answer that says "too many" or "too busy" pauses its platform
   * (URL origin) for all requests, and the request is sent again after the pause, since it was not processed.
   *
   * @throws UnsafeUrl, PlatformUnreachable, PlatformTimeout, ResponseTooLarge, RedirectRefused, PlatformThrottled, or the
   *   reason of the caller's signal.
   */
  async send(request: PlatformRequest): Promise<PlatformResponse> {
    const url = this.urlPolicy.check(request.url);
    return this.lanes.use(url.origin, (lane) => this.sendIn(lane, url, request));
  }

  async onApplicationShutdown(): Promise<void> {
    const grace = new AbortController();
    await Promise.race([
      Promise.allSettled(this.exchanges),
      this.clock.sleep(SHUTDOWN_GRACE_MS, grace.signal).catch(() => undefined),
    ]);
    grace.abort();
    await Promise.all(this.agents.map((agent) => agent.destroy()));
  }

  private async sendIn(lane: PlatformLane, url: URL, request: PlatformRequest): Promise<PlatformResponse> {
    const maxWaitMs = request.maxThrottleWaitMs ?? MAX_THROTTLE_WAIT_MS;
    const patience = new ThrottlePatience(this.clock, url, maxWaitMs, request.signal);
    let bare503s = 0;
    for (;;) {
      const { response, refusal } = await lane.run(
        () => this.attempt(lane, url, request),
        patience,
        request.urgency,
      );
      if (refusal === undefined) return response;
      bare503s = response.status === 503 && !refusal.saysWhen ? bare503s + 1 : 0;
      if (bare503s > MAX_BARE_503_IN_A_ROW) throw new PlatformThrottled(url, refusal.retryAt);
    }
  }

  /** Judges the answer while it has the slot: the next one must not start before the pause has. */
  private async attempt(lane: PlatformLane, url: URL, request: PlatformRequest): Promise<Attempt> {
    const response = await this.exchange(url, request);
    if (!isThrottlingAnswer(response)) {
      lane.pause.accepted(response.receivedAt);
      return { response };
    }
    const retryAfter = parseRetryAfter(response.headers, response.receivedAt);
    const retryAt = lane.pause.refused(response.receivedAt, retryAfter);
    return { response, refusal: { retryAt, saysWhen: retryAfter !== undefined } };
  }

  private async exchange(url: URL, request: PlatformRequest): Promise<PlatformResponse> {
    const exchange = this.axios.request<string>({
      method: request.method,
      url: url.href,
      headers: request.headers,
      data: request.body,
      timeout: request.timeoutMs ?? this.timeoutMs,
      signal: request.signal,
      adapter: (config) => this.adapters[request.urgency ?? 'usual'](config, url),
    });
    this.exchanges.add(exchange);
    try {
      const { status, data, headers } = await exchange;
      return {
        status,
        headers: AxiosHeaders.from(headers as AxiosHeaders).toJSON(true),
        body: data,
        url: url.href,
        receivedAt: this.clock.now(),
      };
    } finally {
      this.exchanges.delete(exchange);
    }
  }
}
