import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Equal, In, IsNull, Not, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, type PageQuery } from '../common/page.schema.js';
import { afterKey, idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { type GrantClient } from './clients/grant-client.js';
import { UserGrantClient } from './clients/user-grant-client.entity.js';
import { type EndReason } from './end-reason.js';
import { type EncryptedTokens } from './grant-cipher.js';
import { orStoreUnavailable } from './store-unavailable.js';
import { type GrantKey, UserGrant, type UserGrantStatus } from './user-grant.entity.js';

/** The grant of a consent. */
export interface AuthorizedGrant extends GrantKey, EncryptedTokens {
  userGrantClientId: string;
  status: 'active' | 'unverified';
  providerUserId: string | null;
  scopes: readonly string[];
  askedScopes: readonly string[];
  expiresAt: Date | null;
}

/** The tokens of a refresh. */
export interface RefreshedGrant extends EncryptedTokens {
  scopes: readonly string[];
  expiresAt: Date | null;
  forcedRefreshAt: Date | null;
}

/** The tokens of a consent, for a grant that its user had already. */
export type ReplacedTokens = EncryptedTokens & Pick<AuthorizedGrant, 'scopes' | 'askedScopes' | 'expiresAt'>;

/** The filter of `UserGrantService.list`; every field may be left out. */
export interface GrantFilter {
  /** Only grants at this platform. */
  registrationId?: string | undefined;
  /** Only grants of this user: the user id of LTI (`sub`). */
  userId?: string | undefined;
  /** Only grants of this status. */
  status?: UserGrantStatus | undefined;
}

const NO_TOKENS = {
  encryptedAccessToken: null,
  encryptedRefreshToken: null,
  refreshTokenHash: null,
  refreshClaim: null,
  expiresAt: null,
};
const LIVE: UserGrantStatus[] = ['active', 'unverified'];

/** The grants as they are stored. Each change is one statement, and with an event one transaction. In an outage every method throws `database_unavailable`. */
@Injectable()
export class UserGrantsRepository {
  constructor(
    @InjectRepository(UserGrant, LTI_DATA_SOURCE) private readonly grants: Repository<UserGrant>,
    private readonly outbox: EventOutbox,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The user's grant; or else the latest one that still waits to be revoked. */
  find({ registrationId, userId }: GrantKey): Promise<UserGrant | null> {
    return this.ask(
      this.grants
        .createQueryBuilder('user_grant')
        .where({ registrationId, userId: Equal(userId) })
        .orderBy(`CASE user_grant.status WHEN 'revoked' THEN 1 ELSE 0 END`)
        .addOrderBy('user_grant.id', 'DESC')
        .limit(1)
        .getOne(),
    );
  }

  findById(id: string): Promise<UserGrant | null> {
    return this.ask(this.grants.findOneBy({ id }));
  }

  /** The newest first, unless the query has another order. */
  async list<T>(
    { registrationId, userId, status }: GrantFilter,
    query: PageQuery,
    view: (grant: UserGrant) => T,
  ): Promise<Page<T>> {
    const { after, find, page } = idPage(query);
    const rows = await this.ask(
      this.grants.find({
        where: {
          ...(registrationId !== undefined && { registrationId }),
          ...(userId !== undefined && { userId }),
          ...(status !== undefined && { status }),
          ...after,
        },
        ...find,
      }),
    );
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /** Stores the user's grant, or replaces the one that is there. A refresh of the latter that is under way is not saved. */
  async authorize(grant: AuthorizedGrant): Promise<UserGrant> {
    const now = this.clock.now();
    const row = {
      ...grant,
      scopes: [...grant.scopes],
      askedScopes: [...grant.askedScopes],
      reason: null,
      refreshClaim: null,
      authorizedAt: now,
      lastRefreshedAt: null,
      forcedRefreshAt: null,
      updatedAt: now,
    };
    const { registrationId, userId } = grant;
    const data = { registrationId, userId, isVerified: grant.status === 'active' };
    await this.ask(
      this.grants.manager.transaction(async (manager) => {
        await manager
          .getRepository(UserGrant)
          .createQueryBuilder()
          .insert()
          .values({ ...row, id: uuidv7(), createdAt: now })
          .orUpdate(
            [
              'user_grant_client_id',
              'status',
              'reason',
              'provider_user_id',
              'scopes',
              'asked_scopes',
              'sealed_access_token',
              'sealed_refresh_token',
              'refresh_token_hash',
              'refresh_claim',
              'expires_at',
              'authorized_at',
              'last_refreshed_at',
              'forced_refresh_at',
              'updated_at',
            ],
            ['registration_id', 'user_id'],
            { indexPredicate: "status <> 'revoked'" },
          )
          .execute();
        await this.outbox.append(manager, [{ type: 'lti.user-grant.authorized', registrationId, data }]);
      }),
    );
    const stored = await this.find(grant);
    // If the grant was deleted in between, the next call fails with that.
    return stored ?? this.grants.create({ ...row, id: uuidv7(), createdAt: now });
  }

  /**
   * Notes that a refresh is about to be sent: only its own answer may be saved from now on.
   *
   * @param claim a uuid of this refresh alone
   * @returns whether the grant still is as it was read
   */
  claimRefresh({ id, refreshTokenHash }: UserGrant, claim: string): Promise<boolean> {
    return this.changed(
      { id, status: In(LIVE), refreshTokenHash: same(refreshTokenHash) },
      { refreshClaim: claim },
    );
  }

  /** The refresh was refused for another reason than the grant, and the refresh token is still valid. */
  dropClaim({ id }: UserGrant, claim: string): Promise<boolean> {
    return this.changed({ id, refreshClaim: claim }, { refreshClaim: null });
  }

  /** Saves what a refresh brought, unless another one, a consent or a logout has come in between. */
  saveRefreshed({ id }: UserGrant, claim: string, fresh: RefreshedGrant): Promise<boolean> {
    const now = this.clock.now();
    return this.changed(
      { id, status: In(LIVE), refreshClaim: claim },
      { ...fresh, scopes: [...fresh.scopes], refreshClaim: null, lastRefreshedAt: now, updatedAt: now },
    );
  }

  /** Ends a grant whose refresh token was refused, unless it has another one now, or another process refreshes it. */
  end(grant: UserGrant, claim: string | null, reason: EndReason): Promise<boolean> {
    const { id, refreshTokenHash } = grant;
    return this.changed(
      {
        id,
        status: In(LIVE),
        refreshTokenHash: same(refreshTokenHash),
        refreshClaim: claim ?? IsNull(),
      },
      { ...NO_TOKENS, status: 'needs_authorization', reason, updatedAt: this.clock.now() },
      [endEventOf(grant, reason)],
    );
  }

  /** Like `markRevoked`, for the grants of clients that were replaced or deleted. */
  async revokeWithClients(): Promise<void> {
    await this.ask(
      this.grants.query(
        `UPDATE nest_lti.user_grant SET status = 'revoked', refresh_claim = NULL, updated_at = $1,
           reason = CASE WHEN client.replaced_at IS NULL THEN 'revoked' ELSE 'client_changed' END
         FROM nest_lti.user_grant_client client
         WHERE client.id = user_grant_client_id AND status <> 'revoked'
           AND (client.replaced_at IS NOT NULL OR client.deleted_at IS NOT NULL)`,
        [this.clock.now()],
      ),
    );
  }

  /** The grant of the user whom the platform knows by this id, for the same client at the same host in any registration. */
  findVerified({ clientId, apiUrl }: GrantClient, providerUserId: string): Promise<UserGrant | null> {
    return this.ask(
      this.grants
        .createQueryBuilder('user_grant')
        .innerJoin(
          UserGrantClient,
          'client',
          'client.id = user_grant.userGrantClientId AND client.replacedAt IS NULL',
        )
        .where('client.clientId = :clientId AND client.apiUrl = :apiUrl', { clientId, apiUrl })
        .andWhere('user_grant.providerUserId = :providerUserId', { providerUserId })
        .andWhere({ status: 'active' })
        .orderBy('user_grant.id', 'DESC')
        .limit(1)
        .getOne(),
    );
  }

  /** Replaces the tokens of a grant. The result of a refresh in progress is then not saved. @returns false if the grant has ended */
  replaceTokens({ id }: UserGrant, tokens: ReplacedTokens): Promise<boolean> {
    const now = this.clock.now();
    return this.changed(
      { id, status: 'active' },
      {
        ...tokens,
        scopes: [...tokens.scopes],
        askedScopes: [...tokens.askedScopes],
        refreshClaim: null,
        authorizedAt: now,
        lastRefreshedAt: null,
        forcedRefreshAt: null,
        updatedAt: now,
      },
    );
  }

  /** It has turned out whose it is. */
  verify({ id }: UserGrant): Promise<boolean> {
    return this.changed({ id, status: 'unverified' }, { status: 'active', updatedAt: this.clock.now() });
  }

  /** Marks the grant as ended: it is not used or refreshed again. Its tokens stay until they are revoked. */
  markRevoked(grant: Pick<UserGrant, 'id'> & GrantKey): Promise<boolean> {
    return this.changed({ id: grant.id, status: Not('revoked') }, this.revoked(), [
      endEventOf(grant, 'revoked'),
    ]);
  }

  /** Like `markRevoked`, for the grants of a registration that was deleted. */
  revokeOfRegistration(registrationId: string): Promise<boolean> {
    return this.changed({ registrationId, status: Not('revoked') }, this.revoked());
  }

  /** Grants that were marked as ended and not yet deleted, the oldest first. */
  leftBehind(limit: number, afterId?: string): Promise<UserGrant[]> {
    const after = afterId === undefined ? {} : { id: afterKey('asc', afterId) };
    return this.ask(
      this.grants.find({ where: { status: 'revoked', ...after }, order: { id: 'asc' }, take: limit }),
    );
  }

  /** @returns false if a new consent has renewed it since it was marked, or if it does not exist */
  async deleteRevoked(id: string): Promise<boolean> {
    const { affected } = await this.ask(this.grants.delete({ id, status: 'revoked' }));
    return affected === 1;
  }

  private revoked() {
    return { status: 'revoked', reason: 'revoked', refreshClaim: null, updatedAt: this.clock.now() } as const;
  }

  /** @param events stored in the same transaction, if a grant was changed */
  private changed(
    where: Parameters<Repository<UserGrant>['update']>[0],
    change: Parameters<Repository<UserGrant>['update']>[1],
    events: readonly NewEvent[] = [],
  ): Promise<boolean> {
    const update = async (manager: EntityManager): Promise<boolean> => {
      const { affected = 0 } = await manager.update(UserGrant, where, change);
      if (affected === 0) return false;
      await this.outbox.append(manager, events);
      return true;
    };
    const { manager } = this.grants;
    return this.ask(events.length === 0 ? update(manager) : manager.transaction(update));
  }

  private ask<T>(answer: Promise<T>): Promise<T> {
    return orStoreUnavailable(this.clock, answer);
  }
}

function same(hash: Buffer | null) {
  return hash === null ? IsNull() : Equal(hash);
}

function endEventOf({ registrationId, userId }: GrantKey, reason: EndReason): NewEvent {
  return { type: 'lti.user-grant.ended', registrationId, data: { registrationId, userId, reason } };
}
