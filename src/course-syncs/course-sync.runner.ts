import { Injectable } from '@nestjs/common';
import { type Course } from '../courses/course.entity.js';
import { CourseScheduleService } from '../courses/course-schedule.service.js';
import { NotFound } from '../common/reactions.errors.js';
import { courseErrors } from '../courses/course.errors.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { MembershipsRefused } from '../lti-services/memberships/memberships.errors.js';
import { CourseGradebookSyncService } from './course-gradebook-sync.service.js';
import { CourseGroupSyncService, hasGroups } from './course-group-sync.service.js';
import { CourseRosterSyncService } from './course-roster-sync.service.js';
import {
  type ReadRosterEnd,
  type RequestTally,
  type SyncReading,
  type WaitListener,
} from './sync-reading.js';
import { type RosterEnd, type SyncRun } from '../courses/sync-run.entity.js';
import { type StartedRun } from './started-run.js';
import { type SyncEnd, SyncRunRepository } from './sync-run.repository.js';

const NOTHING_TO_READ: RosterEnd = { status: 'completed', unchanged: 0 };

/** How the reading of a course ended. */
export interface ReadEnd extends SyncEnd {
  /** The run has ended with the statement that found the course unchanged. */
  isEnded?: boolean;
}

/** Reads a course's roster, then its groups, line items and results, which cannot change the outcome of the roster. */
@Injectable()
export class CourseSyncRunner {
  constructor(
    private readonly runs: SyncRunRepository,
    private readonly registrations: RegistrationService,
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
  async read(
    started: StartedRun,
    signal: AbortSignal,
    tally: RequestTally,
    onWait: WaitListener,
  ): Promise<ReadEnd> {
    const course = await this.courseOf(started);
    try {
      const read = await this.readCourse(course, started.run, signal, tally, onWait);
      const { isCourseGone = false, ...end } = read;
      // A run that has ended has stored that the course was found.
      if (end.isEnded !== true)
        await (isCourseGone ? this.schedule.noteGone(course) : this.schedule.noteFound(course));
      return end;
    } catch (error) {
      if (error instanceof MembershipsRefused && error.isCourseGone) await this.schedule.noteGone(course);
      throw error;
    }
  }

  private async courseOf({ run, course, registrationVersion }: StartedRun): Promise<Course> {
    if (course === undefined || registrationVersion === undefined) throw courseErrors.notFound(run.courseId);
    try {
      const { registrationId } = course;
      const registration = await this.registrations.recallVersion(registrationId, registrationVersion);
      return { ...course, registration };
    } catch (error) {
      // It was deleted after the statement that started the run: the run is cancelled, and has not failed.
      if (!(error instanceof NotFound)) throw error;
      throw courseErrors.notFound(run.courseId);
    }
  }

  private async readCourse(
    course: Course,
    run: SyncRun,
    signal: AbortSignal,
    tally: RequestTally,
    onWait: WaitListener,
  ): Promise<ReadEnd & { isCourseGone?: boolean }> {
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
    const isRosterAll = lineItemsUrl === null && !readsGroups;
    const { end: roster, isStored } = await this.readRoster(reading, isRosterAll);
    if (isRosterAll) return { ...roster, isEnded: isStored && run.rosterEnd === null };
    if (!isStored) await this.runs.noteRoster(run, roster);
    const groups = readsGroups ? await this.groups.read(reading) : {};
    const { hasNoLineItems = false, ...gradebook } =
      lineItemsUrl === null ? {} : await this.gradebook.read(reading, lineItemsUrl);
    // A roster that could be read shows that the course is there.
    const isCourseGone = membershipsUrl === null && hasNoLineItems;
    return { ...roster, ...groups, ...gradebook, isCourseGone };
  }

  private async readRoster(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd> {
    const { run, course } = reading;
    if (run.rosterEnd !== null) return { end: run.rosterEnd, isStored: true };
    if (course.membershipsUrl === null) return { end: NOTHING_TO_READ, isStored: false };
    return this.roster.read(reading, isAll);
  }
}
