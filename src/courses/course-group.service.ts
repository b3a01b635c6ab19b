import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { storable } from '../common/storable-text.js';
import { afterKey } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type Group, type GroupSet } from '../lti-services/groups/group.service.js';
import { CourseGroup } from './course-group.entity.js';
import { type CourseGroupQuery } from './course.schema.js';
import { textOrNull } from './member-row.js';

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
    const { limit } = query;
    const { order, after } = pageStartOf(query, 'asc');
    const rows = await this.groups.find({
      where: { courseId, ...(after !== undefined && { groupId: afterKey(order, after) }) },
      order: { groupId: order },
      take: limit + 1,
    });
    return pageOf(rows, { limit, order }, ({ groupId }) => groupId, view);
  }

  /** Makes the stored groups those of a complete reading, in the caller's transaction. Unchanged rows are not written. */
  async replace(
    manager: EntityManager,
    courseId: string,
    groups: readonly Group[],
    sets: readonly GroupSet[],
  ): Promise<void> {
    const setNames = new Map(sets.map(({ id, name }) => [id, name]));
    const rows = groups.map(({ id, name, tag, setId }) => ({
      group_id: storable(id),
      name: textOrNull(name),
      tag: textOrNull(tag),
      set_id: textOrNull(setId),
      set_name: textOrNull(setId === undefined ? undefined : setNames.get(setId)),
    }));
    await manager.query(
      'DELETE FROM nest_lti.course_group WHERE course_id = $1 AND NOT (group_id = ANY ($2))',
      [courseId, rows.map((row) => row.group_id)],
    );
    await manager.query(
      `INSERT INTO nest_lti.course_group AS stored (course_id, group_id, name, tag, set_id, set_name, updated_at)
       SELECT $1, read.group_id, read.name, read.tag, read.set_id, read.set_name, $3
       FROM jsonb_to_recordset($2::jsonb) AS read (group_id text, name text, tag text, set_id text, set_name text)
       ON CONFLICT (course_id, group_id) DO UPDATE SET
         name = excluded.name, tag = excluded.tag, set_id = excluded.set_id, set_name = excluded.set_name,
         updated_at = excluded.updated_at
       WHERE (stored.name, stored.tag, stored.set_id, stored.set_name)
         IS DISTINCT FROM (excluded.name, excluded.tag, excluded.set_id, excluded.set_name)`,
      [courseId, JSON.stringify(rows), this.clock.now()],
    );
  }
}
