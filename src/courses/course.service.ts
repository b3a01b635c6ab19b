import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository, type SelectQueryBuilder } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { checkUrlFields } from '../common/check-url-fields.js';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { parseInput } from '../common/parse-input.js';
import { UrlPolicy } from '../common/url-policy.js';
import { LtiConfig } from '../config/lti-config.js';
import { afterKey, idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/postgres-errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { Course } from './course.entity.js';
import { courseErrors } from './course.errors.js';
import { CourseListeners } from './course-listeners.js';
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
import {
  archivedReason,
  type CourseFacts,
  isSameDay,
  type NextSyncReason,
  planSync,
  type SyncPlan,
  soonest,
  USE_STEP_MS,
} from './sync-schedule.js';

/** The ids of a course and of its registration. */
export type CourseIdentity = Pick<Course, 'id' | 'registrationId'>;

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
  private readonly logger = new Logger(CourseService.name);

  constructor(
    @InjectRepository(Course, LTI_DATA_SOURCE) private readonly courses: Repository<Course>,
    @InjectRepository(ResourceLink, LTI_DATA_SOURCE) private readonly links: Repository<ResourceLink>,
    private readonly registrations: RegistrationService,
    private readonly listeners: CourseListeners,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
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
    const { registrationId } = query;
    const { after, find, page } = idPage(query);
    const rows = await this.withLastSync()
      .andWhere({ ...(registrationId !== undefined && { registrationId }), ...after })
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
    const { limit } = query;
    const { order, after } = pageStartOf(query, 'asc');
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
   * Plans the next sync of up to `limit` courses whose time has come, in the caller's transaction. Two processes that ask at
   * once get different ones.
   *
   * @returns those that are to be synced now: not the courses that are archived now, or that wait for the end of quiet hours
   */
  async takeDue(manager: EntityManager, limit: number): Promise<CourseIdentity[]> {
    const now = this.clock.now();
    const found = await manager
      .createQueryBuilder(Course, 'course')
      .innerJoin('course.registration', 'registration')
      .select([
        'course.id',
        'course.registrationId',
        'course.usedAt',
        'course.goneDays',
        'course.concludedAt',
      ])
      .addSelect(['registration.id', 'registration.quietHours'])
      .where('course.nextSyncAt <= :now', { now })
      .andWhere('course.deletedAt IS NULL AND registration.deletedAt IS NULL')
      .orderBy('course.nextSyncAt')
      .limit(limit)
      // A stronger lock would conflict with the foreign keys of sync runs.
      .setLock('for_no_key_update', undefined, ['course'])
      .setOnLocked('skip_locked')
      .getMany();
    if (found.length === 0) return [];
    const plans = found.map((course) => ({ course, ...this.plan(course, now) }));
    await manager.query(
      `UPDATE nest_lti.course SET next_sync_at = plan.at, next_sync_reason = plan.reason
       FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS plan (id, at, reason) WHERE course.id = plan.id`,
      [plans.map(({ course }) => course.id), plans.map(({ at }) => at), plans.map(({ reason }) => reason)],
    );
    for (const { course, at, reason } of plans) if (at === null) this.logArchived(course.id, reason);
    return plans.flatMap(({ isDue, course: { id, registrationId } }) =>
      isDue ? [{ id, registrationId }] : [],
    );
  }

  /** Stores that a person or the application syncs the course now: it is in use, and its next scheduled sync follows from that. */
  async noteManualSync(course: Course): Promise<void> {
    const now = this.clock.now();
    const isNoted = now.getTime() - course.usedAt.getTime() < USE_STEP_MS;
    if (isNoted && course.nextSyncAt !== null) return;
    const { at, reason } = this.plan(course, now, { usedAt: now, goneDays: 0 });
    await this.noteUse(course.id, at ?? now, reason);
  }

  /** Stores that a score was posted. A course that is archived or synced rarely is due now. */
  noteScorePosted(courseId: string): Promise<void> {
    return this.noteUse(courseId, this.clock.now(), 'score_posted');
  }

  private async noteUse(courseId: string, at: Date, reason: NextSyncReason): Promise<void> {
    const now = this.clock.now();
    const isWoken = '(next_sync_at IS NULL OR next_sync_at > $3)';
    await this.courses.query(
      `UPDATE nest_lti.course SET used_at = $2, gone_days = 0, gone_at = NULL,
         next_sync_at = CASE WHEN ${isWoken} THEN $4 ELSE next_sync_at END,
         next_sync_reason = CASE WHEN ${isWoken} THEN $5 ELSE next_sync_reason END
       WHERE id = $1 AND deleted_at IS NULL AND (used_at <= $6 OR next_sync_at IS NULL)`,
      [
        courseId,
        now,
        soonest(this.config.courseSync, now),
        at,
        reason,
        new Date(now.getTime() - USE_STEP_MS),
      ],
    );
  }

  /**
   * Stores the platform's answer that the course is gone. On the third day the course is archived, unless it was used meanwhile.
   *
   * @param course as it was when its sync began
   */
  async noteGone({ id, usedAt, goneDays, goneAt, concludedAt }: Course): Promise<void> {
    const now = this.clock.now();
    if (goneAt !== null && isSameDay(goneAt, now)) return;
    const facts = { usedAt, concludedAt, goneDays: goneDays + 1 };
    const archived = archivedReason(facts, this.config.courseSync, now);
    const { affected } = await this.courses.update(
      { id, usedAt },
      {
        ...{ goneDays: facts.goneDays, goneAt: now },
        ...(archived !== undefined && { nextSyncAt: null, nextSyncReason: archived }),
      },
    );
    if (affected === 1 && archived !== undefined) this.logArchived(id, archived);
  }

  /** Stores that the platform has the course. */
  async noteFound({ id, goneDays }: Course): Promise<void> {
    if (goneDays > 0) await this.courses.update({ id }, { goneDays: 0, goneAt: null });
  }

  private plan(course: Course, now: Date, news: Partial<CourseFacts> = {}): SyncPlan {
    const { usedAt, goneDays, concludedAt, registration } = course;
    const facts = { usedAt, goneDays, concludedAt, quietHours: registration.quietHours, ...news };
    return planSync(facts, this.config.courseSync, now, Math.random());
  }

  private logArchived(courseId: string, reason: NextSyncReason): void {
    this.logger.log(`Course ${courseId} is not synced any more, until it is used again (${reason}).`);
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
        ...(body.concludedAt !== undefined && this.concluded(before, body.concludedAt, now)),
        ...((hasOtherRoster || hasOtherGrades || hasOtherGroups) && {
          ...{ nextSyncAt: now, nextSyncReason: 'endpoints_changed' as const },
          ...{ usedAt: now, goneDays: 0, goneAt: null },
        }),
        updatedAt: now,
      },
    );
    return this.get(id);
  }

  /** A course that is archived for its end is due again when that end is taken back. */
  private concluded(
    course: Course,
    concludedAt: Date | null,
    now: Date,
  ): Partial<Pick<Course, 'nextSyncAt' | 'nextSyncReason'>> {
    const { at, reason } = this.plan(course, now, { concludedAt });
    if (at === null) return { nextSyncAt: null, nextSyncReason: reason };
    return course.nextSyncReason === 'archived_concluded' ? { nextSyncAt: now, nextSyncReason: reason } : {};
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
