import { Injectable } from '@nestjs/common';
import { withQuery } from '../../common/query.js';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type Member, type MembershipPage, mergedMember } from './member.js';
import { readMembershipPage } from './membership-page.js';
import { hasRole } from '../../common/lti-role.js';
import { membershipErrors } from './memberships.errors.js';
import { membershipsRefusal } from './memberships-refusal.js';
import { warnOfHttpLinks } from '../../platform-http/platform-origin.js';
import { PageWalk } from '../paging/page-walk.js';

/** Moodle takes exactly this one type (400 otherwise), and every other platform takes it too. */
const MEDIA_TYPE = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const MAX_PAGES = 10_000;
const MAX_MEMBERS = 10_000;

/** Which members `MembershipsService` reads, and how many per page (NRPS 2.0 2.4.1, 2.4.2). All may be left out. */
export interface MembershipsOptions {
  /** Only members with this role or a sub-role of it: a full URI, or a short name such as `Learner`. */
  role?: string;
  /** Only members who may use this resource link, with the `messages` that its launch would give them. */
  resourceLinkId?: string;
  /** Asks for the groups of each member (Course Groups 1.0). Only platforms with that service give them. */
  withGroups?: boolean;
  /** Members of a page: a hint, which platforms may bound or ignore. Without it most send their default, and Moodle all. */
  limit?: number;
  /** A `differencesUrl`, to get the later changes. It is opaque: other options are not added to it. */
  from?: string;
  /** Default: 10,000. */
  maxPages?: number;
  /** Ends the reading; the call rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Options of `MembershipsService.getMembers`. */
export interface GetMembersOptions extends MembershipsOptions {
  /** Default: 10,000. */
  max?: number;
}

/**
 * The roster of a course: Names and Role Provisioning Services 2.0.
 *
 * @example
 * const client = await oauth.authenticate(registration, { memberships: membershipsUrl });
 * const learners = await memberships.getMembers(client, { role: 'Learner' });
 */
@Injectable()
export class MembershipsService {
  /**
   * The roster page by page, each asked for when the one before was used. A failure on a late page is the same error as on
   * the first. A platform whose roster changes meanwhile may give a member twice.
   *
   * @throws {InvalidRequest} `no_memberships_endpoint`
   * @throws {PlatformRefused} `memberships_refused`, `roster_above_platform_limit`; {Unavailable}
   *   `memberships_unavailable`: the platform answered with an error
   * @throws {PlatformAnswerInvalid} `memberships_unreadable`: its answer is not a page of a roster
   * @throws {PlatformAnswerInvalid} `foreign_next_link`, `unreadable_next_link`, `page_loop`, `too_many_pages`: its
   *   links cannot be followed
   * @throws what OAuthClient.send throws, and the signal's reason
   * @example
   * for await (const { members } of memberships.stream(client, { limit: 100 })) await save(members);
   */
  async *stream(
    client: OAuthClient,
    options: MembershipsOptions = {},
  ): AsyncGenerator<MembershipPage, void, void> {
    const { role } = options;
    for await (const page of this.pages(client, options)) {
      // Moodle's next link drops the role, and a link must not be changed: so its later pages list all members.
      const members =
        role === undefined ? page.members : page.members.filter(({ roles }) => hasRole(roles, role));
      yield { ...page, members };
    }
  }

  /**
   * The whole roster at once, each member once. A member that the platform lists twice has the union of the roles.
   *
   * @throws {InvalidRequest} `roster_too_large` when it has more members than `max`, and what `stream` throws
   * @example
   * const members = await memberships.getMembers(client, { role: 'Instructor' });
   */
  async getMembers(client: OAuthClient, options: GetMembersOptions = {}): Promise<Member[]> {
    const { max = MAX_MEMBERS, ...pages } = options;
    const { role } = pages;
    const found = new Map<string, Member>();
    for await (const { members } of this.pages(client, pages)) {
      for (const member of members) {
        const known = found.get(member.userId);
        if (known !== undefined) found.set(member.userId, mergedMember(known, member));
        else if (role === undefined || hasRole(member.roles, role)) found.set(member.userId, member);
      }
      if (found.size > max) throw membershipErrors.tooLarge(max);
    }
    return [...found.values()];
  }

  private async *pages(
    client: OAuthClient,
    options: MembershipsOptions,
  ): AsyncGenerator<MembershipPage, void, void> {
    const walk = startWalk(client, options);
    for (;;) {
      const { context, members, next, differences } = await this.read(client, walk, options.signal);
      if (differences !== undefined) walk.noteDifferences(differences);
      const isBlackboard = client.registration.platformFamily === 'blackboard';
      const isLast = next === undefined || (isBlackboard && walk.endsByRepeating(next, members.length));
      yield {
        ...(context !== undefined && { context }),
        members,
        ...(isLast && walk.differencesUrl !== undefined && { differencesUrl: walk.differencesUrl }),
        number: walk.page,
        isLast,
      };
      if (isLast) return;
      walk.follow(
        next,
        members.map(({ userId }) => userId),
      );
      if (walk.isUpgraded) warnOfHttpLinks(client.registration.id, walk.url);
    }
  }

  private async read(client: OAuthClient, walk: PageWalk, signal: AbortSignal | undefined) {
    const response = await client.send({
      service: 'memberships',
      method: 'GET',
      url: walk.url,
      headers: { accept: MEDIA_TYPE },
      ...(signal !== undefined && { signal }),
    });
    if (response.status < 200 || response.status > 299) {
      throw membershipsRefusal(response, walk.page, client.registration.platformFamily);
    }
    return readMembershipPage(response, walk.page, client.registration.platformFamily);
  }
}

function startWalk({ endpoints }: OAuthClient, options: MembershipsOptions): PageWalk {
  const { memberships: endpoint } = endpoints;
  if (endpoint === undefined) throw membershipErrors.noEndpoint();
  if (!URL.canParse(endpoint) || (options.from !== undefined && !URL.canParse(options.from, endpoint))) {
    throw UnsafeUrl.malformed();
  }
  const start =
    options.from ??
    withQuery(endpoint, {
      role: options.role,
      rlid: options.resourceLinkId,
      groups: options.withGroups === true ? 'true' : undefined,
      limit: options.limit,
    });
  return new PageWalk('members', endpoint, start, options.maxPages ?? MAX_PAGES);
}
