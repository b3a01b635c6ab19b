import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { LtiEvents } from '../../common/lti-events.js';
import { PlatformRefused } from '../../common/reactions.errors.js';
import { Leases } from '../../database/leases.js';
import { type NamedLease } from '../../database/named-lease.js';
import { PlatformThrottled } from '../../rate-limits/rate-limits.errors.js';
import { type GrantClient } from '../clients/grant-client.js';
import { UserGrantClientService } from '../clients/user-grant-client.service.js';
import { GrantCipher } from '../grant-cipher.js';
import { type GrantKey, type UserGrant } from '../user-grant.entity.js';
import { AuthorizationRequired, isStoreUnavailable, userGrantErrors } from '../user-grants.errors.js';
import { type RefreshedGrant, UserGrantsRepository } from '../user-grants.repository.js';
import { assertUsable, endOf, type FreshGrant, freshGrant, isFresh, wasForcedLately } from './fresh-grant.js';
import { grantLeaseName, grantLeaseTerms } from './grant-lease.js';
import { GrantRevocation } from './grant-revocation.js';
import { GrantTokenEndpoint } from './grant-token-endpoint.js';
import { RefreshTokenRefused } from './grant-token.errors.js';
import { type TokenAnswer } from './token-answer.js';

/** How long saving is retried. A platform that rotates refresh tokens does not send the new one again. */
const SAVE_RETRIES_MS = [100, 200, 400, 800, 1600, 3200];

const STILL_REFUSED = 'it also refuses a new token';

/** A refresh in progress. */
interface Attempt {
  /** As it was read under the lease. */
  grant: UserGrant;
  client: GrantClient;
  refreshToken: string;
  claim: string;
  /** Whether the platform has refused a token that had not expired. */
  isForced: boolean;
}

/**
 * Refreshes grants: one at a time among all processes, the request outside of any transaction. The lease keeps others
 * waiting; the claim in the row decides whose answer is saved, also when the lease was lost on the way.
 */
@Injectable()
export class GrantRefreshService {
  private readonly logger = new Logger(GrantRefreshService.name);

  constructor(
    private readonly grants: UserGrantsRepository,
    private readonly clients: UserGrantClientService,
    private readonly cipher: GrantCipher,
    private readonly endpoint: GrantTokenEndpoint,
    private readonly revocation: GrantRevocation,
    private readonly leases: Leases,
    private readonly events: LtiEvents,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param rejected hash of an access token that the platform refused
   * @returns undefined if another process has changed the grant in between: read it again
   * @throws as GrantTokenService.fresh
   */
  run(key: GrantKey, rejected: string | undefined): Promise<FreshGrant | undefined> {
    return this.leases.hold(grantLeaseName(key), grantLeaseTerms, (lease) =>
      this.renew(key, rejected, lease),
    );
  }

  private async renew(
    key: GrantKey,
    rejected: string | undefined,
    lease: NamedLease,
  ): Promise<FreshGrant | undefined> {
    const client = await this.clients.open(key.registrationId);
    const grant = assertUsable(await this.grants.find(key), client);
    const { accessToken, refreshToken } = this.cipher.decrypt(grant);
    const current = freshGrant(grant, client, accessToken, true);
    // Another process may have refreshed it while this one waited for the lease.
    if (current.tokenHash !== rejected && isFresh(grant, client.provider, this.clock.nowMs())) return current;
    const isForced = current.tokenHash === rejected;
    if (isForced && wasForcedLately(grant, this.clock.nowMs()))
      throw userGrantErrors.permissionDenied(STILL_REFUSED);
    if (refreshToken === undefined) return this.endUnrefreshable(grant);
    this.endpoint.assertKnown(client);
    if (!(await this.grants.claimRefresh(grant, lease.id))) return undefined;
    // This process may have been paused: then another one holds the lease, and may have sent a refresh already.
    lease.signal.throwIfAborted();
    return this.ask({ grant, client, refreshToken, claim: lease.id, isForced });
  }

  private async ask(attempt: Attempt): Promise<FreshGrant | undefined> {
    const { client, refreshToken } = attempt;
    let answer: TokenAnswer;
    try {
      answer = await this.endpoint.refresh(client, refreshToken);
    } catch (error) {
      if (error instanceof RefreshTokenRefused) return this.refused(attempt, error);
      if (isHarmless(error)) await this.forget(attempt);
      throw error;
    }
    return this.keep(attempt, answer);
  }

  /** Saves the tokens before any call uses them, so that the next reader can refresh them. */
  private async keep(attempt: Attempt, answer: TokenAnswer): Promise<FreshGrant | undefined> {
    const { grant, client, claim } = attempt;
    const refreshToken = answer.refreshToken ?? attempt.refreshToken;
    const fresh: RefreshedGrant = {
      ...this.cipher.encrypt(grant, answer.accessToken, refreshToken),
      scopes: answer.scopes ?? grant.scopes,
      expiresAt: endOf(answer, refreshToken, this.clock.now()),
      forcedRefreshAt: attempt.isForced ? this.clock.now() : grant.forcedRefreshAt,
    };
    if (await this.save(grant, claim, fresh)) {
      const saved = Object.assign(grant, fresh, { refreshClaim: null, lastRefreshedAt: this.clock.now() });
      return freshGrant(saved, client, answer.accessToken, true);
    }
    await this.revokeIfGone(attempt, answer.accessToken, refreshToken);
    return undefined;
  }

  private async save(grant: UserGrant, claim: string, fresh: RefreshedGrant): Promise<boolean> {
    for (const waitMs of SAVE_RETRIES_MS) {
      try {
        return await this.grants.saveRefreshed(grant, claim, fresh);
      } catch (error) {
        if (!isStoreUnavailable(error)) throw error;
        await this.clock.sleep(waitMs);
      }
    }
    return this.grants.saveRefreshed(grant, claim, fresh);
  }

  /** Revokes the new tokens if the user has logged out meanwhile. After a refresh by another process they may be the same tokens. */
  private async revokeIfGone(
    { grant, client }: Attempt,
    accessToken: string,
    refreshToken: string,
  ): Promise<void> {
    const now = await this.grants.find(grant);
    if (now?.id === grant.id && now.status !== 'revoked') return;
    try {
      await this.revocation.revokeTokens(client, { accessToken, refreshToken });
    } catch (error) {
      this.logger.warn(
        `User grant ${grant.id} has ended, but the tokens that it got afterwards could not be revoked: ${String(error)}`,
      );
    }
  }

  /** @throws AuthorizationRequired, unless another process has renewed the grant */
  private async refused(
    { grant, client, claim }: Attempt,
    refusal: RefreshTokenRefused,
  ): Promise<FreshGrant | undefined> {
    // An earlier refresh was sent and its outcome is unknown: it may have used up the refresh token.
    const isLost = client.provider.rotatesRefreshTokens && grant.refreshClaim !== null;
    const reason = isLost ? 'refresh_answer_lost' : 'refused_by_platform';
    if (!(await this.grants.end(grant, claim, reason))) return undefined;
    this.logger.log(`User grant ${grant.id} has ended (${reason}): ${refusal.message}`);
    this.tellEnd(grant, reason);
    throw new AuthorizationRequired(reason);
  }

  private async endUnrefreshable(grant: UserGrant): Promise<undefined> {
    if (!(await this.grants.end(grant, grant.refreshClaim, 'no_refresh_token'))) return undefined;
    this.tellEnd(grant, 'no_refresh_token');
    throw new AuthorizationRequired('no_refresh_token');
  }

  private tellEnd({ registrationId, userId }: UserGrant, reason: string): void {
    this.events.publish('lti.user-grant.ended', { registrationId, userId, reason });
  }

  /** The refresh did not use the refresh token up. The claim of an earlier refresh with an unknown outcome stays. */
  private async forget({ grant, claim }: Attempt): Promise<void> {
    if (grant.refreshClaim !== null) return;
    // It only decides the text of a later refusal.
    await this.grants.dropClaim(grant, claim).catch(() => undefined);
  }
}

/** Whether the platform's answer shows that it did not process the request. */
function isHarmless(error: unknown): boolean {
  return error instanceof PlatformRefused || error instanceof PlatformThrottled;
}
