import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../common/clock.js';
import { LtiError } from '../../common/lti-error.js';
import { type PlatformRefused, type Unavailable } from '../../common/reactions.errors.js';
import { PlatformTimeout, PlatformUnreachable } from '../../platform-http/platform-http.errors.js';
import { PlatformHttpService } from '../../platform-http/platform-http.service.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { parseRetryAfter } from '../../platform-http/retry-after.js';
import { endpointOf, type GrantClient } from '../clients/grant-client.js';
import { grantTokenErrors, RefreshTokenRefused } from './grant-token.errors.js';
import { readTokenAnswer, type TokenAnswer } from './token-answer.js';
import { readRefusal } from './token-refusal.js';

/** The time-out of a token request. Other calls for the same user wait for its result. */
export const TOKEN_REQUEST_MS = 10_000;
const RETRY_MS = 5000;
const MAX_CLIENTS = 10_000;
/** How long no request follows a refusal of our client. Otherwise each of its users would cause the same refusal again. */
const CLIENT_REFUSAL_MS = 60_000;

/** The token endpoint of a platform's own OAuth2. */
@Injectable()
export class GrantTokenEndpoint {
  private readonly clientRefusals = new LRUCache<
    string,
    { error: PlatformRefused; version: string; until: Date }
  >({
    max: MAX_CLIENTS,
  });

  constructor(
    private readonly http: PlatformHttpService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The tokens for the code of a consent (RFC 6749 4.1.3).
   *
   * @throws {PlatformRefused} `user_grant_client_refused`, `user_grant_request_refused`; {Unavailable} `user_grant_request_failed`, and what platform-http throws
   */
  exchange(client: GrantClient, code: string, redirectUri: string): Promise<TokenAnswer> {
    const fields = {
      ...client.provider.exchangeParameters,
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
    };
    return this.request(client, fields, code, 'request');
  }

  /**
   * The next access token (RFC 6749 6).
   *
   * @throws RefreshTokenRefused if the grant has ended, and what `exchange` throws
   */
  refresh(client: GrantClient, refreshToken: string): Promise<TokenAnswer> {
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return this.request(client, fields, refreshToken, 'grant');
  }

  /** Whether our client was refused within the last minute. @throws {PlatformRefused} `user_grant_client_refused` */
  assertKnown({ registrationId, version }: GrantClient): void {
    const refusal = this.clientRefusals.get(registrationId);
    if (refusal === undefined) return;
    if (refusal.version === version && refusal.until.getTime() > this.clock.nowMs()) throw refusal.error;
    this.clientRefusals.delete(registrationId);
  }

  private async request(
    client: GrantClient,
    fields: Record<string, string>,
    secret: string,
    about: 'grant' | 'request',
  ): Promise<TokenAnswer> {
    this.assertKnown(client);
    const requestedAt = this.clock.now();
    const response = await this.post(client, endpointOf(client, client.provider.tokenUrl).href, fields);
    const { status, body } = response;
    if (status >= 200 && status < 300) {
      const answer = readTokenAnswer(body, requestedAt, client.provider);
      if ('wrong' in answer)
        throw this.failed(
          response,
          `The token endpoint answered without a usable token (wrong: ${answer.wrong}).`,
        );
      return answer;
    }
    if (status >= 500) throw this.failed(response, `The token endpoint is failing: it answered ${status}.`);
    const refusal = readRefusal(response, client.provider, [secret, client.clientSecret]);
    if (refusal.about === 'client') throw this.clientRefused(client, refusal.words);
    if (refusal.about === 'grant' && about === 'grant') throw new RefreshTokenRefused(refusal.words);
    throw grantTokenErrors.requestRefused(status, refusal.words);
  }

  /** A form with our own authentication (RFC 6749 2.3.1). What fails may succeed later. @throws {Unavailable} `user_grant_request_failed`, LtiError */
  async post(client: GrantClient, url: string, fields: Record<string, string>): Promise<PlatformResponse> {
    const { clientId, clientSecret } = client;
    const inBody = client.provider.clientAuthentication === 'body';
    const form = new URLSearchParams({
      ...fields,
      ...(inBody && { client_id: clientId, client_secret: clientSecret }),
    });
    return this.send({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        ...(!inBody && { authorization: `Basic ${basic(clientId, clientSecret)}` }),
      },
      body: form.toString(),
    });
  }

  /** With the bounds of a token request. @throws {Unavailable} `user_grant_request_failed`, LtiError */
  async send(request: {
    method: 'POST' | 'DELETE';
    url: string;
    headers: Record<string, string>;
    body?: string;
  }): Promise<PlatformResponse> {
    try {
      // Other calls wait for it, so it neither queues behind usual requests nor waits for a throttled platform.
      return await this.http.send({
        ...request,
        timeoutMs: TOKEN_REQUEST_MS,
        maxThrottleWaitMs: 0,
        urgency: 'urgent',
      });
    } catch (error) {
      if (!(error instanceof PlatformUnreachable || error instanceof PlatformTimeout)) throw error;
      throw grantTokenErrors.requestFailed((error satisfies LtiError).message, this.inMs(RETRY_MS), {
        cause: error,
      });
    }
  }

  private failed(response: PlatformResponse, message: string): Unavailable {
    const retryAt = parseRetryAfter(response.headers, response.receivedAt);
    return grantTokenErrors.requestFailed(message, retryAt ?? this.inMs(RETRY_MS));
  }

  private clientRefused({ registrationId, version }: GrantClient, words: string): PlatformRefused {
    const until = this.inMs(CLIENT_REFUSAL_MS);
    const error = grantTokenErrors.clientRefused(registrationId, words, until);
    this.clientRefusals.set(registrationId, { error, version, until });
    return error;
  }

  private inMs(ms: number): Date {
    return new Date(this.clock.nowMs() + ms);
  }
}

function basic(clientId: string, clientSecret: string): string {
  return Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
    'base64',
  );
}
