import { Injectable, Logger } from '@nestjs/common';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { type UserGrantStatus } from '../user-grants/user-grant.entity.js';
import { UserGrantService } from '../user-grants/user-grant.service.js';
import { PersonalDataRepository, type PersonalRow, type UserKey } from './personal-data.repository.js';
import { type ErasedUser, type PersonalDataQuery, type PersonalRecord } from './personal-data.schema.js';
import { type PersonalDataKind, personalDataKinds, personalTables } from './personal-data.tables.js';

/** One, and those of earlier consents that wait for their revocation. */
const GRANTS_OF_USER = 100;

type KeyedRecord = PersonalRecord & { key: string };

/**
 * Exports and erases what is stored about one user. Your own tables are not part of it.
 *
 * @example
 * const { items } = await personalData.export(registrationId, userId, { limit: 500 });
 */
@Injectable()
export class PersonalDataService {
  private readonly logger = new Logger(PersonalDataService.name);

  constructor(
    private readonly data: PersonalDataRepository,
    private readonly registrations: RegistrationService,
    private readonly grants: UserGrantService,
  ) {}

  /**
   * Deletes what is stored about a user of a registration, and revokes the user's grant at the platform. If it fails, repeat it: what
   * was erased stays erased. A user who is unknown has nothing to erase, which is not an error.
   *
   * The platform may still list the user (`returnsWithNextSync`): have the user removed there first, or the next sync stores the user
   * again.
   *
   * @param userId the user id of LTI (`sub`)
   * @throws {NotFound} `registration_not_found`
   * @throws {Unavailable} `lease_busy`: the grant is being refreshed
   * @throws {ConfigurationInvalid} `user_grant_unreadable`
   * @example
   * const { erased, returnsWithNextSync } = await personalData.erase(registrationId, userId);
   */
  async erase(registrationId: string, userId: string): Promise<ErasedUser> {
    await this.registrations.get(registrationId);
    const user = { registrationId, userId };
    const listedInCourses = await this.data.coursesListing(user);
    const counts = new Map<PersonalDataKind, number>();
    for (const table of personalTables) {
      if (table.kind !== 'userGrants' && table.kind !== 'events')
        counts.set(table.kind, await this.data.deleteRows(table, user));
    }
    const named = await this.data.sessionsNaming(user);
    await this.data.deleteSessions(named.map(({ key }) => key));
    const notices = await this.data.noticesNaming(user);
    await this.data.settleNotices(notices.map(({ key }) => key));
    const gradedByUser = (await this.data.clearGrader(user)) + (await this.data.clearGraderOfScores(user));
    const events = await this.data.eraseFromEvents(user);
    const grants = await this.removeGrant(user);
    // The end of the grant is an event, which names the user.
    await this.data.eraseFromEvents(user);
    this.logger.log(`The data of a user of registration ${registrationId} was erased.`);
    const count = (kind: PersonalDataKind) => counts.get(kind) ?? 0;
    return {
      ...user,
      erased: {
        memberships: count('memberships'),
        results: count('results'),
        gradedByUser,
        scores: count('scores'),
        lastScores: count('lastScores'),
        launchSessions: count('launchSessions') + count('lti11LaunchSessions') + named.length,
        lti11Ids: count('lti11Ids'),
        userGrants: grants.removed,
        notices: notices.length,
        events,
      },
      revocationPending: grants.isPending,
      listedInCourses,
      returnsWithNextSync: listedInCourses > 0,
    };
  }

  /**
   * What is stored about a user of a registration, in pages.
   *
   * @param userId the user id of LTI (`sub`)
   * @throws {NotFound} `registration_not_found`; {InvalidRequest}
   * @example
   * const { items, nextCursor } = await personalData.export(registrationId, userId, { limit: 500 });
   */
  async export(
    registrationId: string,
    userId: string,
    query: PersonalDataQuery,
  ): Promise<Page<PersonalRecord>> {
    await this.registrations.get(registrationId);
    const pattern = `(?:${personalDataKinds.join('|')}):.*`;
    const { limit, order, after } = pageStartOf({ limit: query.limit, cursor: query.cursor }, 'asc', pattern);
    const records: KeyedRecord[] = [];
    for (const { kind, key } of startsAfter(after)) {
      const wanted = limit + 1 - records.length;
      if (wanted > 0) records.push(...(await this.read(kind, { registrationId, userId }, key, wanted)));
    }
    const keyOf = ({ kind, key }: KeyedRecord) => `${kind}:${key}`;
    return pageOf(records, { limit, order }, keyOf, ({ kind, data }) => ({ kind, data }));
  }

  private async read(
    kind: PersonalDataKind,
    user: UserKey,
    after: string,
    limit: number,
  ): Promise<KeyedRecord[]> {
    const table = personalTables.find((one) => one.kind === kind);
    const rows =
      table === undefined
        ? (await this.naming(kind, user)).filter(({ key }) => key > after).slice(0, limit)
        : await this.data.rows(table, user, after, limit);
    return rows.map(({ key, data }) => ({ kind, key, data }));
  }

  private naming(kind: PersonalDataKind, user: UserKey): Promise<PersonalRow[]> {
    return kind === 'notices' ? this.data.noticesNaming(user) : this.data.sessionsNaming(user);
  }

  private async removeGrant(user: UserKey): Promise<{ removed: number; isPending: boolean }> {
    const removed = (await this.grantStatuses(user)).length;
    try {
      await this.grants.deleteUser(user.registrationId, user.userId);
    } catch (error) {
      const isEnded = (await this.grantStatuses(user)).every((status) => status === 'revoked');
      if (!isEnded) throw error;
    }
    // Those that are left wait for their revocation, which is retried.
    return { removed, isPending: (await this.grantStatuses(user)).length > 0 };
  }

  private async grantStatuses({ registrationId, userId }: UserKey): Promise<UserGrantStatus[]> {
    const page = { limit: GRANTS_OF_USER };
    const { items } = await this.grants.list({ registrationId, userId }, page, ({ status }) => status);
    return items;
  }
}

/** The kinds from the one of the cursor, each with the key after which it starts. */
function startsAfter(cursor: string | undefined): { kind: PersonalDataKind; key: string }[] {
  if (cursor === undefined) return personalDataKinds.map((kind) => ({ kind, key: '' }));
  const colon = cursor.indexOf(':');
  const first = personalDataKinds.findIndex((kind) => kind === cursor.slice(0, colon));
  return personalDataKinds
    .slice(first)
    .map((kind, index) => ({ kind, key: index === 0 ? cursor.slice(colon + 1) : '' }));
}
