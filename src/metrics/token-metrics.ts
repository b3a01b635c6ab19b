import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { LtiMetrics } from './lti-metrics.js';

/** How a token request ended: a token came, or a `RenewalFailure` of this kind. */
export type TokenRequestOutcome = 'granted' | 'refused' | 'scope' | 'failed';
/** Why it was sent: no usable token, early renewal, a token that a platform rejected, or an operator's check. */
export type TokenRequestReason = 'expired' | 'early' | 'forced' | 'check';

const OUTCOMES: readonly TokenRequestOutcome[] = ['granted', 'refused', 'scope', 'failed'];
const REASONS: readonly TokenRequestReason[] = ['expired', 'early', 'forced', 'check'];
const LAYERS = ['local', 'store', 'platform'] as const;
/** The methods of the store that tokens depend on. */
const STORE_OPERATIONS = [
  'now',
  'get',
  'acquire',
  'extend',
  'commit',
  'fail',
  'release',
  'deleteRegistration',
];
/** In seconds. A token request ends after 10 s, one way or the other. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of access tokens. All counters start at 0, so that a first event shows as an increase. */
@Injectable()
export class TokenMetrics {
  /** Tokens served from this process' memory. The caller raises it by itself: a call would cost more than the look-up. */
  localHits = 0;

  private readonly requests: Counter<'outcome' | 'reason'>;
  private readonly requestSeconds: Histogram<'outcome'>;
  private readonly servedByLayer: Counter<'layer'>;
  private readonly waitSeconds: Histogram;
  private readonly takeovers: Counter;
  private readonly leasesLost: Counter;
  private readonly outages: Counter<'operation'>;
  private readonly up: Gauge;
  private countedLocalHits = 0;

  constructor({ registry }: LtiMetrics) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'nest_lti_token_requests_total',
      help: 'Token requests sent to platforms, by how they ended and why they were sent.',
      labelNames: ['outcome', 'reason'],
      registers,
    });
    this.requestSeconds = new Histogram({
      name: 'nest_lti_token_request_seconds',
      help: 'Seconds that token requests took, from the first byte sent to the answer read.',
      labelNames: ['outcome'],
      buckets: SECONDS,
      registers,
    });
    this.servedByLayer = new Counter({
      name: 'nest_lti_tokens_served_total',
      help: 'Access tokens handed to callers, by where they came from: local (memory of this process), store, platform.',
      labelNames: ['layer'],
      registers,
      collect: () => this.countLocalHits(),
    });
    this.waitSeconds = new Histogram({
      name: 'nest_lti_token_wait_seconds',
      help: 'Seconds waited for the renewal of another process.',
      buckets: SECONDS,
      registers,
    });
    this.takeovers = new Counter({
      name: 'nest_lti_token_lease_takeovers_total',
      help: 'Renewals taken over from a holder that did not finish.',
      registers,
    });
    this.leasesLost = new Counter({
      name: 'nest_lti_token_leases_lost_total',
      help: 'Renewals of this process whose result was refused, since the lease had passed to another.',
      registers,
    });
    this.outages = new Counter({
      name: 'nest_lti_token_store_outages_total',
      help: 'Calls of the token store that failed or did not answer in time, by operation.',
      labelNames: ['operation'],
      registers,
    });
    this.up = new Gauge({
      name: 'nest_lti_token_store_up',
      help: 'Whether the token store answers: 1, or 0 while tokens are asked for without it.',
      registers,
    });
    this.beginAtZero();
  }

  /** A token request ended. */
  request(outcome: TokenRequestOutcome, reason: TokenRequestReason, seconds: number): void {
    this.requests.inc({ outcome, reason });
    this.requestSeconds.observe({ outcome }, seconds);
  }

  /** A caller got its token from beyond this process' memory; see `localHits` for the rest. */
  served(layer: 'store' | 'platform'): void {
    this.servedByLayer.inc({ layer });
  }

  /** A call waited for the token request of another process. */
  waited(seconds: number): void {
    this.waitSeconds.observe(seconds);
  }

  takeover(): void {
    this.takeovers.inc();
  }

  leaseLost(): void {
    this.leasesLost.inc();
  }

  /** @param operation the method of the TokenStore */
  storeOutage(operation: string): void {
    this.outages.inc({ operation });
  }

  storeUp(up: boolean): void {
    this.up.set(up ? 1 : 0);
  }

  private countLocalHits(): void {
    const hits = this.localHits;
    this.servedByLayer.inc({ layer: 'local' }, hits - this.countedLocalHits);
    this.countedLocalHits = hits;
  }

  private beginAtZero(): void {
    for (const outcome of OUTCOMES) {
      for (const reason of REASONS) this.requests.inc({ outcome, reason }, 0);
      this.requestSeconds.zero({ outcome });
    }
    for (const layer of LAYERS) this.servedByLayer.inc({ layer }, 0);
    for (const operation of STORE_OPERATIONS) this.outages.inc({ operation }, 0);
    this.up.set(1);
  }
}
