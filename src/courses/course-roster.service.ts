import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, type EntityManager, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { afterKey } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type Member } from '../lti-services/memberships/member.js';
import { normaliseRole } from '../common/lti-role.js';
import { type MemberQuery } from './course.schema.js';
import { storable } from '../common/storable-text.js';
import { memberRow } from './member-row.js';
import { Membership } from './membership.entity.js';

/** The changes of one page of a roster, by user id. */
export interface RosterChanges {
  /** The members that were new. */
  added: string[];
  /** The members of which a field had changed. */
  updated: string[];
}

/** A stored member that the last complete reading did not show. */
export interface MissingMember {
  /** The `sub` of this user's launches. */
  userId: string;
  /** When a complete reading first lacked the member; null if the last one had it. */
  missingSince: Date | null;
}

/** The members that a complete reading lacked. */
export interface MissingMembers {
  members: MissingMember[];
  /** Whether any stored member, missing or not, has a `missingSince`. */
  isMarked: boolean;
}

const SCAN_ROWS = 5000;

/**
 * The stored roster of each course. Every write takes the caller's transaction.
 *
 * @example
 * const { items, nextCursor } = await roster.list(courseId, { limit: 50 }, ({ userId, name }) => ({ userId, name }));
 */
@Injectable()
export class CourseRosterService {
  constructor(
    @InjectRepository(Membership, LTI_DATA_SOURCE) private readonly members: Repository<Membership>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * A page of the stored members of a course, by user id. An unknown course has none.
   *
   * @example
   * const { items } = await roster.list(courseId, { role: 'Learner', limit: 50 }, ({ userId, name }) => ({ userId, name }));
   */
  async list<T>(courseId: string, query: MemberQuery, view: (member: Membership) => T): Promise<Page<T>> {
    const { limit, role, status, groupId } = query;
    const { order, after } = pageStartOf(query, 'asc');
    const rows = await this.members.find({
      where: {
        courseId,
        ...(after !== undefined && { userId: afterKey(order, after) }),
        ...(role !== undefined && { roles: ArrayContains([normaliseRole(role)]) }),
        ...(status !== undefined && { status }),
        ...(groupId !== undefined && { groupIds: ArrayContains([groupId]) }),
      },
      order: { userId: order },
      take: limit + 1,
    });
    return pageOf(rows, { limit, order }, ({ userId }) => userId, view);
  }

  /**
   * The number of stored members of a course.
   *
   * @example
   * const members = await roster.count(courseId);
   */
  count(courseId: string): Promise<number> {
    return this.members.countBy({ courseId });
  }

  /** Writes new and changed members; unchanged rows are not updated. If a member is listed twice, the last entry counts. */
  async upsert(manager: EntityManager, courseId: string, members: readonly Member[]): Promise<RosterChanges> {
    const rows = new Map(members.map(memberRow).map((row) => [row.user_id, row]));
    const written = await manager.query<{ user_id: string; inserted: boolean }[]>(
      `INSERT INTO nest_lti.membership AS stored (course_id, user_id, roles, status, name, given_name, middle_name,
         family_name, email, picture, sourced_id, lti11_user_id, sections, group_ids, fingerprint, updated_at)
       SELECT $1, page.user_id, page.roles, page.status, page.name, page.given_name, page.middle_name,
         page.family_name, page.email, page.picture, page.sourced_id, page.lti11_user_id, page.sections,
         page.group_ids, page.fingerprint, $3
       FROM jsonb_to_recordset($2::jsonb) AS page (user_id text, roles text[], status text, name text,
         given_name text, middle_name text, family_name text, email text, picture text, sourced_id text,
         lti11_user_id text, sections jsonb, group_ids text[], fingerprint text)
       WHERE NOT EXISTS (SELECT FROM nest_lti.membership same
         WHERE same.course_id = $1 AND same.user_id = ANY ($4)
           AND same.user_id = page.user_id AND same.fingerprint = page.fingerprint)
       ON CONFLICT (course_id, user_id) DO UPDATE SET
         roles = excluded.roles, status = excluded.status, name = excluded.name, given_name = excluded.given_name,
         middle_name = excluded.middle_name, family_name = excluded.family_name, email = excluded.email,
         picture = excluded.picture, sourced_id = excluded.sourced_id, lti11_user_id = excluded.lti11_user_id,
         sections = excluded.sections, group_ids = excluded.group_ids, fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
       RETURNING stored.user_id, (stored.xmax = 0) AS inserted`,
      // The ids are a parameter, too: without it the planner reads the whole course for each page.
      [courseId, JSON.stringify([...rows.values()]), this.clock.now(), [...rows.keys()]],
    );
    return {
      added: written.filter(({ inserted }) => inserted).map((row) => row.user_id),
      updated: written.filter(({ inserted }) => !inserted).map((row) => row.user_id),
    };
  }

  /** By user id: the members with several roles, sections or groups, and all members in `all`. */
  async withSeveralEntries(
    courseId: string,
    userIds: readonly string[],
    all: readonly string[],
  ): Promise<Map<string, Pick<Member, 'roles' | 'sections' | 'status' | 'groupIds'>>> {
    const rows = await this.members
      .createQueryBuilder('member')
      .select(['member.userId', 'member.roles', 'member.sections', 'member.groupIds', 'member.status'])
      .where('member.courseId = :courseId AND member.userId = ANY (:userIds)', {
        courseId,
        userIds: userIds.map(storable),
      })
      .andWhere(
        `(cardinality(member.roles) > 1 OR jsonb_array_length(member.sections) > 1 OR cardinality(member.groupIds) > 1
          OR member.userId = ANY (:all))`,
        { all },
      )
      .getMany();
    return new Map(
      rows.map(({ userId, groupIds, ...row }) => [
        userId,
        { ...row, ...(groupIds !== null && { groupIds }) },
      ]),
    );
  }

  /** The stored members whose ids are not in `seen`, read in portions. */
  async missing(courseId: string, seen: ReadonlySet<string>): Promise<MissingMembers> {
    const missing: MissingMembers = { members: [], isMarked: false };
    for (let after = ''; ;) {
      const rows = await this.members.query<MissingMember[]>(
        `SELECT user_id AS "userId", missing_since AS "missingSince" FROM nest_lti.membership
         WHERE course_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3`,
        [courseId, after, SCAN_ROWS],
      );
      for (const row of rows) {
        if (row.missingSince !== null) missing.isMarked = true;
        if (!seen.has(row.userId)) missing.members.push(row);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < SCAN_ROWS) return missing;
      after = last.userId;
    }
  }

  /** Marks those that were missing in this complete reading, and no others. A mark keeps the time of its first reading. */
  async markMissing(manager: EntityManager, courseId: string, userIds: readonly string[]): Promise<void> {
    await manager.query(
      `UPDATE nest_lti.membership SET missing_since = NULL
       WHERE course_id = $1 AND missing_since IS NOT NULL AND NOT (user_id = ANY ($2))`,
      [courseId, userIds],
    );
    await manager.query(
      `UPDATE nest_lti.membership SET missing_since = $3
       WHERE course_id = $1 AND missing_since IS NULL AND user_id = ANY ($2)`,
      [courseId, userIds, this.clock.now()],
    );
  }

  /**
   * Deletes members of a course, in the caller's transaction.
   *
   * @returns the ids of those who were there
   */
  async remove(manager: EntityManager, courseId: string, userIds: readonly string[]): Promise<string[]> {
    const [rows] = await manager.query<[{ user_id: string }[], number]>(
      'DELETE FROM nest_lti.membership WHERE course_id = $1 AND user_id = ANY ($2) RETURNING user_id',
      [courseId, userIds.map(storable)],
    );
    return rows.map((row) => row.user_id);
  }
}
