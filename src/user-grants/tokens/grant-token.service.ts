import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { orAbort } from '../../common/bounded-wait.js';
import { UserGrantClientService } from '../clients/user-grant-client.service.js';
import { GrantCipher } from '../grant-cipher.js';
import { type GrantKey } from '../user-grant.entity.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { assertUsable, type FreshGrant, freshGrant, isFresh } from './fresh-grant.js';
import { GrantRefreshService } from './grant-refresh.service.js';
import { grantTokenErrors } from './grant-token.errors.js';

export interface FreshOptions {
  /** Hash of a token that the platform has refused: another one is needed. */
  rejected?: string | undefined;
  /** Ends the caller's wait. A refresh that has begun continues. */
  signal?: AbortSignal | undefined;
}

/** The most attempts. All of them fail only if other processes change the grant each time. */
const MAX_TURNS = 5;
const RETRY_MS = 1000;

/** Fresh access tokens of users. Each call reads them from the database; they are not kept in memory. */
@Injectable()
export class GrantTokenService {
  /** The refreshes in progress in this process. Processes exclude each other by the lease. */
  private readonly refreshes = new Map<string, Promise<FreshGrant | undefined>>();

  constructor(
    private readonly grants: UserGrantsRepository,
    private readonly clients: UserGrantClientService,
    private readonly cipher: GrantCipher,
    private readonly refresh: GrantRefreshService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The access token of a grant. It is refreshed first if that is needed; concurrent callers share the refresh.
   *
   * @throws AuthorizationRequired, {ConfigurationInvalid} `user_grant_unreadable`; {NotFound} `user_grant_client_not_found`
   * @throws {Unavailable} `database_unavailable`, `user_grant_request_failed`, `user_grant_busy`, `lease_busy`
   * @throws {PlatformRefused} `platform_permission_denied` when a token that was refreshed within a minute after a refusal is `rejected` too
   * @throws {PlatformRefused} `user_grant_client_refused`, `user_grant_request_refused`, the reason of the signal
   */
  async fresh(key: GrantKey, { rejected, signal }: FreshOptions = {}): Promise<FreshGrant> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      signal?.throwIfAborted();
      const current = await this.current(key);
      if (
        current.tokenHash !== rejected &&
        isFresh(current.grant, current.client.provider, this.clock.nowMs())
      )
        return current;
      const renewed = await orAbort(this.refreshOnce(key, rejected), signal);
      if (renewed !== undefined && renewed.tokenHash !== rejected) return renewed;
    }
    throw grantTokenErrors.busy(new Date(this.clock.nowMs() + RETRY_MS));
  }

  /** The grant with its present token, fresh or expired. @throws AuthorizationRequired, {ConfigurationInvalid} `user_grant_unreadable`; {NotFound} `user_grant_client_not_found`; {Unavailable} `database_unavailable` */
  private async current(key: GrantKey): Promise<FreshGrant> {
    const client = await this.clients.open(key.registrationId);
    const grant = assertUsable(await this.grants.find(key), client);
    return freshGrant(grant, client, this.cipher.decrypt(grant).accessToken);
  }

  private refreshOnce(key: GrantKey, rejected: string | undefined): Promise<FreshGrant | undefined> {
    const name = JSON.stringify([key.registrationId, key.userId]);
    const running = this.refreshes.get(name);
    if (running !== undefined) return running;
    const refresh = this.refresh.run(key, rejected).finally(() => this.refreshes.delete(name));
    this.refreshes.set(name, refresh);
    return refresh;
  }
}
