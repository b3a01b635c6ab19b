import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { storable } from '../common/storable-text.js';
import { afterKey } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type Group, type GroupSet } from '../lti-services/groups/group.service.js';
import { CourseGroup } from './course-group.entity.js';
import { type CourseGroupQuery } from './course.schema.js';
import { textOrNull } from './member-row.js';
import { RUN_IS_RUNNING, type SyncRun } from './sync-run.entity.js';

/**
 * `$1`, `$2`: the run and its attempt; `$3`: the course; `$4`: the rows; `$5`: their ids; `$6`: the time; `$7`: token requests. Unchanged
 * rows are left out before ON CONFLICT, which would lock them.
 */
const REPLACE_GROUPS = `
  WITH advanced AS (
    UPDATE nest_lti.sync_run SET token_requests = token_requests + $7
    WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} RETURNING id),
  removed AS (
    DELETE FROM nest_lti.course_group
    WHERE course_id = $3 AND NOT (group_id = ANY ($5::text[])) AND EXISTS (SELECT FROM advanced)),
  written AS (
    INSERT INTO nest_lti.course_group (course_id, group_id, name, tag, set_id, set_name, updated_at)
    SELECT $3, read.group_id, read.name, read.tag, read.set_id, read.set_name, $6
    FROM jsonb_to_recordset($4::jsonb) AS read (group_id text, name text, tag text, set_id text, set_name text)
    WHERE EXISTS (SELECT FROM advanced)
      AND NOT EXISTS (SELECT FROM nest_lti.course_group same
        WHERE same.course_id = $3 AND same.group_id = ANY ($5::text[]) AND same.group_id = read.group_id
          AND (same.name, same.tag, same.set_id, same.set_name)
            IS NOT DISTINCT FROM (read.name, read.tag, read.set_id, read.set_name))
    ON CONFLICT (course_id, group_id) DO UPDATE SET
      name = excluded.name, tag = excluded.tag, set_id = excluded.set_id, set_name = excluded.set_name,
      updated_at = excluded.updated_at)
  SELECT EXISTS (SELECT FROM advanced) AS "isRunning"`;

/** The stored groups of each course. */
@Injectable()
export class CourseGroupService {
  constructor(
    @InjectRepository(CourseGroup, LTI_DATA_SOURCE) private readonly groups: Repository<CourseGroup>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** By group id. */
  async list<T>(
    courseId: string,
    query: CourseGroupQuery,
    view: (group: CourseGroup) => T,
  ): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(query, 'asc');
    const rows = await this.groups.find({
      where: { courseId, ...(after !== undefined && { groupId: afterKey(order, after) }) },
      order: { groupId: order },
      take: limit + 1,
    });
    return pageOf(rows, { limit, order }, ({ groupId }) => groupId, view);
  }

  /**
   * Makes the stored groups those of a complete reading, and counts its token requests. All in one statement, which writes no row that
   * has not changed, and nothing if the run was started again meanwhile.
   *
   * @returns whether the run is still the caller's
   */
  async replace(
    { id, attempt, courseId }: Pick<SyncRun, 'id' | 'attempt' | 'courseId'>,
    groups: readonly Group[],
    sets: readonly GroupSet[],
    tokenRequests: number,
  ): Promise<boolean> {
    const setNames = new Map(sets.map((set) => [set.id, set.name]));
    const rows = groups.map((group) => ({
      group_id: storable(group.id),
      name: textOrNull(group.name),
      tag: textOrNull(group.tag),
      set_id: textOrNull(group.setId),
      set_name: textOrNull(group.setId === undefined ? undefined : setNames.get(group.setId)),
    }));
    const [answer] = await this.groups.query<{ isRunning: boolean }[]>(REPLACE_GROUPS, [
      ...[id, attempt, courseId, JSON.stringify(rows), rows.map((row) => row.group_id)],
      ...[this.clock.now(), tokenRequests],
    ]);
    return answer?.isRunning === true;
  }
}
