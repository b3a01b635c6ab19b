import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, type EntityManager, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { afterKey } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { normaliseRole } from '../common/lti-role.js';
import { type MemberQuery } from './course.schema.js';
import { storable } from '../common/storable-text.js';
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
    const { role, status, groupId } = query;
    const { limit, order, after } = pageStartOf(query, 'asc');
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
