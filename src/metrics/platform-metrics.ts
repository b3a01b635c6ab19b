import { Injectable, Optional } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { LtiMetrics } from './lti-metrics.js';
import { RegistrationStatistics } from './registration-statistics.js';
import { withSpan } from './spans.js';

/** The services of a platform that are measured apart from each other. */
export type PlatformService = 'token' | 'memberships' | 'grades' | 'groups' | 'notices' | 'key_set' | 'other';

/** The facts about a request that its metrics and its span have. */
export interface MeasuredRequest {
  method: string;
  service?: PlatformService | undefined;
  family?: string | undefined;
  /** For the statistics of the registration. */
  registrationId?: string | undefined;
}

const SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** More hosts than this share the label `other`. */
const MAX_HOSTS = 1000;

/** The metrics and spans of requests to platforms. */
@Injectable()
export class PlatformMetrics {
  private readonly requests: Counter<'family' | 'service' | 'status'>;
  private readonly seconds: Histogram<'service' | 'status'>;
  private readonly throttledSeconds: Counter<'platform'>;
  /** By host: until when its requests pause, in epoch ms. */
  private readonly throttledUntil = new Map<string, number>();
  private waiting = 0;

  /** @param statistics default: kept by nobody */
  constructor(
    { registry }: LtiMetrics,
    @Optional() private readonly statistics: RegistrationStatistics = new RegistrationStatistics(),
  ) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'nest_lti_platform_requests_total',
      help: 'Requests sent to platforms, by family of the platform, service and class of the status (or `error`).',
      labelNames: ['family', 'service', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'nest_lti_platform_request_seconds',
      help: 'Seconds that requests to platforms took, without the wait for the rate limit.',
      labelNames: ['service', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.throttledSeconds = new Counter({
      name: 'nest_lti_platform_throttled_seconds_total',
      help: 'Seconds of pauses that a platform asked for by 429, 403 "Rate Limit Exceeded", 503 or Retry-After, counted in advance.',
      labelNames: ['platform'],
      registers,
    });
    const waiting: Gauge = new Gauge({
      name: 'nest_lti_platform_requests_waiting',
      help: 'Requests of this process that wait for a slot or for the end of a pause of their platform.',
      registers,
      collect: (): void => waiting.set(this.waiting),
    });
  }

  /** @param run calls `start` when the wait for the rate limit is over */
  async whileWaiting<T>(run: (start: () => void) => Promise<T>): Promise<T> {
    let isWaiting = true;
    this.waiting += 1;
    const start = (): void => {
      if (isWaiting) this.waiting -= 1;
      isWaiting = false;
    };
    try {
      return await run(start);
    } finally {
      start();
    }
  }

  /** One exchange of HTTP. Its span follows the HTTP semantic conventions, without the URL: a path can name a user. */
  exchange<T extends { status: number }>(
    { hostname, port, protocol }: URL,
    { method, service = 'other', family = 'unknown', registrationId }: MeasuredRequest,
    work: () => Promise<T>,
  ): Promise<T> {
    const attributes = {
      'http.request.method': method,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      'url.scheme': protocol.slice(0, -1),
      'nest_lti.service': service,
    };
    return withSpan(
      method,
      attributes,
      async (add) => {
        const stop = this.seconds.startTimer({ service });
        let status = 'error';
        try {
          const answer = await work();
          status = `${Math.floor(answer.status / 100)}xx`;
          add({
            'http.response.status_code': answer.status,
            ...(answer.status >= 400 && { 'error.type': String(answer.status) }),
          });
          return answer;
        } finally {
          const seconds = stop({ status });
          this.requests.inc({ family, service, status });
          if (registrationId !== undefined) this.count(registrationId, service, status, seconds * 1000);
        }
      },
      { kind: 'client' },
    );
  }

  /** A platform refused a request at `nowMs`, and takes none until `untilMs`. Overlapping pauses count once. */
  throttled({ host }: URL, nowMs: number, untilMs: number, registrationId?: string): void {
    const platform = this.throttledUntil.has(host) || this.throttledUntil.size < MAX_HOSTS ? host : 'other';
    const knownUntilMs = Math.max(nowMs, this.throttledUntil.get(platform) ?? 0);
    if (untilMs <= knownUntilMs) return;
    this.throttledUntil.set(platform, untilMs);
    const throttledMs = untilMs - knownUntilMs;
    this.throttledSeconds.inc({ platform }, throttledMs / 1000);
    if (registrationId !== undefined) this.statistics.add(registrationId, { throttledMs });
  }

  private count(registrationId: string, service: PlatformService, status: string, ms: number): void {
    this.statistics.add(registrationId, {
      [service === 'token' ? 'tokenRequests' : 'tokenUses']: 1,
      failedRequests: /^(?:[45]xx|error)$/.test(status) ? 1 : 0,
      requestMs: ms,
      slowestRequestMs: ms,
    });
  }
}
