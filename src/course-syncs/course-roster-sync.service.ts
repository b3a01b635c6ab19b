import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiEvents } from '../common/lti-events.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { CourseRosterService, type MissingMember } from '../courses/course-roster.service.js';
import { CourseService } from '../courses/course.service.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { memberRow, type MemberRow } from '../courses/member-row.js';
import { type Member, type MembershipPage } from '../lti-services/memberships/member.js';
import { MembershipsService } from '../lti-services/memberships/memberships.service.js';
import { PlatformTimeout } from '../platform-http/platform-http.errors.js';
import { hasGroups } from './course-group-sync.service.js';
import { removalVerdict, type RosterReading, suspicionOf } from './removal-verdict.js';
import { RosterList } from './roster-list.js';
import { LtiError } from '../common/lti-error.js';
import { type SyncReading } from './sync-reading.js';
import { type RosterEnd, type SyncRun } from '../courses/sync-run.entity.js';
import { SyncRunRepository } from './sync-run.repository.js';
import { type ReadRoster } from './unchanged-roster.js';

const PAGE_LIMIT = 500;
/** Enough for 100,000 members at a platform with pages of 50 (Canvas). */
const MAX_PAGES = 2000;
const WRITTEN_AT_ONCE = 1000;
/** How often the whole roster is read if the platform offers differences. */
const FULL_READ_EVERY_MS = 7 * 86_400_000;
/** How long after a suspicious reading a scheduled one can confirm it. */
const CONFIRMED_AFTER_MS = 24 * 3_600_000;
/** Complete readings in one run. A third is needed for a member that left after its page was read the first time. */
const MAX_READINGS = 3;

/** Errors that may be the fault of the differences link alone. An unreachable platform is not among them. */
const DIFFERENCES_FAULTS = new Set([
  'foreign_next_link',
  'memberships_refused',
  'memberships_unavailable',
  'memberships_unreadable',
  'page_loop',
  'too_many_pages',
  'unreadable_next_link',
]);

/** A stored member that a complete reading lacked, and whether that is confirmed. */
interface JudgedMember {
  userId: string;
  confirmed: boolean;
}

/** How the reading of a roster ended. */
export interface ReadRosterEnd {
  end: RosterEnd;
  /** Whether it is in the row of the run. */
  isStored: boolean;
}

/** Reads a course's roster into its members: page by page, and no member is removed before the last page has arrived. */
@Injectable()
export class CourseRosterSyncService {
  private readonly logger = new Logger(CourseRosterSyncService.name);

  constructor(
    private readonly runs: SyncRunRepository,
    private readonly courses: CourseService,
    private readonly roster: CourseRosterService,
    private readonly memberships: MembershipsService,
    private readonly events: LtiEvents,
    private readonly outbox: EventOutbox,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param isAll whether nothing else of the course is read: then an unchanged roster ends the run
   * @throws SyncRunTakenOver, and the signal's reason when it aborts
   * @throws LtiError of the token, the platform or the roster: the run's reason to wait or to fail
   */
  async read(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd> {
    return (await this.readDifferences(reading, isAll)) ?? (await this.readWhole(reading, isAll));
  }

  private async readWhole(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd> {
    let lackedBefore: ReadonlySet<string> = new Set();
    for (let nth = 1; ; nth += 1) {
      const list = await this.readList(reading, isAll);
      if (list.unchanged !== undefined) return unchangedEnd(list.unchanged);
      const missing = await this.roster.missing(reading.course.id, list.seen);
      const judged = missing.members.map((member) => ({
        userId: member.userId,
        confirmed:
          lackedBefore.has(member.userId) ||
          list.deleted.has(member.userId) ||
          this.isMarkedLongEnough(member, reading),
      }));
      const { added, updated } = reading.run;
      const { isOneAnswer } = list;
      const counted: RosterReading = { seen: list.seen.size, added, missing: judged, isOneAnswer };
      const unchanged = Math.max(0, list.seen.size - added - updated);
      const verdict = removalVerdict(counted);
      if (verdict === 'none')
        return stillToStore(await this.endSuspicious(reading, counted, judged, unchanged));
      const hasMarks = missing.isMarked;
      if (verdict === 'all') {
        const judgement = { unchanged, gone: judged, lacking: [], hasMarks };
        return stillToStore(await this.endComplete(reading, list, judgement));
      }
      const lacking = judged.filter(({ confirmed }) => !confirmed);
      if (nth === MAX_READINGS) {
        const gone = judged.filter(({ confirmed }) => confirmed);
        return stillToStore(await this.endComplete(reading, list, { unchanged, gone, lacking, hasMarks }));
      }
      this.logger.debug(
        `Course ${reading.course.id}: ${lacking.length} members are missing from a roster of several pages. The roster is read again.`,
      );
      lackedBefore = new Set(judged.map(({ userId }) => userId));
    }
  }

  /** In a run that an operator started, a member that any earlier reading lacked counts as confirmed. */
  private isMarkedLongEnough({ missingSince }: MissingMember, { run }: SyncReading): boolean {
    if (missingSince === null) return false;
    return run.trigger === 'request' || this.clock.nowMs() - missingSince.getTime() >= CONFIRMED_AFTER_MS;
  }

  private async endSuspicious(
    reading: SyncReading,
    counted: RosterReading,
    missing: readonly JudgedMember[],
    unchanged: number,
  ): Promise<RosterEnd> {
    // An empty roster shows nothing about any member, so it does not count as the first of two readings.
    if (counted.seen > 0) await this.step(reading, { lacking: missing.map(({ userId }) => userId) });
    await this.courses.noteSync(reading.course, { differencesUrl: null });
    return {
      status: 'suspicious',
      unchanged,
      errorCode: 'roster_suspicious',
      message: suspicionOf(counted),
    };
  }

  private async endComplete(
    reading: SyncReading,
    { differencesUrl }: RosterList,
    {
      unchanged,
      gone,
      lacking,
      hasMarks,
    }: {
      unchanged: number;
      gone: readonly JudgedMember[];
      lacking: readonly JudgedMember[];
      /** Whether an earlier reading has marked members that it lacked. */
      hasMarks: boolean;
    },
  ): Promise<RosterEnd> {
    await this.remove(
      reading,
      gone.map(({ userId }) => userId),
    );
    if (hasMarks || lacking.length > 0) {
      await this.step(reading, { lacking: lacking.map(({ userId }) => userId) });
    }
    await this.courses.noteSync(reading.course, {
      // A missing member may have been hidden at a page boundary, and differences would never show it again.
      differencesUrl: gone.length + lacking.length === 0 ? (differencesUrl ?? null) : null,
      fullReadAt: this.clock.now(),
    });
    return { status: 'completed', unchanged };
  }

  /**
   * Requests the whole roster of Moodle in one answer, because Moodle pages by offset over the live list. If the roster is too
   * large or too slow for one answer, it is read page by page.
   */
  private async readList(reading: SyncReading, isAll: boolean): Promise<RosterList> {
    if (reading.course.registration.platformFamily !== 'moodle') {
      return this.readPages(reading, PAGE_LIMIT, isAll);
    }
    try {
      return await this.readPages(reading, undefined, isAll);
    } catch (error) {
      if (!(error instanceof LtiError)) throw error;
      const isTooLarge = error.code === 'platform_response_too_large';
      if (!isTooLarge && !(error instanceof PlatformTimeout && error.phase !== 'connect')) throw error;
      this.logger.warn(
        `Course ${reading.course.id}: the roster did not come in one answer and is read page by page. ${error.message}`,
      );
      return this.readPages(reading, PAGE_LIMIT, isAll);
    }
  }

  private async readPages(
    reading: SyncReading,
    limit: number | undefined,
    isAll: boolean,
  ): Promise<RosterList> {
    const { course, client, signal } = reading;
    const list = new RosterList();
    const bounds = { maxPages: MAX_PAGES, signal, withGroups: hasGroups(course) };
    const options = limit === undefined ? bounds : { ...bounds, limit };
    for await (const page of this.memberships.stream(client, options)) {
      const { members, number, isLast } = page;
      list.isOneAnswer = isLast && number === 1;
      if (list.isOneAnswer) {
        list.unchanged = await this.endUnchanged(reading, page, { isWhole: true, isEnd: isAll });
        if (list.unchanged !== undefined) return list;
      }
      if (list.isOneAnswer) await this.write(reading, list.take(members, new Map()), 1);
      else await this.writeChanged(reading, list, members);
      list.differencesUrl = page.differencesUrl;
      signal.throwIfAborted();
    }
    const postponed = list.takePostponed();
    for (let from = 0; from < postponed.length; from += WRITTEN_AT_ONCE) {
      await this.write(reading, postponed.slice(from, from + WRITTEN_AT_ONCE), 0);
    }
    return list;
  }

  /** The changes since the last reading; undefined when the whole roster has to be read. */
  private async readDifferences(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd | undefined> {
    const { course, client, signal } = reading;
    const { differencesUrl: from, fullReadAt } = course;
    if (from === null || fullReadAt === null) return undefined;
    // NRPS 2.0 does not say that a member with other groups has changed.
    if (hasGroups(course)) return undefined;
    if (this.clock.nowMs() - fullReadAt.getTime() >= FULL_READ_EVERY_MS) return undefined;

    const list = new RosterList();
    try {
      for await (const page of this.memberships.stream(client, { from, maxPages: MAX_PAGES, signal })) {
        if (page.isLast && page.number === 1) {
          const same = await this.endUnchanged(reading, page, { isWhole: false, isEnd: isAll });
          if (same !== undefined) return unchangedEnd(same);
        }
        await this.write(reading, list.take(page.members, new Map()), 1);
        list.differencesUrl = page.differencesUrl;
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!(error instanceof LtiError && DIFFERENCES_FAULTS.has(error.code))) throw error;
      this.logger.warn(
        `Course ${course.id}: the differences link failed, so the whole roster is read. ${error.message}`,
      );
      return undefined;
    }
    const deleted = [...list.deleted];
    const members = await this.roster.count(course.id);
    const missing = deleted.map(() => ({ confirmed: false }));
    const seen = members - missing.length;
    if (removalVerdict({ seen, added: 0, missing, isOneAnswer: true }) === 'none') return undefined;
    await this.remove(reading, deleted);
    await this.courses.noteSync(course, { differencesUrl: list.differencesUrl ?? null });
    const { added, updated, removed: gone } = reading.run;
    return stillToStore({
      status: 'completed',
      unchanged: Math.max(0, members - gone - added - updated),
    });
  }

  /** Ends the reading of a roster of one answer if no member has changed: see `SyncRunRepository.endUnchanged`. */
  private async endUnchanged(
    { run, course, tally }: SyncReading,
    { members, differencesUrl }: MembershipPage,
    kind: Pick<ReadRoster, 'isWhole' | 'isEnd'>,
  ): Promise<number | undefined> {
    if (members.some(({ status }) => status === 'Deleted')) return undefined;
    const rows = [...new Map(members.map(memberRow).map((row) => [row.user_id, row])).values()];
    const { membershipsUrl } = course;
    const tokenRequests = tally.take();
    const roster = { ...kind, members: rows, membershipsUrl, differencesUrl: differencesUrl ?? null };
    const unchanged = await this.runs.endUnchanged(run, roster, tokenRequests);
    if (unchanged === undefined) tally.giveBack(tokenRequests);
    return unchanged;
  }

  /** Compares a page with the stored members, and writes those that differ. */
  private async writeChanged(
    reading: SyncReading,
    list: RosterList,
    members: readonly Member[],
  ): Promise<void> {
    const gone = members.filter(({ status }) => status === 'Deleted');
    const present = members.filter(({ status }) => status !== 'Deleted');
    const rows = present.map(memberRow);
    const known = new Map(present.map((member, place) => [member, rows[place]]));
    const tokenRequests = reading.tally.take();
    const page = await this.runs.comparePage(reading.run, rows, list.repeated(present), tokenRequests);
    const isCounted = page.changed.size === 0;
    if (!isCounted) reading.tally.giveBack(tokenRequests);
    for (const [place, row] of rows.entries()) if (!page.changed.has(place)) list.see(row.user_id);
    const changed = present.filter((_, place) => page.changed.has(place));
    const taken = list.take([...gone, ...changed], page.stored);
    await this.writeRows(
      reading,
      taken.map((member) => known.get(member) ?? memberRow(member)),
      isCounted ? 0 : 1,
    );
  }

  private write(reading: SyncReading, present: readonly Member[], pages: number): Promise<void> {
    return this.writeRows(reading, present.map(memberRow), pages);
  }

  /** Members in one statement with the run's counts. If a member is listed twice, the last entry counts. */
  private async writeRows(reading: SyncReading, members: readonly MemberRow[], pages: number): Promise<void> {
    if (members.length + pages === 0) return;
    const rows = [...new Map(members.map((row) => [row.user_id, row])).values()];
    const tokenRequests = reading.tally.take();
    const { added, updated } = await this.runs.writePage(reading.run, { rows, pages }, tokenRequests);
    this.publish('lti.membership.added', reading, added);
    this.publish('lti.membership.updated', reading, updated);
  }

  private async remove(reading: SyncReading, userIds: readonly string[]): Promise<void> {
    for (let from = 0; from < userIds.length; from += WRITTEN_AT_ONCE) {
      const removed = await this.step(reading, { gone: userIds.slice(from, from + WRITTEN_AT_ONCE) });
      this.publish('lti.membership.removed', reading, removed);
    }
  }

  /** Writes rows and counts in one transaction, which fails if the run was started again meanwhile. */
  private step(reading: SyncReading, { gone = [], lacking }: RosterStep): Promise<string[]> {
    const { run, course, tally } = reading;
    return this.dataSource.transaction(async (manager) => {
      const removed = gone.length === 0 ? [] : await this.roster.remove(manager, course.id, gone);
      if (lacking !== undefined) await this.roster.markMissing(manager, course.id, lacking);
      await this.runs.advance(manager, run, { removed: removed.length, tokenRequests: tally.take() });
      await this.outbox.append(manager, removalOf(run, removed));
      return removed;
    });
  }

  private publish(
    name: 'lti.membership.added' | 'lti.membership.updated' | 'lti.membership.removed',
    { run, course }: SyncReading,
    userIds: string[],
  ): void {
    if (userIds.length > 0) this.events.publish(name, { courseId: course.id, syncRunId: run.id, userIds });
  }
}

function removalOf({ id: syncRunId, courseId, registrationId }: SyncRun, userIds: string[]): NewEvent[] {
  if (userIds.length === 0) return [];
  return [{ type: 'lti.membership.removed', registrationId, data: { courseId, syncRunId, userIds } }];
}

/** The changes of one transaction to a roster. */
interface RosterStep {
  gone?: readonly string[];
  /** The members that this complete reading lacked, and that are not removed. */
  lacking?: readonly string[];
}

function unchangedEnd(unchangedMembers: number): ReadRosterEnd {
  return { end: { status: 'completed', unchanged: unchangedMembers }, isStored: true };
}

function stillToStore(end: RosterEnd): ReadRosterEnd {
  return { end, isStored: false };
}
