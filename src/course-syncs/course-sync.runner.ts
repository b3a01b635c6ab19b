import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiEvents } from '../common/lti-events.js';
import { CourseRoster, type RosterChanges } from '../courses/course-roster.service.js';
import { CourseService } from '../courses/course.service.js';
import { storable } from '../courses/member-row.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type Member, type MembershipPage } from '../lti-services/memberships/member.js';
import {
  MembershipsRefused,
  MembershipsUnavailable,
  MembershipsUnreadable,
} from '../lti-services/memberships/memberships.errors.js';
import {
  ForeignNextLink,
  PageLoop,
  TooManyPages,
  UnreadableNextLink,
} from '../lti-services/paging/paging.errors.js';
import { MembershipsService } from '../lti-services/memberships/memberships.service.js';
import { OAuthService } from '../oauth/oauth.service.js';
import { CourseGradebookSync } from './course-gradebook-sync.service.js';
import { mayRemove, suspicionOf } from './removal-verdict.js';
import { type RequestTally, type SyncReading } from './sync-reading.js';
import { type RosterEnd, type SyncRun } from './sync-run.entity.js';
import { type SyncEnd, SyncRuns } from './sync-run.repository.js';

const PAGE_LIMIT = 500;
/** A platform that pages in fifties (Canvas) has room for 100,000 members in it. */
const MAX_PAGES = 2000;
const REMOVED_AT_ONCE = 1000;
/** Differences alone are trusted this long. */
const FULL_READ_EVERY_MS = 7 * 86_400_000;

const NOTHING_TO_READ: RosterEnd = { status: 'completed', unchanged: 0 };

/** What can be the fault of a differences link alone. That it cannot be reached is the platform's. */
const DIFFERENCES_FAULTS = [
  ForeignNextLink,
  MembershipsRefused,
  MembershipsUnavailable,
  MembershipsUnreadable,
  PageLoop,
  TooManyPages,
  UnreadableNextLink,
];

/**
 * Reads a course's roster into its members: page by page, and nobody is removed before the last page has arrived. Then its
 * grades, which cannot undo that.
 */
@Injectable()
export class CourseSyncRunner {
  private readonly logger = new Logger(CourseSyncRunner.name);

  constructor(
    private readonly runs: SyncRuns,
    private readonly courses: CourseService,
    private readonly roster: CourseRoster,
    private readonly memberships: MembershipsService,
    private readonly gradebook: CourseGradebookSync,
    private readonly oauth: OAuthService,
    private readonly events: LtiEvents,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @throws CourseNotFound when the course or its registration was deleted
   * @throws SyncRunTakenOver, and the signal's reason when that aborts
   * @throws LtiError of the token, the platform or the roster: the run's reason to wait or to fail
   */
  async read(run: SyncRun, signal: AbortSignal, tally: RequestTally): Promise<SyncEnd> {
    const course = await this.courses.get(run.courseId);
    const { membershipsUrl, lineItemsUrl } = course;
    // The platform offers this tool neither service: there is nothing to be read, and no token to be asked for.
    if (membershipsUrl === null && lineItemsUrl === null) return NOTHING_TO_READ;
    const endpoints = { memberships: membershipsUrl ?? undefined };
    const client = await this.oauth.authenticate(course.registration, endpoints, {
      onTokenRequest: tally.count,
      signal,
      refusedCall: run.refusedCall ?? undefined,
    });
    const reading: SyncReading = { run, course, client, signal, tally };
    const roster =
      run.rosterEnd ?? (membershipsUrl === null ? NOTHING_TO_READ : await this.readRoster(reading));
    if (lineItemsUrl === null) return roster;
    if (run.rosterEnd === null) await this.runs.noteRoster(run, roster);
    return { ...roster, ...(await this.gradebook.read(reading, lineItemsUrl)) };
  }

  private async readRoster(reading: SyncReading): Promise<RosterEnd> {
    return (await this.readDifferences(reading)) ?? (await this.readWhole(reading));
  }

  private async readWhole(reading: SyncReading): Promise<RosterEnd> {
    const { run, course, client, signal } = reading;
    const seen = new Set<string>();
    let differencesUrl: string | undefined;
    for await (const page of this.memberships.stream(client, {
      limit: PAGE_LIMIT,
      maxPages: MAX_PAGES,
      signal,
    })) {
      await this.write(reading, page.members);
      for (const { userId, status } of page.members) if (status !== 'Deleted') seen.add(storable(userId));
      differencesUrl = page.differencesUrl;
      signal.throwIfAborted();
    }
    const missing = await this.roster.missing(course.id, seen);
    const { added, updated } = await this.runs.get(run.id);
    const unchanged = Math.max(0, seen.size - added - updated);
    const counted = { seen: seen.size, added, missing };
    if (!mayRemove(counted)) {
      // An empty roster is no word about anybody: the next reading must not take it for a first one.
      if (seen.size > 0) await this.step(reading, { suspected: missing.map(({ userId }) => userId) });
      await this.courses.noteSync(course, { differencesUrl: null });
      return {
        status: 'suspicious',
        unchanged,
        errorCode: 'roster_suspicious',
        message: suspicionOf(counted),
      };
    }
    await this.remove(
      reading,
      missing.map(({ userId }) => userId),
    );
    await this.step(reading, { suspected: [] });
    await this.courses.noteSync(course, {
      // Somebody missing may only have slipped between two pages, and then no difference would ever bring him back.
      differencesUrl: missing.length === 0 ? (differencesUrl ?? null) : null,
      fullReadAt: this.clock.now(),
    });
    return { status: 'completed', unchanged };
  }

  /** What has changed since the last reading; undefined when the whole roster has to be read. */
  private async readDifferences(reading: SyncReading): Promise<RosterEnd | undefined> {
    const { course, client, signal } = reading;
    const { differencesUrl: from, fullReadAt } = course;
    const now = this.clock.now().getTime();
    if (from === null || fullReadAt === null || now - fullReadAt.getTime() >= FULL_READ_EVERY_MS)
      return undefined;

    const removed = new Set<string>();
    let differencesUrl: string | undefined;
    try {
      for await (const page of this.memberships.stream(client, { from, maxPages: MAX_PAGES, signal })) {
        await this.write(reading, page.members);
        noteRemoved(removed, page);
        differencesUrl = page.differencesUrl;
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!DIFFERENCES_FAULTS.some((fault) => error instanceof fault)) throw error;
      this.logger.warn(
        `Course ${course.id}: its differences link failed, the whole roster is read. ${String(error)}`,
      );
      return undefined;
    }
    const members = await this.roster.count(course.id);
    const missing = [...removed].map((userId) => ({ userId, confirmed: false }));
    if (!mayRemove({ seen: members - missing.length, added: 0, missing })) return undefined;
    await this.remove(reading, [...removed]);
    await this.courses.noteSync(course, { differencesUrl: differencesUrl ?? null });
    const { added, updated, removed: gone } = await this.runs.get(reading.run.id);
    return { status: 'completed', unchanged: Math.max(0, members - gone - added - updated) };
  }

  /** One page, in one transaction with the run's counts. */
  private async write(reading: SyncReading, members: readonly Member[]): Promise<void> {
    const present = members.filter(({ status }) => status !== 'Deleted');
    const { added, updated } = await this.step(reading, { present });
    this.publish('lti.membership.added', reading, added);
    this.publish('lti.membership.updated', reading, updated);
  }

  private async remove(reading: SyncReading, userIds: readonly string[]): Promise<void> {
    for (let from = 0; from < userIds.length; from += REMOVED_AT_ONCE) {
      const { removed } = await this.step(reading, { gone: userIds.slice(from, from + REMOVED_AT_ONCE) });
      this.publish('lti.membership.removed', reading, removed);
    }
  }

  /** Rows and counts in one transaction that only this start of the run can commit. */
  private step(reading: SyncReading, change: RosterStep): Promise<RosterChanges & { removed: string[] }> {
    const { run, course, tally } = reading;
    return this.dataSource.transaction(async (manager) => {
      const changes = await this.apply(manager, course.id, change);
      await this.runs.advance(manager, run, {
        pages: change.present === undefined ? 0 : 1,
        added: changes.added.length,
        updated: changes.updated.length,
        removed: changes.removed.length,
        tokenRequests: tally.take(),
      });
      return changes;
    });
  }

  private async apply(
    manager: EntityManager,
    courseId: string,
    { present, gone, suspected }: RosterStep,
  ): Promise<RosterChanges & { removed: string[] }> {
    const changes = present === undefined ? unchanged : await this.roster.upsert(manager, courseId, present);
    const removed = gone === undefined ? [] : await this.roster.remove(manager, courseId, gone);
    if (suspected !== undefined) await this.roster.markMissing(manager, courseId, suspected);
    return { ...changes, removed };
  }

  private publish(
    name: 'lti.membership.added' | 'lti.membership.updated' | 'lti.membership.removed',
    { run, course }: SyncReading,
    userIds: string[],
  ): void {
    if (userIds.length > 0) this.events.publish(name, { courseId: course.id, syncRunId: run.id, userIds });
  }
}

/** What one transaction does to a roster. */
interface RosterStep {
  present?: readonly Member[];
  gone?: readonly string[];
  suspected?: readonly string[];
}

const unchanged: RosterChanges = { added: [], updated: [] };

/** The last word on a member counts: one who left and came back stays. */
function noteRemoved(removed: Set<string>, { members }: MembershipPage): void {
  for (const { userId, status } of members) {
    if (status === 'Deleted') removed.add(storable(userId));
    else removed.delete(storable(userId));
  }
}
