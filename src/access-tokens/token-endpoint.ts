import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import { ToolKeyService } from '../keys/tool-key.service.js';
import { withSpan } from '../metrics/spans.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type PlatformResponse } from '../platform-http/platform-request.js';
import { parseRetryAfter } from '../platform-http/retry-after.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { TokenRequestFailed } from './access-token.errors.js';
import { tokenRefusal } from './token-refusal.js';
import { parseTokenResponse } from './token-response.js';

/** For both requests together, if there are two. Waiting processes wait longer than this (`refresh-leases.ts`). */
const REQUEST_TIMEOUT_MS = 10_000;
/** For the second request: enough for a platform that has just answered. */
const MIN_TIMEOUT_MS = 1000;
/** Moodle refuses an assertion whose `iat` is a second ahead of its own clock. */
const BACKDATE_S = 30;
const ASSERTION_LIFE_S = 300;
const DEPLOYMENT_CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/deployment_id';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** A smaller difference of clocks is covered by the backdating, or is a delay of the network. */
const MIN_CLOCK_OFFSET_MS = 30_000;
/** A larger difference is not a wrong clock. It would also make us sign assertions that are valid much later. */
const MAX_CLOCK_OFFSET_MS = 3_600_000;
const MAX_PLATFORMS = 10_000;

/** How far a platform's clock was ahead of ours, exact to a second. */
export interface MeasuredClockOffset {
  offsetMs: number;
  measuredAt: Date;
}

/** The contents of a token request. */
interface TokenAsk {
  scopes: readonly string[];
  deploymentId: string | undefined;
}

/** Sends the client-credentials request (SEC 4.1.1), and a second one if the platform's clock differs from ours. */
@Injectable()
export class TokenEndpoint {
  private readonly logger = new Logger(TokenEndpoint.name);
  /** By origin: how far the platform's clock is ahead of ours, in milliseconds. Only where it refused an assertion for that. */
  private readonly clockOffsets = new LRUCache<string, number>({ max: MAX_PLATFORMS });
  /** By origin: the same, by the last answer of any status. */
  private readonly lastClockOffsets = new LRUCache<string, MeasuredClockOffset>({ max: MAX_PLATFORMS });

  constructor(
    private readonly http: PlatformHttpService,
    private readonly keys: ToolKeyService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param deploymentId named in the assertion, if given
   * @throws TokenRequestRefused for a 4xx
   * @throws TokenRequestFailed for a 5xx, or an answer without a token
   * @throws LtiError of platform-http: unreachable, too slow, throttled
   */
  request(
    registration: Registration,
    scopes: readonly string[],
    deploymentId?: string,
  ): Promise<AccessToken> {
    const attributes = { 'nest_lti.registration.id': registration.id };
    return withSpan('token request', attributes, () => this.ask(registration, scopes, deploymentId));
  }

  private async ask(
    registration: Registration,
    scopes: readonly string[],
    deploymentId: string | undefined,
  ): Promise<AccessToken> {
    const ask = { scopes, deploymentId };
    const startedAt = this.clock.now();
    let requestedAt = startedAt;
    let response = await this.send(registration, ask, requestedAt, REQUEST_TIMEOUT_MS);
    // If the clocks differ by minutes, the platform takes our assertion for expired, or for one from the future.
    if (isRefusal(response) && this.learnClockOffset(response)) {
      this.logger.warn(
        `The clocks of this process and of ${new URL(response.url).host} differ by ` +
          `${Math.round(this.clockOffsetOf(response.url) / 1000)} s. Assertions use the platform's time. Check the clock of this process.`,
      );
      requestedAt = this.clock.now();
      const leftMs = REQUEST_TIMEOUT_MS - Math.max(0, requestedAt.getTime() - startedAt.getTime());
      response = await this.send(registration, ask, requestedAt, Math.max(MIN_TIMEOUT_MS, leftMs));
    }
    if (response.status >= 200 && response.status < 300)
      return parseTokenResponse(response.body, scopes, requestedAt);
    if (isRefusal(response)) throw tokenRefusal(response);
    throw new TokenRequestFailed(
      `The token endpoint is failing: it answered ${response.status}.`,
      parseRetryAfter(response.headers, response.receivedAt),
    );
  }

  /** By the last answer of the platform to this process; undefined if there was none with a `Date`. */
  lastClockOffset(url: string): MeasuredClockOffset | undefined {
    return this.lastClockOffsets.get(new URL(url).origin);
  }

  private async send(
    registration: Registration,
    { scopes, deploymentId }: TokenAsk,
    now: Date,
    timeoutMs: number,
  ): Promise<PlatformResponse> {
    const response = await this.http.send({
      method: 'POST',
      url: registration.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await this.assertion(registration, deploymentId, now),
        scope: scopes.join(' '),
      }).toString(),
      timeoutMs,
      // Callers get a `retryAt` at once. Waiting here would take longer than the request may.
      maxThrottleWaitMs: 0,
      // The slots of the platform may be taken by slow requests, and other requests wait for this token.
      urgency: 'urgent',
      service: 'token',
      family: registration.platformFamily,
      registrationId: registration.id,
    });
    const offsetMs = clockOffsetMs(response);
    if (offsetMs !== undefined) {
      const measured = { offsetMs, measuredAt: response.receivedAt };
      this.lastClockOffsets.set(new URL(response.url).origin, measured);
    }
    return response;
  }

  /** RFC 7523 3. Each request has a new `jti`, because platforms refuse one that was used before. */
  private assertion(
    registration: Registration,
    deploymentId: string | undefined,
    now: Date,
  ): Promise<string> {
    const platformNow = now.getTime() + this.clockOffsetOf(registration.tokenUrl);
    const issuedAt = Math.floor(platformNow / 1000) - BACKDATE_S;
    return this.keys.sign(
      {
        iss: registration.clientId,
        sub: registration.clientId,
        aud: registration.tokenAudience ?? registration.tokenUrl,
        iat: issuedAt,
        exp: issuedAt + ASSERTION_LIFE_S,
        jti: randomUUID(),
        // CORE 6.2.1
        ...(deploymentId !== undefined && { [DEPLOYMENT_CLAIM]: deploymentId }),
      },
      registration.assertionAlgorithm,
    );
  }

  private clockOffsetOf(url: string): number {
    return this.clockOffsets.get(new URL(url).origin) ?? 0;
  }

  /** Reads the platform's time from the `Date` of a refusal. Returns whether the known offset was wrong. */
  private learnClockOffset(response: PlatformResponse): boolean {
    const { url } = response;
    const offsetMs = clockOffsetMs(response);
    if (offsetMs === undefined || Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS) return false;
    if (Math.abs(offsetMs - this.clockOffsetOf(url)) <= MIN_CLOCK_OFFSET_MS) return false;
    this.clockOffsets.set(new URL(url).origin, offsetMs);
    return true;
  }
}

function isRefusal({ status }: PlatformResponse): boolean {
  return status >= 400 && status < 500;
}

/** How far the clock of the server is ahead of ours, by the `Date` of its answer (RFC 9110 6.6.1); undefined without one. */
export function clockOffsetMs({ headers, receivedAt }: PlatformResponse): number | undefined {
  const offsetMs = Date.parse(headers.date ?? '') - receivedAt.getTime();
  return Number.isNaN(offsetMs) ? undefined : offsetMs;
}
