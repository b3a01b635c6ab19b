import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Equal, IsNull, MoreThan, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, type PageQuery } from '../common/page.schema.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { LaunchSession } from '../launch/sessions/launch-session.entity.js';
import { UserGrantClientService } from './clients/user-grant-client.service.js';
import { AuthorizeLinks } from './consent/authorize-links.js';
import { type EndReason } from './end-reason.js';
import { assertNamesUser, assertOpen, grantKeyOf, platformUserIdOf } from './launched-user.js';
import { GrantRemovalService } from './removal/grant-removal.service.js';
import { type RevocationOptions } from './tokens/grant-revocation.js';
import { GrantTokenService } from './tokens/grant-token.service.js';
import { type GrantKey, type UserGrant } from './user-grant.entity.js';
import { AuthorizationRequired, userGrantErrors } from './user-grants.errors.js';
import { type GrantFilter, UserGrantsRepository } from './user-grants.repository.js';

/** The user of a grant: the launched user, or one that is known by ids. */
export type GrantSubject = { session: LaunchSession } | GrantKey;

/** A handle for calls in the user's name. It contains no token, so it may be kept. */
export interface UserGrantHandle extends GrantKey {
  /** The id of the grant. */
  id: string;
  /** The launch that a new authorization would be for. */
  launchSessionId: string | undefined;
  /** False where the platform does not say who consented: it may be another person than the launched user. */
  isVerified: boolean;
}

/**
 * `ready` or `refreshed`: the grant can be used. `authorizationRequired`: show the user the `authorizeUrl`, if there is one.
 */
export type GrantResolution =
  | { status: 'ready' | 'refreshed'; grant: UserGrantHandle }
  | {
      status: 'authorizationRequired';
      /** Open it in a new window. Undefined if the user has no open launch session. */
      authorizeUrl: string | undefined;
      reason: EndReason;
    };

/**
 * User grants: permissions of users for the tool to call their platform's API. Resolves, lists and revokes them.
 *
 * @example
 * const resolution = await userGrants.resolve({ registrationId, userId });
 * if (resolution.status !== 'authorizationRequired') await userApi.get(resolution.grant, '/api/v1/users/self');
 */
@Injectable()
export class UserGrantService {
  constructor(
    @InjectRepository(LaunchSession, LTI_DATA_SOURCE) private readonly sessions: Repository<LaunchSession>,
    private readonly grants: UserGrantsRepository,
    private readonly clients: UserGrantClientService,
    private readonly tokens: GrantTokenService,
    private readonly links: AuthorizeLinks,
    private readonly removal: GrantRemovalService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Whether the user's grant can be used, which is seen to: an expired token is refreshed. Ask at each launch.
   *
   * @throws {Conflict} `launch_has_no_user`
   * @throws {NotFound} `user_grant_client_not_found`
   * @throws {PlatformRefused} `user_grant_client_refused`, `user_grant_request_refused`
   * @throws {ConfigurationInvalid} `user_grant_unreadable`
   * @throws {Unavailable} `database_unavailable`, `user_grant_request_failed`, `user_grant_busy`, `lease_busy`
   * @example
   * const resolution = await userGrants.resolve({ session });
   * if (resolution.status === 'authorizationRequired') return { authorizeUrl: resolution.authorizeUrl };
   * const { body } = await userApi.get(resolution.grant, '/api/v1/users/self');
   */
  async resolve(subject: GrantSubject): Promise<GrantResolution> {
    const session = 'session' in subject ? subject.session : undefined;
    const key = 'session' in subject ? grantKeyOf(subject.session) : subject;
    try {
      const { grant, isRefreshed } = await this.tokens.fresh(key);
      const isVerified = await this.fits(grant, session);
      return {
        status: isRefreshed ? 'refreshed' : 'ready',
        grant: { ...key, id: grant.id, launchSessionId: session?.id, isVerified },
      };
    } catch (error) {
      if (!(error instanceof AuthorizationRequired)) throw error;
      const { reason } = error;
      return {
        status: 'authorizationRequired',
        authorizeUrl: await this.authorizeUrl(key, session?.id),
        reason,
      };
    }
  }

  /**
   * The page where the launched user allows the tool what it asks for, also once more.
   *
   * @throws {Conflict} `launch_has_no_user`
   * @throws {AccessDenied} `launch_session_expired`, `launch_session_revoked`
   * @throws {NotFound} `user_grant_client_not_found`
   * @throws {ConsentRefused} `user_grant_unverified`
   * @example
   * const { authorizeUrl } = await userGrants.authorize(session);
   */
  async authorize(session: LaunchSession): Promise<{ authorizeUrl: string }> {
    assertOpen(session, this.clock);
    assertNamesUser(session, await this.clients.open(grantKeyOf(session).registrationId));
    return { authorizeUrl: this.links.urlFor(session.id) };
  }

  /**
   * For a user whom a call found without authority: the link of this launch, or else of the user's latest open one.
   * Undefined if there is none.
   *
   * @example
   * const url = await userGrants.authorizeUrl({ registrationId, userId });
   */
  async authorizeUrl(
    { registrationId, userId }: GrantKey,
    launchSessionId?: string,
  ): Promise<string | undefined> {
    const open = { revokedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) };
    const ofUser = { registrationId, userId: Equal(userId), ...open };
    const given =
      launchSessionId === undefined
        ? null
        : await this.sessions.findOneBy({ id: launchSessionId, ...ofUser });
    const session = given ?? (await this.sessions.findOne({ where: ofUser, order: { id: 'DESC' } }));
    return session === null ? undefined : this.links.urlFor(session.id);
  }

  /**
   * Ends what the user has allowed, here and at the platform. Without a grant there is nothing to do.
   *
   * @throws {Unavailable} `user_grant_not_revoked` if the platform did not confirm the revocation: the grant is not used again, and the
   *   revocation is retried
   * @example
   * await userGrants.logout(registrationId, userId, { expireSessions: true });
   */
  logout(registrationId: string, userId: string, options: RevocationOptions = {}): Promise<void> {
    return this.removal.remove({ registrationId, userId }, options);
  }

  /**
   * Ends the grant of a user whose personal data is deleted.
   *
   * @throws {Unavailable} `user_grant_not_revoked`, as `logout`
   * @example
   * await userGrants.deleteUser(registrationId, userId);
   */
  deleteUser(registrationId: string, userId: string): Promise<void> {
    return this.logout(registrationId, userId);
  }

  /**
   * Ends a grant, here and at the platform.
   *
   * @throws {NotFound} `user_grant_not_found`
   * @throws {Unavailable} `user_grant_not_revoked`, as `logout`
   * @example
   * await userGrants.revoke(id);
   */
  async revoke(id: string, options: RevocationOptions = {}): Promise<void> {
    await this.removal.remove(await this.get(id), options);
  }

  /**
   * One grant, without its tokens in the clear.
   *
   * @throws {NotFound} `user_grant_not_found`
   * @example
   * const { status, scopes } = await userGrants.get(id);
   */
  async get(id: string): Promise<UserGrant> {
    const grant = await this.grants.findById(id);
    if (grant === null) throw userGrantErrors.notFound(id);
    return grant;
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items } = await userGrants.list({ registrationId }, { limit: 50 }, ({ userId, status }) => ({ userId, status }));
   */
  list<T>(filter: GrantFilter, query: PageQuery, view: (grant: UserGrant) => T): Promise<Page<T>> {
    return this.grants.list(filter, query, view);
  }

  /**
   * @returns whether it is known to be the launched user's own
   * @throws AuthorizationRequired for a grant that is good for the platform, and not for this launch or this tool
   */
  private async fits(grant: UserGrant, session: LaunchSession | undefined): Promise<boolean> {
    const { provider, scopes, unverified } = await this.clients.open(grant.registrationId);
    if (!scopes.every((scope) => grant.askedScopes.includes(scope)))
      throw new AuthorizationRequired('scopes_changed');
    const launched = session && platformUserIdOf(session, provider);
    if (launched !== undefined && grant.providerUserId !== null) {
      // An administrator acts as another user, or the platform has merged two users.
      if (launched !== grant.providerUserId) throw new AuthorizationRequired('wrong_user');
      if (grant.status === 'unverified') await this.grants.verify(grant);
      return true;
    }
    if (grant.status === 'unverified' && unverified === 'refuse')
      throw new AuthorizationRequired('unverified');
    return grant.status !== 'unverified';
  }
}
