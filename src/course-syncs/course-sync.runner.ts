import { Injectable } from '@nestjs/common';
import { type Course } from '../courses/course.entity.js';
import { CourseScheduleService } from '../courses/course-schedule.service.js';
import { CourseService } from '../courses/course.service.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { MembershipsRefused } from '../lti-services/memberships/memberships.errors.js';
import { CourseGradebookSyncService } from './course-gradebook-sync.service.js';
import { CourseGroupSyncService, hasGroups } from './course-group-sync.service.js';
import { CourseRosterSyncService } from './course-roster-sync.service.js';
import { type RequestTally, type SyncReading, type WaitListener } from './sync-reading.js';
import { type RosterEnd, type SyncRun } from '../courses/sync-run.entity.js';
import { type SyncEnd, SyncRunRepository } from './sync-run.repository.js';

const NOTHING_TO_READ: RosterEnd = { status: 'completed', unchanged: 0 };

/** Reads a course's roster, then its groups, line items and results, which cannot change the outcome of the roster. */
@Injectable()
export class CourseSyncRunner {
  constructor(
    private readonly runs: SyncRunRepository,
    private readonly courses: CourseService,
    private readonly schedule: CourseScheduleService,
    private readonly roster: CourseRosterSyncService,
    private readonly groups: CourseGroupSyncService,
    private readonly gradebook: CourseGradebookSyncService,
    private readonly oauth: OAuthService,
  ) {}

  /**
   * @throws {NotFound} `course_not_found`: when the course or its registration was deleted
   * @throws SyncRunTakenOver, and the signal's reason when that aborts
   * @throws LtiError of the token, the platform or the roster: the run's reason to wait or to fail
   */
  async read(run: SyncRun, signal: AbortSignal, tally: RequestTally, onWait: WaitListener): Promise<SyncEnd> {
    const course = await this.courses.get(run.courseId);
    try {
      const { isCourseGone = false, ...end } = await this.readCourse(course, run, signal, tally, onWait);
      await (isCourseGone ? this.schedule.noteGone(course) : this.schedule.noteFound(course));
      return end;
    } catch (error) {
      if (error instanceof MembershipsRefused && error.isCourseGone) await this.schedule.noteGone(course);
      throw error;
    }
  }

  private async readCourse(
    course: Course,
    run: SyncRun,
    signal: AbortSignal,
    tally: RequestTally,
    onWait: WaitListener,
  ): Promise<SyncEnd & { isCourseGone?: boolean }> {
    const { membershipsUrl, lineItemsUrl } = course;
    // The platform offers no service to this tool, so no token is requested.
    const readsGroups = hasGroups(course);
    if (membershipsUrl === null && lineItemsUrl === null && !readsGroups) return NOTHING_TO_READ;
    const endpoints = { memberships: membershipsUrl ?? undefined, deploymentId: course.deploymentId };
    const client = await this.oauth.authenticate(course.registration, endpoints, {
      onTokenRequest: tally.count,
      onWait,
      signal,
      refusedCall: run.refusedCall ?? undefined,
    });
    const reading: SyncReading = { run, course, client, signal, tally, onWait };
    const roster =
      run.rosterEnd ?? (membershipsUrl === null ? NOTHING_TO_READ : await this.roster.read(reading));
    if (lineItemsUrl === null && !readsGroups) return roster;
    if (run.rosterEnd === null) await this.runs.noteRoster(run, roster);
    const groups = readsGroups ? await this.groups.read(reading) : {};
    const { hasNoLineItems = false, ...gradebook } =
      lineItemsUrl === null ? {} : await this.gradebook.read(reading, lineItemsUrl);
    // A roster that could be read shows that the course is there.
    const isCourseGone = membershipsUrl === null && hasNoLineItems;
    return { ...roster, ...groups, ...gradebook, isCourseGone };
  }
}
