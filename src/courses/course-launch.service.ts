import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { CourseListeners } from './course-listeners.js';
import { CourseOriginService } from './course-origin.service.js';
import { storable, titleOf } from '../common/storable-text.js';
import { soonest, USE_STEP_MS } from './sync-schedule.js';

/** The data of a launch about its course. The ids are storable; other fields may be as the platform wrote them. */
export interface CourseLaunch {
  registrationId: string;
  /** One of the registration's. */
  deploymentId: string;
  contextId: string;
  title?: string | undefined;
  membershipsUrl?: string | undefined;
  lineItemsUrl?: string | undefined;
  groupsUrl?: string | undefined;
  groupSetsUrl?: string | undefined;
  /** The contexts that it was copied from, as the launch states them: the nearest first. */
  originContextIds?: readonly string[] | undefined;
  resourceLink?: LaunchedLink | undefined;
}

interface LaunchedLink {
  id: string;
  title?: string | undefined;
  lineItemId?: string | undefined;
  /** The resource links that it was copied from, as the launch states them: the nearest first. */
  originIds?: readonly string[] | undefined;
}

/** What a launch says about the course and the resource link. Null where it says nothing. */
interface Told {
  title: string | null;
  memberships_url: string | null;
  line_items_url: string | null;
  groups_url: string | null;
  group_sets_url: string | null;
  link_title: string | null;
  line_item_url: string | null;
}

const MAX_WARNINGS = 10_000;

/** Records courses from launches. A new course is due for its first sync at once. */
@Injectable()
export class CourseLaunchService {
  private readonly logger = new Logger(CourseLaunchService.name);
  private readonly warned = new LRUCache<string, true>({ max: MAX_WARNINGS });

  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly listeners: CourseListeners,
    private readonly origins: CourseOriginService,
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /**
   * Records what is new. A launch without a service's URL does not remove the URL that an earlier launch had.
   *
   * @returns the course's id
   */
  async record(launch: CourseLaunch): Promise<string> {
    const { registrationId, resourceLink } = launch;
    const told = this.toldBy(launch);
    const written = await this.writeCourse(launch, told);
    const id = written ?? (await this.idOf(launch));
    if (id === undefined) throw new Error('The course was deleted while it was launched.');
    if (resourceLink !== undefined) await this.writeLink(id, resourceLink.id, told);
    await this.recordOrigins(id, launch);
    if (written !== undefined) await this.listeners.launched(written, registrationId);
    return id;
  }

  private async recordOrigins(
    courseId: string,
    { registrationId, contextId, originContextIds = [], resourceLink }: CourseLaunch,
  ): Promise<void> {
    await this.origins.record({ id: courseId, registrationId, contextId }, originContextIds);
    if (resourceLink === undefined) return;
    await this.origins.recordOfLink(courseId, resourceLink.id, resourceLink.originIds ?? []);
  }

  /**
   * A query for the id of the course. It has no row if the launch has news of the course or of its resource link, or wakes an
   * archived course.
   */
  asRecorded(launch: CourseLaunch): { sql: string; parameters: unknown[] } {
    const { registrationId, deploymentId, contextId, resourceLink } = launch;
    const told = this.toldBy(launch);
    return {
      sql: `SELECT c.id FROM nest_lti.course c
         LEFT JOIN nest_lti.resource_link l ON l.course_id = c.id AND l.resource_link_id = $4::text
         WHERE c.registration_id = $1::uuid AND c.deployment_id = $2::text AND c.context_id = $3::text
           AND c.deleted_at IS NULL AND c.launched_at > $5::timestamptz AND c.next_sync_at IS NOT NULL
           AND c.title IS NOT DISTINCT FROM coalesce($6::text, c.title)
           AND c.memberships_url IS NOT DISTINCT FROM coalesce($7::text, c.memberships_url)
           AND c.line_items_url IS NOT DISTINCT FROM coalesce($8::text, c.line_items_url)
           AND c.groups_url IS NOT DISTINCT FROM coalesce($9::text, c.groups_url)
           AND c.group_sets_url IS NOT DISTINCT FROM coalesce($10::text, c.group_sets_url)
           AND c.origin_context_ids @> $13::text[]
           AND ($4::text IS NULL OR l.course_id IS NOT NULL
             AND l.title IS NOT DISTINCT FROM coalesce($11::text, l.title)
             AND l.line_item_url IS NOT DISTINCT FROM coalesce($12::text, l.line_item_url)
             AND l.origin_ids @> $14::text[])`,
      parameters: [
        registrationId,
        deploymentId,
        contextId,
        resourceLink?.id ?? null,
        new Date(this.clock.nowMs() - USE_STEP_MS),
        told.title,
        told.memberships_url,
        told.line_items_url,
        told.groups_url,
        told.group_sets_url,
        told.link_title,
        told.line_item_url,
        launch.originContextIds ?? [],
        resourceLink?.originIds ?? [],
      ],
    };
  }

  private toldBy({ registrationId, title, resourceLink, ...urls }: CourseLaunch): Told {
    const callable = (url: string | undefined) => this.callable(registrationId, url);
    return {
      title: titleOf(title),
      memberships_url: callable(urls.membershipsUrl),
      line_items_url: callable(urls.lineItemsUrl),
      groups_url: callable(urls.groupsUrl),
      group_sets_url: callable(urls.groupSetsUrl),
      link_title: titleOf(resourceLink?.title),
      line_item_url: callable(resourceLink?.lineItemId),
    };
  }

  /** Null for a URL that may not be called. */
  private callable(registrationId: string, url: string | undefined): string | null {
    if (url === undefined) return null;
    try {
      this.urlPolicy.check(url);
      return storable(url);
    } catch (error) {
      if (!(error instanceof UnsafeUrl)) throw error;
      this.warnOnce(registrationId, error.message);
      return null;
    }
  }

  /** Once for each reason: a platform launches for a whole school. */
  private warnOnce(registrationId: string, reason: string): void {
    const name = `${registrationId} ${reason}`;
    if (!this.warned.has(name)) {
      this.logger.warn(
        `Launches of registration ${registrationId} name a service URL that is not recorded. ${reason}`,
      );
    }
    this.warned.set(name, true);
  }

  private async idOf({ registrationId, deploymentId, contextId }: CourseLaunch): Promise<string | undefined> {
    const [course] = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM nest_lti.course
       WHERE registration_id = $1 AND deployment_id = $2 AND context_id = $3 AND deleted_at IS NULL`,
      [registrationId, deploymentId, contextId],
    );
    return course?.id;
  }

  /** @returns undefined if nothing is new about the course */
  private async writeCourse(launch: CourseLaunch, told: Told): Promise<string | undefined> {
    const now = this.clock.now();
    // A list that had no URL before is due now.
    const hasNewList = `(known.memberships_url IS NULL AND excluded.memberships_url IS NOT NULL
      OR known.line_items_url IS NULL AND excluded.line_items_url IS NOT NULL
      OR known.groups_url IS NULL AND excluded.groups_url IS NOT NULL)`;
    // A course that is archived or synced rarely is due now.
    const isWoken = '(known.next_sync_at IS NULL OR known.next_sync_at > $12)';
    const [row] = await this.dataSource.query<{ id: string }[]>(
      `INSERT INTO nest_lti.course AS known (id, registration_id, deployment_id, context_id, title, memberships_url,
         line_items_url, next_sync_at, created_at, updated_at, launched_at, used_at, groups_url, group_sets_url)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $8, $8, $10, $11)
       ON CONFLICT (registration_id, deployment_id, context_id) WHERE deleted_at IS NULL DO UPDATE SET
         title = coalesce(excluded.title, known.title),
         memberships_url = coalesce(excluded.memberships_url, known.memberships_url),
         line_items_url = coalesce(excluded.line_items_url, known.line_items_url),
         groups_url = coalesce(excluded.groups_url, known.groups_url),
         group_sets_url = coalesce(excluded.group_sets_url, known.group_sets_url),
         -- A differences URL is valid for one roster URL only.
         differences_url = CASE WHEN excluded.memberships_url <> known.memberships_url THEN NULL
           ELSE known.differences_url END,
         next_sync_at = CASE WHEN ${hasNewList} OR ${isWoken} THEN excluded.next_sync_at
           ELSE known.next_sync_at END,
         next_sync_reason = CASE WHEN ${hasNewList} THEN 'endpoints_changed' WHEN ${isWoken} THEN 'launched'
           ELSE known.next_sync_reason END,
         gone_days = 0,
         gone_at = NULL,
         updated_at = excluded.updated_at,
         launched_at = excluded.launched_at,
         used_at = excluded.used_at
       WHERE known.launched_at IS NULL OR known.launched_at <= $9 OR known.next_sync_at IS NULL
         OR excluded.title <> coalesce(known.title, '')
         OR excluded.memberships_url <> coalesce(known.memberships_url, '')
         OR excluded.line_items_url <> coalesce(known.line_items_url, '')
         OR excluded.groups_url <> coalesce(known.groups_url, '')
         OR excluded.group_sets_url <> coalesce(known.group_sets_url, '')
       RETURNING id`,
      [
        uuidv7(),
        launch.registrationId,
        launch.deploymentId,
        launch.contextId,
        told.title,
        told.memberships_url,
        told.line_items_url,
        now,
        new Date(now.getTime() - USE_STEP_MS),
        told.groups_url,
        told.group_sets_url,
        soonest(this.config.courseSync, now),
      ],
    );
    return row?.id;
  }

  private async writeLink(courseId: string, resourceLinkId: string, told: Told): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO nest_lti.resource_link AS known (course_id, resource_link_id, title, line_item_url, created_at,
         updated_at)
       VALUES ($1, $2, $3, $4, $5, $5)
       ON CONFLICT (course_id, resource_link_id) DO UPDATE SET
         title = coalesce(excluded.title, known.title),
         line_item_url = coalesce(excluded.line_item_url, known.line_item_url),
         updated_at = excluded.updated_at
       WHERE excluded.title <> coalesce(known.title, '')
         OR excluded.line_item_url <> coalesce(known.line_item_url, '')`,
      [courseId, resourceLinkId, told.link_title, told.line_item_url, this.clock.now()],
    );
  }
}
