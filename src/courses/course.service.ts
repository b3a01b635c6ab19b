import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type SelectQueryBuilder } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { checkUrlFields } from '../common/check-url-fields.js';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { parseInput } from '../common/parse-input.js';
import { UrlPolicy } from '../common/url-policy.js';
import { afterKey, idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/postgres-errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { Course } from './course.entity.js';
import { courseErrors } from './course.errors.js';
import { CourseListeners } from './course-listeners.js';
import { type CourseIdentity, CourseScheduleService } from './course-schedule.service.js';
import {
  type CourseQuery,
  type CreateCourse,
  createCourseSchema,
  type ResourceLinkQuery,
  type UpdateCourse,
  updateCourseSchema,
} from './course.schema.js';
import { ResourceLink } from './resource-link.entity.js';
import { SyncRun } from './sync-run.entity.js';

/** A course shows while neither it nor its registration was deleted. */
const present = { deletedAt: IsNull(), registration: { deletedAt: IsNull() } };

/**
 * The courses of all registrations. Launches create and update them; an embedder can, too.
 *
 * @example
 * const course = await courses.get(courseId);
 * const client = await oauth.authenticate(course.registration, {
 *   memberships: course.membershipsUrl ?? undefined,
 *   lineItems: course.lineItemsUrl ?? undefined,
 * });
 */
@Injectable()
export class CourseService {
  constructor(
    @InjectRepository(Course, LTI_DATA_SOURCE) private readonly courses: Repository<Course>,
    @InjectRepository(ResourceLink, LTI_DATA_SOURCE) private readonly links: Repository<ResourceLink>,
    private readonly registrations: RegistrationService,
    private readonly listeners: CourseListeners,
    private readonly schedule: CourseScheduleService,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Adds a course, due for its first sync at once. Takes a plain object, as `POST /api/v1/courses` does.
   *
   * @throws {NotFound} `registration_not_found`, `deployment_not_found`; {Conflict} `course_exists`; {InvalidRequest}
   * @example
   * const course = await courses.create({ registrationId, deploymentId: '1', contextId: '7', membershipsUrl });
   */
  async create(input: CreateCourse): Promise<Course> {
    const body = parseInput(createCourseSchema, input);
    const { membershipsUrl, lineItemsUrl, groupsUrl, groupSetsUrl } = body;
    checkUrlFields(this.urlPolicy, { membershipsUrl, lineItemsUrl, groupsUrl, groupSetsUrl });
    await this.registrations.get(body.registrationId);
    const now = this.clock.now();
    const id = uuidv7();
    try {
      await this.courses.insert({
        ...body,
        id,
        differencesUrl: null,
        fullReadAt: null,
        launchedAt: null,
        usedAt: now,
        nextSyncAt: now,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      });
    } catch (error) {
      if (isForeignKeyViolation(error))
        throw courseErrors.deploymentNotFound(body.deploymentId, body.registrationId);
      if (!isUniqueViolation(error, 'course_context')) throw error;
      const { registrationId, deploymentId, contextId } = body;
      const existing = await this.courses.findOneBy({
        registrationId,
        deploymentId,
        contextId,
        deletedAt: IsNull(),
      });
      throw courseErrors.exists(existing?.id ?? 'another one');
    }
    return this.get(id);
  }

  /**
   * The course, with its registration.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * const { title, registration } = await courses.get(courseId);
   */
  async get(id: string): Promise<Course> {
    const course = await this.courses.findOne({
      where: { id, ...present },
      relations: { registration: true },
    });
    if (course === null) throw courseErrors.notFound(id);
    return course;
  }

  /**
   * With its registration: the course of a registration that was launched or synced last, one with a roster and line items
   * first. Undefined if the registration has no course.
   */
  async lastUsed(registrationId: string): Promise<Course | undefined> {
    const [row] = await this.courses.query<{ id: string }[]>(
      `SELECT id FROM nest_lti.course WHERE registration_id = $1 AND deleted_at IS NULL
       ORDER BY (memberships_url IS NULL)::int + (line_items_url IS NULL)::int,
         greatest(launched_at, full_read_at) DESC NULLS LAST, id DESC LIMIT 1`,
      [registrationId],
    );
    return row === undefined ? undefined : this.get(row.id);
  }

  /**
   * The course, with its registration and its last sync.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * const { lastSync } = await courses.getWithLastSync(courseId);
   */
  async getWithLastSync(id: string): Promise<Course> {
    const course = await this.withLastSync().andWhere({ id }).getOne();
    if (course === null) throw courseErrors.notFound(id);
    return course;
  }

  /**
   * With their last syncs; the newest first, unless the query has another order.
   *
   * @example
   * const { items } = await courses.list({ registrationId, limit: 50, order: 'desc' }, ({ id, title }) => ({ id, title }));
   */
  async list<T>(query: CourseQuery, view: (course: Course) => T): Promise<Page<T>> {
    const { registrationId, search, ids } = query;
    const { after, find, page } = idPage(query);
    const found = this.withLastSync().andWhere({
      ...(registrationId !== undefined && { registrationId }),
      ...after,
    });
    if (ids !== undefined) found.andWhereInIds(ids);
    if (search !== undefined) {
      found.andWhere("(lower(course.title) LIKE lower(:start) || '%' OR course.contextId = :search)", {
        start: search.replace(/[\\%_]/g, '\\$&'),
        search,
      });
    }
    const rows = await found
      .orderBy('course.id', page.order === 'asc' ? 'ASC' : 'DESC')
      // `take` would read the ids first, by a statement of its own: it does not know that each course has one last sync.
      .limit(find.take)
      .getMany();
    return pageOf(rows, page, ({ id }) => id, view);
  }

  private withLastSync(): SelectQueryBuilder<Course> {
    return this.courses
      .createQueryBuilder('course')
      .innerJoinAndSelect('course.registration', 'registration')
      .leftJoinAndMapOne(
        'course.lastSync',
        SyncRun,
        'last_sync',
        `last_sync.id = (SELECT run.id FROM nest_lti.sync_run run WHERE run.course_id = course.id
          ORDER BY run.id DESC LIMIT 1)`,
      )
      .where('course.deletedAt IS NULL AND registration.deletedAt IS NULL');
  }

  /**
   * The placements of the tool in a course that were launched, by their ids.
   *
   * @example
   * const { items } = await courses.resourceLinks(courseId, { limit: 50 }, ({ title }) => title);
   */
  async resourceLinks<T>(
    courseId: string,
    query: ResourceLinkQuery,
    view: (link: ResourceLink) => T,
  ): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(query, 'asc');
    const rows = await this.links.find({
      where: { courseId, ...(after !== undefined && { resourceLinkId: afterKey(order, after) }) },
      order: { resourceLinkId: order },
      take: limit + 1,
    });
    return pageOf(rows, { limit, order }, ({ resourceLinkId }) => resourceLinkId, view);
  }

  /** The ids of all courses, or of those of one registration. */
  identities(registrationId?: string): Promise<CourseIdentity[]> {
    return this.courses.find({
      select: { id: true, registrationId: true },
      where: { ...present, ...(registrationId !== undefined && { registrationId }) },
      order: { id: 'ASC' },
    });
  }

  /**
   * Changes what `input` names. With other end points the course is due for a sync at once, also if it was archived. From
   * `concludedAt` on it is archived, unless it is used later.
   *
   * @throws {NotFound} `course_not_found`; {InvalidRequest}
   * @example
   * await courses.update(courseId, { lineItemsUrl });
   */
  async update(id: string, input: UpdateCourse): Promise<Course> {
    const body = parseInput(updateCourseSchema, input);
    const { membershipsUrl, lineItemsUrl, groupsUrl, groupSetsUrl } = body;
    checkUrlFields(this.urlPolicy, { membershipsUrl, lineItemsUrl, groupsUrl, groupSetsUrl });
    const before = await this.get(id);
    const hasOtherRoster = membershipsUrl !== undefined && membershipsUrl !== before.membershipsUrl;
    const hasOtherGrades = lineItemsUrl !== undefined && lineItemsUrl !== before.lineItemsUrl;
    const hasOtherGroups = groupsUrl !== undefined && groupsUrl !== before.groupsUrl;
    const now = this.clock.now();
    await this.courses.update(
      { id },
      {
        ...body,
        // A differences URL is valid for one roster URL only.
        ...(hasOtherRoster && { differencesUrl: null, fullReadAt: null }),
        ...(body.concludedAt !== undefined && this.schedule.afterConclusion(before, body.concludedAt)),
        ...((hasOtherRoster || hasOtherGrades || hasOtherGroups) && {
          ...{ nextSyncAt: now, nextSyncReason: 'endpoints_changed' as const },
          ...{ usedAt: now, goneDays: 0, goneAt: null },
        }),
        updatedAt: now,
      },
    );
    return this.get(id);
  }

  /**
   * Its syncs are cancelled. What is stored with it is deleted in the background, after a minute.
   *
   * @throws {NotFound} `course_not_found`
   * @example
   * await courses.remove(courseId);
   */
  async remove(id: string): Promise<void> {
    await this.get(id);
    await this.courses.update({ id }, { deletedAt: this.clock.now(), originContextIds: [] });
    await this.links.update({ courseId: id }, { originIds: [] });
    await this.listeners.deleted(id);
  }

  /**
   * Stores where the next reading of the roster starts, after a complete or partial one. Stores nothing if a launch has named another
   * roster URL meanwhile, because a differences URL is valid for one roster URL only.
   *
   * @param course as it was when the reading began
   */
  async noteSync(
    { id, membershipsUrl }: Pick<Course, 'id' | 'membershipsUrl'>,
    changes: Partial<Pick<Course, 'differencesUrl' | 'fullReadAt'>>,
  ): Promise<void> {
    const unchanged = { id, membershipsUrl: membershipsUrl ?? IsNull() };
    await this.courses.update(unchanged, { ...changes, updatedAt: this.clock.now() });
  }
}
