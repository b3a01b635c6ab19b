import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { LtiEvents } from '../../common/lti-events.js';
import { Leases } from '../../database/leases.js';
import { UserGrantClientService } from '../clients/user-grant-client.service.js';
import { GrantCipher, type DecryptedTokens } from '../grant-cipher.js';
import { grantLeaseName, grantLeaseTerms } from '../tokens/grant-lease.js';
import { GrantRevocation, type RevocationOptions } from '../tokens/grant-revocation.js';
import { type GrantKey, type UserGrant } from '../user-grant.entity.js';
import { UserGrantsRepository } from '../user-grants.repository.js';

/** Ends grants in three steps: marks them so that they are not used again, revokes them at the platform, deletes them. */
@Injectable()
export class GrantRemovalService {
  constructor(
    private readonly grants: UserGrantsRepository,
    private readonly clients: UserGrantClientService,
    private readonly revocation: GrantRevocation,
    private readonly cipher: GrantCipher,
    private readonly leases: Leases,
    private readonly events: LtiEvents,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Ends the grant of a user, if there is one. Waits for a refresh that is under way.
   *
   * @throws GrantNotRevoked if the platform did not confirm the revocation: the grant is not used again, and the revocation is retried
   * @throws {ConfigurationInvalid} `user_grant_unreadable`; {Unavailable} `database_unavailable`, `lease_busy`: nothing was changed
   */
  async remove(key: GrantKey, options: RevocationOptions = {}): Promise<void> {
    await this.leases.hold(grantLeaseName(key), grantLeaseTerms, async () => {
      const grant = await this.grants.find(key);
      if (grant === null) return;
      const tokens = this.cipher.decrypt(grant);
      if (await this.grants.markRevoked(grant))
        this.events.publish('lti.user-grant.ended', { ...keyOf(grant), reason: 'revoked' });
      await this.revoke(grant, tokens, options);
      await this.grants.deleteRevoked(grant.id);
    });
  }

  /** Revokes one that was marked, and deletes it. @throws GrantNotRevoked, {ConfigurationInvalid} `user_grant_unreadable` */
  async finish(marked: UserGrant): Promise<void> {
    await this.leases.hold(grantLeaseName(marked), grantLeaseTerms, async () => {
      const grant = await this.grants.findById(marked.id);
      if (grant?.status !== 'revoked') return;
      await this.revoke(grant, this.cipher.decrypt(grant), {});
      await this.grants.deleteRevoked(grant.id);
    });
  }

  private async revoke(grant: UserGrant, tokens: DecryptedTokens, options: RevocationOptions): Promise<void> {
    const client =
      grant.userGrantClientId === null ? undefined : await this.clients.openById(grant.userGrantClientId);
    if (client === undefined) return;
    const isExpired = grant.expiresAt !== null && grant.expiresAt.getTime() <= this.clock.nowMs();
    await this.revocation.revokeTokens(client, tokens, options, isExpired);
  }
}

function keyOf({ registrationId, userId }: GrantKey): GrantKey {
  return { registrationId, userId };
}
