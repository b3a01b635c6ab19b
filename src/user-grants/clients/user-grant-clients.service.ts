import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { checkUrlFields } from '../../common/check-url-fields.js';
import { Clock } from '../../common/clock.js';
import { KeyRing } from '../../common/encryption.js';
import { UrlPolicy } from '../../common/url-policy.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { shippedProviderNameSchema, shippedProviders } from '../providers/shipped-providers.js';
import { type UserGrantProvider } from '../providers/user-grant-provider.schema.js';
import { orStoreUnavailable } from '../store-unavailable.js';
import { UserGrantsRepository } from '../user-grants.repository.js';
import { endpointOf, type GrantClient, providerOf } from './grant-client.js';
import { clientSealContext, UserGrantClient } from './user-grant-client.entity.js';
import {
  ClientSecretRequired,
  ProviderNotKnown,
  UserGrantClientNotFound,
} from './user-grant-client.errors.js';
import { type PutUserGrantClient } from './user-grant-client.schema.js';

/** Our clients at the OAuth2 of platforms: one for each registration that wants one. */
@Injectable()
export class UserGrantClients {
  constructor(
    @InjectRepository(UserGrantClient, LTI_DATA_SOURCE) private readonly clients: Repository<UserGrantClient>,
    private readonly grants: UserGrantsRepository,
    private readonly registrations: RegistrationService,
    private readonly keyRing: KeyRing,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Sets the client of a registration. Where it is another one than before, or at another host, no grant of the one before
   * is used any more: its tokens must not go there.
   *
   * @throws RegistrationNotFound, ProviderNotKnown, ClientSecretRequired, InvalidRequest
   */
  async put(registrationId: string, body: PutUserGrantClient): Promise<UserGrantClient> {
    const { platformFamily } = await this.registrations.get(registrationId);
    const provider = body.provider ?? shippedProviderNameSchema.safeParse(platformFamily).data;
    if (provider === undefined) throw new ProviderNotKnown(platformFamily);
    const custom = typeof provider === 'string' ? undefined : provider;
    const apiUrl = this.checkedUrls(body.apiUrl, custom ?? shippedProviders[provider as 'canvas']);

    const before = await this.clients.findOneBy({ registrationId });
    if (body.clientSecret === undefined && before?.deletedAt !== null) throw new ClientSecretRequired();
    const now = this.clock.now();
    const fields = {
      providerName: custom === undefined ? (provider as 'canvas') : ('custom' as const),
      provider: custom ?? null,
      clientId: body.clientId,
      apiUrl,
      scopes: body.scopes,
      authorizeParameters: body.authorizeParameters,
      unverified: body.unverified,
      updatedAt: now,
      deletedAt: null,
      ...(body.clientSecret !== undefined && {
        sealedSecret: this.keyRing.encrypt(body.clientSecret, clientSealContext(registrationId)),
      }),
    };
    if (before !== null) await this.clients.update({ registrationId }, fields);
    else await this.clients.insert({ ...fields, registrationId, createdAt: now });
    if (before !== null && (before.clientId !== body.clientId || before.apiUrl !== apiUrl))
      await this.grants.endAll(registrationId, 'client_changed');
    return this.get(registrationId);
  }

  /** @throws UserGrantClientNotFound */
  async get(registrationId: string): Promise<UserGrantClient> {
    const client = await orStoreUnavailable(
      this.clock,
      this.clients.findOneBy({ registrationId, deletedAt: IsNull() }),
    );
    if (client === null) throw new UserGrantClientNotFound(registrationId);
    return client;
  }

  /** Ready for requests. @throws UserGrantClientNotFound, CannotDecrypt */
  async open(registrationId: string): Promise<GrantClient> {
    return this.opened(await this.get(registrationId));
  }

  /** For revoking: also one that was deleted. Undefined where there never was one. @throws CannotDecrypt */
  async openEvenDeleted(registrationId: string): Promise<GrantClient | undefined> {
    const client = await orStoreUnavailable(this.clock, this.clients.findOneBy({ registrationId }));
    return client === null ? undefined : this.opened(client);
  }

  /** From now on nobody authorizes by it; false where there was none. */
  async markDeleted(registrationId: string): Promise<boolean> {
    const { affected } = await this.clients.update(
      { registrationId, deletedAt: IsNull() },
      { deletedAt: this.clock.now() },
    );
    return affected === 1;
  }

  /** Clears away deleted ones with no grant left to revoke. */
  async purge(): Promise<void> {
    await this.clients.query(`
      DELETE FROM nest_lti.user_grant_client AS client WHERE deleted_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM nest_lti.user_grant WHERE registration_id = client.registration_id)`);
  }

  private opened(client: UserGrantClient): GrantClient {
    const { registrationId, clientId, apiUrl, authorizeParameters, unverified, sealedSecret } = client;
    const provider = providerOf(client);
    return {
      registrationId,
      provider,
      clientId,
      clientSecret: this.keyRing.decrypt(sealedSecret, clientSealContext(registrationId)),
      apiUrl,
      scopes: client.scopes.length > 0 ? client.scopes : provider.scopes,
      authorizeParameters,
      unverified,
      // Sealed anew, the same secret looks different.
      version: JSON.stringify([clientId, sealedSecret, apiUrl, provider.tokenUrl]),
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
