import { Injectable, Logger } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isEqualInConstantTime } from '../../common/constant-time.js';
import { CannotDecrypt } from '../../common/encryption.errors.js';
import { harmless } from '../../common/platform-words.js';
import { type LaunchContext } from '../context/launch-context.schema.js';
import { type Lti11Secret, Lti11SecretService } from './lti11-secret.service.js';
import { type MigrationClaim, migrationClaimSchema } from './migration-claim.schema.js';

/** The verified launch by LTI 1.3 that a claim stands in. */
export interface MigratingLaunch {
  registrationId: string;
  deploymentId: string;
  issuer: string;
  clientId: string;
  /** As it stands in the id_token. */
  exp: number;
  nonce: string;
  /** `sub`; missing in an anonymous launch. */
  userId?: string | undefined;
  /** `context.id` */
  contextId?: string | undefined;
  /** `resource_link.id` */
  resourceLinkId?: string | undefined;
}

const MAX_WARNINGS = 10_000;

/** The ids of a claim, and whether they are verified. */
export interface VerifiedMigration {
  lti11: NonNullable<LaunchContext['lti11']>;
  /** Set only if the claim is verified. */
  consumerId?: string;
}

/** The consumer that proves a claim, or the reason why none does. */
interface Verdict {
  consumerId?: string;
  doubt?: string;
}

/** Verifies the LTI 1.1 ids that launches by LTI 1.3 claim (CORE 6.1.2). */
@Injectable()
export class MigrationClaimVerifier {
  private readonly logger = new Logger('nest-lti');
  private readonly logged = new LRUCache<string, true>({ max: MAX_WARNINGS });

  constructor(private readonly secrets: Lti11SecretService) {}

  /**
   * A claim that is not proved is in the launch context with `isVerified: false`, and its ids are never stored: without the
   * consumer's secret, any platform could claim the users of another. The launch goes on.
   *
   * @param claim `lti1p1` as the platform sent it
   * @returns undefined if there is no claim, or it cannot be read
   */
  async verify(claim: unknown, of: MigratingLaunch): Promise<VerifiedMigration | undefined> {
    const parsed = migrationClaimSchema.safeParse(claim);
    if (!parsed.success) return undefined;
    const claimed = parsed.data;
    const { consumerId, doubt } = await this.judge(claimed, of);
    if (doubt !== undefined) this.logDoubt(claimed.oauth_consumer_key ?? '', doubt, of);
    const lti11 = {
      ...(claimed.oauth_consumer_key !== undefined && { consumerKey: claimed.oauth_consumer_key }),
      ...idsOf(claimed, of),
      isVerified: consumerId !== undefined,
    };
    return consumerId === undefined ? { lti11 } : { lti11, consumerId };
  }

  private async judge(claim: MigrationClaim, of: MigratingLaunch): Promise<Verdict> {
    const { oauth_consumer_key: consumerKey, oauth_consumer_key_sign: sign } = claim;
    if (consumerKey === undefined) return { doubt: 'they name none' };
    if (sign === undefined) return { doubt: 'they are not signed' };
    const found = await this.secretOf(consumerKey);
    if (found === undefined) return { doubt: "that consumer's secret cannot be decrypted here" };
    const { consumer, secret } = found;
    const isGenuine = isEqualInConstantTime(sign, migrationSignature(consumerKey, of, secret));
    if (consumer === undefined) return { doubt: 'no consumer here has that key' };
    if (!isGenuine) return { doubt: "they are not signed with that consumer's secret" };
    if (consumer.registrationId !== null && consumer.registrationId !== of.registrationId) {
      return { doubt: 'that consumer belongs to another registration' };
    }
    return { consumerId: consumer.id };
  }

  /** Undefined if the key ring cannot decrypt it: a launch by LTI 1.3 does not need it. */
  private async secretOf(consumerKey: string): Promise<Lti11Secret | undefined> {
    try {
      return await this.secrets.of(consumerKey);
    } catch (error) {
      if (error instanceof CannotDecrypt) return undefined;
      throw error;
    }
  }

  /** Logged once for each consumer key: every launch would log the same line. */
  private logDoubt(consumerKey: string, doubt: string, { registrationId }: MigratingLaunch): void {
    const subject = `${registrationId} ${consumerKey}`;
    if (this.logged.has(subject)) return;
    this.logged.set(subject, true);
    this.logger.warn(
      `Launches of registration ${registrationId} claim ids of the LTI 1.1 consumer "${harmless(consumerKey)}" and are ` +
        `not believed: ${doubt}.`,
    );
  }
}

/** `oauth_consumer_key_sign` (CORE 6.1.2), in base64. */
export function migrationSignature(consumerKey: string, of: MigratingLaunch, secret: string): string {
  return createHmac('sha256', secret)
    .update([consumerKey, of.deploymentId, of.issuer, of.clientId, of.exp, of.nonce].join('&'))
    .digest('base64');
}

type Lti11Ids = Pick<VerifiedMigration['lti11'], 'userId' | 'contextId' | 'resourceLinkId'>;

/** Ids that did not change may be left out of the claim. */
function idsOf(claim: MigrationClaim, of: MigratingLaunch): Lti11Ids {
  const userId = claim.user_id ?? of.userId;
  const contextId = claim.context_id ?? of.contextId;
  const resourceLinkId = claim.resource_link_id ?? of.resourceLinkId;
  return {
    ...(userId !== undefined && { userId }),
    ...(contextId !== undefined && { contextId }),
    ...(resourceLinkId !== undefined && { resourceLinkId }),
  };
}
