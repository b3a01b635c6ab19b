import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { checkUrlFields } from '../../common/check-url-fields.js';
import { Clock } from '../../common/clock.js';
import { parseInput } from '../../common/parse-input.js';
import { KeyRing } from '../../common/encryption.js';
import { UrlPolicy } from '../../common/url-policy.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { Registration } from '../../registrations/registration.entity.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { shippedProviderNameSchema, shippedProviders } from '../providers/shipped-providers.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';
import { orStoreUnavailable } from '../store-unavailable.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { endpointOf, type GrantClient, providerOf } from './grant-client.js';
import { clientEncryptionContext, UserGrantClient } from './user-grant-client.entity.js';
import { userGrantClientErrors } from './user-grant-client.errors.js';
import { type PutUserGrantClient, putUserGrantClientSchema } from './user-grant-client.schema.js';

/** How long a deleted or replaced client is kept at least: longer than a consent waits for its tokens. */
const KEPT_MS = 60_000;

/**
 * The tool's clients at the OAuth2 of platforms: one for each registration that wants one.
 *
 * @example
 * const { clientId, apiUrl } = await userGrantClients.get(registrationId);
 */
@Injectable()
export class UserGrantClientService {
  constructor(
    @InjectRepository(UserGrantClient, LTI_DATA_SOURCE) private readonly clients: Repository<UserGrantClient>,
    private readonly grants: UserGrantsRepository,
    private readonly registrations: RegistrationService,
    private readonly keyRing: KeyRing,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Sets the client of a registration. Where it is another client than before, or at another host, the grants of the
   * one before are not used again, and are revoked with the old client at its own host: the new host must not get
   * their tokens.
   *
   * @throws {NotFound} `registration_not_found`; {InvalidRequest} that names each wrong field, `user_grant_provider_required`,
   *   `user_grant_client_secret_required`; {Conflict} `user_grant_client_in_use`
   * @example
   * await userGrantClients.put(registrationId, {
   *   clientId: '10000000000001',
   *   clientSecret,
   *   apiUrl: 'https://school.instructure.com',
   * });
   */
  async put(registrationId: string, input: PutUserGrantClient): Promise<UserGrantClient> {
    const body = parseInput(putUserGrantClientSchema, input);
    const { platformFamily } = await this.registrations.get(registrationId);
    const provider = body.provider ?? shippedProviderNameSchema.safeParse(platformFamily).data;
    if (provider === undefined) throw userGrantClientErrors.providerRequired(platformFamily);
    const custom = typeof provider === 'string' ? undefined : provider;
    const described = custom ?? shippedProviders[provider as 'canvas'];
    const apiUrl = this.checkedUrls(body.apiUrl, described);

    const before = await this.clients.findOneBy({ registrationId, replacedAt: IsNull() });
    const isSame =
      before !== null &&
      identityOf(before, providerOf(before)) === identityOf({ clientId: body.clientId, apiUrl }, described);
    // A secret is sent only to the host that it was given for.
    const hasSecret = isSame && before.deletedAt === null;
    if (body.clientSecret === undefined && !hasSecret) throw userGrantClientErrors.secretRequired();
    if (!isSame && described.refreshKillsAccessToken)
      await this.assertUnused(registrationId, body.clientId, apiUrl);
    const now = this.clock.now();
    const fields = {
      providerName: custom === undefined ? (provider as 'canvas') : ('custom' as const),
      provider: custom ?? null,
      clientId: body.clientId,
      apiUrl,
      scopes: body.scopes,
      authorizeParameters: body.authorizeParameters,
      unverified: body.unverified ?? before?.unverified ?? unverifiedByDefault(described),
      updatedAt: now,
      deletedAt: null,
      ...(body.clientSecret !== undefined && {
        encryptedSecret: this.keyRing.encrypt(body.clientSecret, clientEncryptionContext(registrationId)),
      }),
    };
    if (isSame) await this.clients.update({ id: before.id }, fields);
    else await this.replace(before, { ...fields, id: uuidv7(), registrationId, createdAt: now });
    return this.get(registrationId);
  }

  /**
   * The client of a registration, with its secret encrypted.
   *
   * @throws {NotFound} `user_grant_client_not_found`, also if the registration was deleted
   * @example
   * const { clientId, scopes } = await userGrantClients.get(registrationId);
   */
  async get(registrationId: string): Promise<UserGrantClient> {
    const client = await orStoreUnavailable(
      this.clock,
      this.clients
        .createQueryBuilder('client')
        .innerJoin(
          Registration,
          'registration',
          'registration.id = client.registrationId AND registration.deletedAt IS NULL',
        )
        .where({ registrationId, deletedAt: IsNull(), replacedAt: IsNull() })
        .getOne(),
    );
    if (client === null) throw userGrantClientErrors.notFound(registrationId);
    return client;
  }

  /** Ready for requests. @throws {NotFound} `user_grant_client_not_found`, CannotDecrypt */
  async open(registrationId: string): Promise<GrantClient> {
    return this.opened(await this.get(registrationId));
  }

  /** For revoking with: also one that was deleted or replaced. Undefined when it is gone. @throws CannotDecrypt */
  async openById(id: string): Promise<GrantClient | undefined> {
    const client = await orStoreUnavailable(this.clock, this.clients.findOneBy({ id }));
    return client === null ? undefined : this.opened(client);
  }

  /**
   * Deletes the client: users cannot authorize by it any more.
   *
   * @returns false if there was none
   * @example
   * const wasThere = await userGrantClients.markDeleted(registrationId);
   */
  async markDeleted(registrationId: string): Promise<boolean> {
    const { affected } = await this.clients.update(
      { registrationId, deletedAt: IsNull() },
      { deletedAt: this.clock.now() },
    );
    return affected === 1;
  }

  /** Marks the clients of deleted registrations, where the process died before it had marked them. */
  async markDeletedWithRegistration(): Promise<void> {
    await this.clients.query(
      `UPDATE nest_lti.user_grant_client AS client SET deleted_at = $1 FROM nest_lti.registration
       WHERE registration.id = client.registration_id AND registration.deleted_at IS NOT NULL
         AND client.deleted_at IS NULL`,
      [this.clock.now()],
    );
  }

  /** Deletes clients that were deleted or replaced and have neither a grant to revoke nor a consent in progress. */
  async purge(): Promise<void> {
    await this.clients.query(
      `DELETE FROM nest_lti.user_grant_client AS client
       WHERE GREATEST(deleted_at, replaced_at) <= $1 AND NOT EXISTS (
         SELECT FROM nest_lti.user_grant WHERE user_grant_client_id = client.id)`,
      [new Date(this.clock.nowMs() - KEPT_MS)],
    );
  }

  private async replace(before: UserGrantClient | null, next: Partial<UserGrantClient>): Promise<void> {
    await this.clients.manager.transaction(async (manager) => {
      if (before !== null)
        await manager.update(UserGrantClient, { id: before.id }, { replacedAt: next.createdAt ?? null });
      await manager.insert(UserGrantClient, next);
    });
    await this.grants.revokeWithClients();
  }

  /** @throws {Conflict} `user_grant_client_in_use` */
  private async assertUnused(registrationId: string, clientId: string, apiUrl: string): Promise<void> {
    const other = await this.clients.findOneBy({
      registrationId: Not(registrationId),
      clientId,
      apiUrl,
      deletedAt: IsNull(),
      replacedAt: IsNull(),
    });
    if (other !== null) throw userGrantClientErrors.inUse(other.registrationId);
  }

  private opened(client: UserGrantClient): GrantClient {
    const { id, registrationId, clientId, apiUrl, authorizeParameters, unverified, encryptedSecret } = client;
    const provider = providerOf(client);
    return {
      id,
      registrationId,
      provider,
      clientId,
      clientSecret: this.keyRing.decrypt(encryptedSecret, clientEncryptionContext(registrationId)),
      apiUrl,
      scopes: client.scopes.length > 0 ? client.scopes : provider.scopes,
      authorizeParameters,
      unverified,
      // The same secret looks different when it is encrypted again.
      version: JSON.stringify([clientId, encryptedSecret, apiUrl, provider.tokenUrl]),
    };
  }

  /** @returns the API host as an origin */
  private checkedUrls(apiUrl: string, provider: UserGrantProvider): string {
    checkUrlFields(this.urlPolicy, { apiUrl });
    const at = (location: string): string => endpointOf({ apiUrl }, location).href;
    checkUrlFields(this.urlPolicy, {
      'provider.authorizeUrl': at(provider.authorizeUrl),
      'provider.tokenUrl': at(provider.tokenUrl),
      'provider.revocation.url': provider.revocation && at(provider.revocation.url),
    });
    return new URL(apiUrl).origin;
  }
}

/** Identifies the client and its hosts. If this changes, the tokens of its grants cannot be used. */
function identityOf(
  { clientId, apiUrl }: Pick<UserGrantClient, 'clientId' | 'apiUrl'>,
  { tokenUrl, revocation }: UserGrantProvider,
): string {
  return JSON.stringify([clientId, apiUrl, tokenUrl, revocation?.url]);
}

/**
 * If the platform can say who consented, only the launched user's own consent counts: otherwise the user would have
 * another user's rights.
 */
function unverifiedByDefault({ userIdPath, userIdParameter }: UserGrantProvider): 'allow' | 'refuse' {
  return userIdPath !== null && userIdParameter !== null ? 'refuse' : 'allow';
}
