import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { LtiError } from '../../common/lti-error.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { endpointOf, type GrantClient } from '../clients/grant-client.js';
import { type DecryptedTokens } from '../grant-cipher.js';
import { GrantTokenEndpoint } from './grant-token-endpoint.js';
import { GrantNotRevoked, RefreshTokenRefused } from './grant-token.errors.js';

/** Options of `UserGrantService.logout` and `revoke`. */
export interface RevocationOptions {
  /** Also ends the user's web sessions at the platform, where it can. Default: false. */
  expireSessions?: boolean | undefined;
}

const RETRY_MS = 60_000;

/** Revokes grants at the platform. */
@Injectable()
export class GrantRevocation {
  constructor(
    private readonly endpoint: GrantTokenEndpoint,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Revokes the grant of these tokens. A grant that has ended already counts as revoked. Does nothing if the provider has no revocation.
   *
   * @param isExpired whether the access token has expired: then it cannot revoke itself
   * @throws GrantNotRevoked when it may still be valid
   */
  async revokeTokens(
    client: GrantClient,
    { accessToken, refreshToken }: DecryptedTokens,
    { expireSessions = false }: RevocationOptions = {},
    isExpired = false,
  ): Promise<void> {
    const { revocation } = client.provider;
    const token = refreshToken ?? accessToken;
    if (revocation === null || token === undefined) return;
    try {
      const url = endpointOf(client, revocation.url);
      const more = expireSessions ? revocation.expireSessions : {};
      if (revocation.by === 'form') {
        this.check(await this.endpoint.post(client, url.href, { ...more, token }));
        return;
      }
      for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
      await this.revokeByBearer(client, url.href, { accessToken, refreshToken }, isExpired);
    } catch (error) {
      if (error instanceof RefreshTokenRefused) return;
      if (error instanceof GrantNotRevoked || !(error instanceof LtiError)) throw error;
      throw this.failed(error.message, error);
    }
  }

  private async revokeByBearer(
    client: GrantClient,
    url: string,
    { accessToken, refreshToken }: DecryptedTokens,
    isExpired: boolean,
  ): Promise<void> {
    if (accessToken !== undefined && !isExpired) {
      const response = await this.send(client, url, accessToken);
      // The token is invalid, but the grant may be active: a refresh may have succeeded without being saved.
      if (response.status !== 401 || refreshToken === undefined) {
        this.check(response);
        return;
      }
    }
    if (refreshToken === undefined) return;
    const fresh = await this.endpoint.refresh(client, refreshToken);
    this.check(await this.send(client, url, fresh.accessToken));
  }

  private send(client: GrantClient, url: string, accessToken: string): Promise<PlatformResponse> {
    const method = client.provider.revocation?.method ?? 'DELETE';
    return this.endpoint.send({ method, url, headers: { authorization: `Bearer ${accessToken}` } });
  }

  /** 401 and 404 mean that the token is gone. */
  private check({ status }: PlatformResponse): void {
    if ((status >= 200 && status < 300) || status === 401 || status === 404) return;
    throw this.failed(`it answered ${status}.`);
  }

  private failed(reason: string, cause?: unknown): GrantNotRevoked {
    return new GrantNotRevoked(reason, new Date(this.clock.nowMs() + RETRY_MS), { cause });
  }
}
