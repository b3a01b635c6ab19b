import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { LtiEvents } from '../common/lti-events.js';
import { titleOf } from '../common/storable-text.js';
import { EventOutbox } from '../events/event-outbox.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type Course } from './course.entity.js';
import { CourseService } from './course.service.js';

/** A context that a course was copied from. */
export interface CourseOrigin {
  /** As the platform states it. */
  contextId: string;
  /** Null if the tool does not know the context, or knows it in several other deployments. */
  courseId: string | null;
}

/** A resource link that another one was copied from. */
export interface ResourceLinkOrigin {
  /** As the platform states it. */
  resourceLinkId: string;
  /** The course that has this link; null if the tool does not know the link, or knows it in several courses. */
  courseId: string | null;
}

/** A platform that copies one course into another each week is not to fill the row. */
const MAX_STORED = 1000;

/**
 * The origins of copied courses and resource links, by which a tool finds the content of a copy. They are the ids that the
 * platform states, in notices (`LtiContextCopyNotice`) and in launches (`$Context.id.history`, `$ResourceLink.id.history`), and
 * never a guess by titles or times.
 *
 * @example
 * const nearest = (await origins.list(course.id)).find(({ courseId }) => courseId !== null);
 * if (nearest !== undefined) await copyQuizzes(nearest.courseId, course.id);
 */
@Injectable()
export class CourseOriginService {
  constructor(
    private readonly courses: CourseService,
    private readonly events: LtiEvents,
    private readonly outbox: EventOutbox,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * The contexts that a course was copied from: the nearest first. Empty for a course that is not known to be a copy.
   *
   * A context id is unique in its deployment. So its course is looked for in the deployment of the copy. A course of another
   * deployment of the registration counts if it is the only one with this id.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * const [nearest] = await origins.list(courseId);
   */
  async list(courseId: string): Promise<CourseOrigin[]> {
    await this.courses.get(courseId);
    return this.read(courseId);
  }

  /**
   * The resource links that a link was copied from: the nearest first. Empty for a link that is unknown or not known to be a copy.
   *
   * @example
   * const [nearest] = await origins.listOfLink(courseId, resourceLinkId);
   */
  async listOfLink(courseId: string, resourceLinkId: string): Promise<ResourceLinkOrigin[]> {
    return (await this.ofLinks(courseId, [resourceLinkId])).get(resourceLinkId) ?? [];
  }

  /** The same of several links of a course, by their ids. */
  async ofLinks(
    courseId: string,
    resourceLinkIds: readonly string[],
  ): Promise<Map<string, ResourceLinkOrigin[]>> {
    if (resourceLinkIds.length === 0) return new Map();
    const rows = await this.dataSource.query<(ResourceLinkOrigin & { copyId: string })[]>(
      `SELECT link.resource_link_id AS "copyId", origin.id AS "resourceLinkId", found.id AS "courseId"
       FROM nest_lti.resource_link link
       JOIN nest_lti.course course ON course.id = link.course_id
       CROSS JOIN LATERAL unnest(link.origin_ids) WITH ORDINALITY AS origin (id, place)
       LEFT JOIN LATERAL (
         SELECT (array_agg(other.id ORDER BY other.deployment_id <> course.deployment_id))[1] AS id
         FROM nest_lti.resource_link known
         JOIN nest_lti.course other ON other.id = known.course_id
         WHERE known.resource_link_id = origin.id
           AND other.registration_id = course.registration_id AND other.deleted_at IS NULL
         HAVING count(*) = 1 OR count(*) FILTER (WHERE other.deployment_id = course.deployment_id) = 1
       ) found ON true
       WHERE link.course_id = $1 AND link.resource_link_id = ANY($2)
       ORDER BY link.resource_link_id, origin.place`,
      [courseId, resourceLinkIds],
    );
    const origins = new Map<string, ResourceLinkOrigin[]>();
    for (const { copyId, ...origin } of rows) origins.set(copyId, [...(origins.get(copyId) ?? []), origin]);
    return origins;
  }

  /**
   * Records origins that the platform has stated: the nearest first, before those that are known already. A statement without a
   * new id changes nothing. Publishes `lti.course.copied` if there is a new one.
   *
   * @param stated as `originIdsOf` gives them
   */
  async record(
    { id, registrationId, contextId }: Pick<Course, 'id' | 'registrationId' | 'contextId'>,
    stated: readonly string[],
  ): Promise<void> {
    if (stated.length === 0) return;
    const event = await this.dataSource.transaction(async (manager) => {
      if (!(await this.add('course', 'origin_context_ids', { id }, stated, manager))) return undefined;
      const origins = await this.read(id, manager);
      const data = {
        registrationId,
        courseId: id,
        contextId,
        originContextIds: origins.map((origin) => origin.contextId),
        originCourseIds: origins.map(({ courseId }) => courseId).filter((courseId) => courseId !== null),
      };
      await this.outbox.append(manager, [{ type: 'lti.course.copied', registrationId, data }]);
      return data;
    });
    if (event !== undefined) this.events.publish('lti.course.copied', event);
  }

  /**
   * Records a course that the platform has copied, before its first launch.
   *
   * @param stated as `originIdsOf` gives them; without an origin nothing is recorded
   */
  async recordCopy(
    copy: { registrationId: string; deploymentId: string; contextId: string; title?: string | undefined },
    stated: readonly string[],
  ): Promise<void> {
    if (stated.length === 0) return;
    const { registrationId, contextId } = copy;
    await this.record({ id: await this.idOf(copy), registrationId, contextId }, stated);
  }

  private async idOf(copy: {
    registrationId: string;
    deploymentId: string;
    contextId: string;
    title?: string | undefined;
  }): Promise<string> {
    const { registrationId, deploymentId, contextId, title } = copy;
    const [row] = await this.dataSource.query<{ id: string }[]>(
      `WITH added AS (
         INSERT INTO nest_lti.course (id, registration_id, deployment_id, context_id, title, next_sync_at, used_at, created_at,
           updated_at)
         SELECT $1::uuid, id, $3, $4, $5, $6::timestamptz, $6::timestamptz, $6::timestamptz, $6::timestamptz
         FROM nest_lti.registration WHERE id = $2 AND deleted_at IS NULL FOR SHARE
         ON CONFLICT (registration_id, deployment_id, context_id) WHERE deleted_at IS NULL DO NOTHING
         RETURNING id)
       SELECT id FROM added
       UNION ALL
       SELECT id FROM nest_lti.course
       WHERE registration_id = $2 AND deployment_id = $3 AND context_id = $4 AND deleted_at IS NULL`,
      [uuidv7(), registrationId, deploymentId, contextId, titleOf(title), this.clock.now()],
    );
    // A concurrent launch has added it after the statement began: the job of the notice tries again. A deletion has deleted the notice.
    if (row === undefined)
      throw new Error('The course was added at the same time, or its registration was deleted.');
    return row.id;
  }

  /** The same for a resource link, without an event. */
  async recordOfLink(courseId: string, resourceLinkId: string, stated: readonly string[]): Promise<void> {
    const key = { course_id: courseId, resource_link_id: resourceLinkId };
    await this.add('resource_link', 'origin_ids', key, stated);
  }

  private read(courseId: string, manager: EntityManager = this.dataSource.manager): Promise<CourseOrigin[]> {
    return manager.query<CourseOrigin[]>(
      `SELECT origin.id AS "contextId", found.id AS "courseId"
       FROM nest_lti.course course
       CROSS JOIN LATERAL unnest(course.origin_context_ids) WITH ORDINALITY AS origin (id, place)
       LEFT JOIN LATERAL (
         SELECT (array_agg(other.id ORDER BY other.deployment_id <> course.deployment_id))[1] AS id
         FROM nest_lti.course other
         WHERE other.registration_id = course.registration_id AND other.context_id = origin.id
           AND other.deleted_at IS NULL
         HAVING count(*) = 1 OR bool_or(other.deployment_id = course.deployment_id)
       ) found ON true
       WHERE course.id = $1
       ORDER BY origin.place`,
      [courseId],
    );
  }

  /** One statement, so that of two equal statements at once one adds the ids. @returns whether there was a new one */
  private async add(
    table: 'course' | 'resource_link',
    column: 'origin_context_ids' | 'origin_ids',
    key: Readonly<Record<string, string>>,
    ids: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<boolean> {
    if (ids.length === 0) return false;
    const conditions = Object.keys(key).map((name, index) => `${name} = $${index + 3}`);
    const [rows] = await manager.query<[unknown[], number]>(
      `UPDATE nest_lti.${table} SET ${column} = ($1::text[] || ARRAY(
         SELECT known.id FROM unnest(${column}) WITH ORDINALITY AS known (id, place)
         WHERE known.id <> ALL ($1::text[]) ORDER BY known.place))[1:$2::int]
       WHERE ${conditions.join(' AND ')} AND NOT ($1::text[] <@ ${column})
       RETURNING 1`,
      [ids, MAX_STORED, ...Object.values(key)],
    );
    return rows.length > 0;
  }
}
