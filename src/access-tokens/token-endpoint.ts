import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import { ToolKeyService } from '../keys/tool-key.service.js';
import { PlatformHttp, type PlatformResponse } from '../platform-http/platform-http.service.js';
import { parseRetryAfter } from '../platform-http/retry-after.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { TokenRequestFailed } from './access-token.errors.js';
import { PlatformClockOffsets } from './platform-clock-offsets.js';
import { tokenRefusal } from './token-refusal.js';
import { parseTokenResponse } from './token-response.js';

/** For both requests where there are two: others wait no longer. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Enough for a platform that has just answered. */
const MIN_TIMEOUT_MS = 1000;
/** Moodle takes an `iat` one second ahead of its own clock for a forgery. */
const BACKDATE_S = 30;
const ASSERTION_LIFE_S = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The client-credentials request itself (SEC 4.1.1): one request, or two where the platform's clock was not known. */
@Injectable()
export class TokenEndpoint {
  private readonly logger = new Logger(TokenEndpoint.name);
  private readonly offsets = new PlatformClockOffsets();

  constructor(
    private readonly http: PlatformHttp,
    private readonly keys: ToolKeyService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @throws TokenRequestRefused for a 4xx
   * @throws TokenRequestFailed for a 5xx or an answer without a token
   * @throws LtiError of platform-http: unreachable, too slow, throttled
   */
  async request(registration: Registration, scopes: readonly string[]): Promise<AccessToken> {
    const startedAt = this.clock.now();
    let requestedAt = startedAt;
    let response = await this.send(registration, scopes, requestedAt, REQUEST_TIMEOUT_MS);
    // Where our clocks differ by minutes the platform takes our assertion for a forgery, or for expired.
    if (isRefusal(response) && this.offsets.learn(response)) {
      this.logger.warn(
        `Our clock and that of ${new URL(response.url).host} differ by ` +
          `${Math.round(this.offsets.of(response.url) / 1000)} s; assertions are dated by theirs. Check ours.`,
      );
      requestedAt = this.clock.now();
      const leftMs = REQUEST_TIMEOUT_MS - Math.max(0, requestedAt.getTime() - startedAt.getTime());
      response = await this.send(registration, scopes, requestedAt, Math.max(MIN_TIMEOUT_MS, leftMs));
    }
    if (response.status >= 200 && response.status < 300)
      return parseTokenResponse(response.body, scopes, requestedAt);
    if (isRefusal(response)) throw tokenRefusal(response);
    throw new TokenRequestFailed(
      `The token endpoint is failing: it answered ${response.status}.`,
      parseRetryAfter(response.headers, response.receivedAt),
    );
  }

  private async send(
    registration: Registration,
    scopes: readonly string[],
    now: Date,
    timeoutMs: number,
  ): Promise<PlatformResponse> {
    return this.http.send({
      method: 'POST',
      url: registration.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await this.assertion(registration, now),
        scope: scopes.join(' '),
      }).toString(),
      timeoutMs,
      // Whoever waits for a token is told when to come again; it must not be held here past the request's own time.
      maxThrottleWaitMs: 0,
      // The requests in the platform's other slots may be the slow ones, and more of them wait for this.
      urgency: 'urgent',
    });
  }

  /** RFC 7523 3. A fresh `jti` for every request: platforms refuse one that they have seen. */
  private assertion(registration: Registration, now: Date): Promise<string> {
    const platformNow = now.getTime() + this.offsets.of(registration.tokenUrl);
    const issuedAt = Math.floor(platformNow / 1000) - BACKDATE_S;
    return this.keys.sign({
      iss: registration.clientId,
      sub: registration.clientId,
      aud: registration.tokenAudience ?? registration.tokenUrl,
      iat: issuedAt,
      exp: issuedAt + ASSERTION_LIFE_S,
      jti: randomUUID(),
    });
  }
}

function isRefusal({ status }: PlatformResponse): boolean {
  return status >= 400 && status < 500;
}
