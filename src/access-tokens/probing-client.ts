import { type PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type PlatformRequest, type PlatformResponse } from '../platform-http/platform-request.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { AuthenticationFailed } from './access-token.errors.js';
import { OAuthClient, type OAuthClientParts } from './oauth-client.js';
import { type ServiceEndpoints } from './service-endpoints.js';

/** A person waits for the answer. */
const TIMEOUT_MS = 10_000;
const UNAUTHORIZED = 401;

/**
 * A client for an operator's check, with a token that was granted just now. Each request is sent once. A 401 causes no renewal
 * and is not remembered: a token this young is alive, so the 401 is about permission.
 */
export class ProbingClient extends OAuthClient {
  private readonly http: PlatformHttpService;

  /** @throws ScopeMismatch unless the token covers the endpoints */
  constructor(
    parts: OAuthClientParts,
    registration: Registration,
    endpoints: ServiceEndpoints,
    token: AccessToken,
  ) {
    super(parts, registration, endpoints, token);
    this.http = parts.http;
  }

  /** @throws AuthenticationFailed for a 401, and what PlatformHttpService throws */
  override async send(request: PlatformRequest): Promise<PlatformResponse> {
    const response = await this.http.send({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${this.accessToken.value}` },
      timeoutMs: TIMEOUT_MS,
      // A check neither waits for a platform that throttles nor queues behind syncs.
      maxThrottleWaitMs: 0,
      urgency: 'urgent',
    });
    if (response.status === UNAUTHORIZED) throw new AuthenticationFailed(request.url);
    return response;
  }
}
