import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type QuietHours } from '../registrations/quiet-hours.js';
import { Course } from './course.entity.js';
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

/** What a use of a course stores with it. */
export interface CourseUse {
  /** The next sync, if the present plan is later than `soonest`. */
  at: Date;
  reason: NextSyncReason;
  soonest: Date;
  /** A use is stored only if the last one is at least as old as this. */
  notedBefore: Date;
}

/** The ids of a course and of its registration. */
export type CourseIdentity = Pick<Course, 'id' | 'registrationId'>;

/** Stores when courses are synced next, as `planSync` decides, and the facts that decide it: uses, and answers that a course is gone. */
@Injectable()
export class CourseScheduleService {
  private readonly logger = new Logger(CourseScheduleService.name);

  constructor(
    @InjectRepository(Course, LTI_DATA_SOURCE) private readonly courses: Repository<Course>,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

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

  /** A person or the application syncs a course now: it is in use, and its next scheduled sync follows from that. */
  manualSync(quietHours: QuietHours | null): CourseUse {
    const now = this.clock.now();
    const facts = { usedAt: now, goneDays: 0, concludedAt: null, quietHours };
    const { at, reason } = planSync(facts, this.config.courseSync, now, Math.random());
    const notedBefore = new Date(now.getTime() - USE_STEP_MS);
    return { at: at ?? now, reason, soonest: soonest(this.config.courseSync, now), notedBefore };
  }

  /** Stores a manual sync that is planned around the quiet hours of the registration. */
  noteManualSync(courseId: string, quietHours: QuietHours): Promise<void> {
    const { at, reason } = this.manualSync(quietHours);
    return this.noteUse(courseId, at, reason);
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

  /** What a new `concludedAt` changes. A course that is archived for its end is due again when that end is taken back. */
  afterConclusion(
    course: Course,
    concludedAt: Date | null,
  ): Partial<Pick<Course, 'nextSyncAt' | 'nextSyncReason'>> {
    const now = this.clock.now();
    const { at, reason } = this.plan(course, now, { concludedAt });
    if (at === null) return { nextSyncAt: null, nextSyncReason: reason };
    return course.nextSyncReason === 'archived_concluded' ? { nextSyncAt: now, nextSyncReason: reason } : {};
  }

  private plan(course: Course, now: Date, news: Partial<CourseFacts> = {}): SyncPlan {
    const { usedAt, goneDays, concludedAt, registration } = course;
    const facts = { usedAt, goneDays, concludedAt, quietHours: registration.quietHours, ...news };
    return planSync(facts, this.config.courseSync, now, Math.random());
  }

  private logArchived(courseId: string, reason: NextSyncReason): void {
    this.logger.log(`Course ${courseId} is not synced any more, until it is used again (${reason}).`);
  }
}
