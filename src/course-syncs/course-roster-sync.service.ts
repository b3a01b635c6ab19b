import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CourseRosterService, type MissingMember } from '../courses/course-roster.service.js';
import { CourseService } from '../courses/course.service.js';
import { MembershipsService } from '../lti-services/memberships/memberships.service.js';
import { PlatformTimeout } from '../platform-http/platform-http.errors.js';
import { hasGroups } from './course-group-sync.service.js';
import { readAhead } from './read-ahead.js';
import { removalVerdict, type RosterReading, suspicionOf } from './removal-verdict.js';
import { RosterList } from './roster-list.js';
import { LtiError } from '../common/lti-error.js';
import { RosterDifferencesService } from './roster-differences.service.js';
import { RosterWriterService } from './roster-writer.service.js';
import {
  MAX_ROSTER_PAGES,
  type ReadRosterEnd,
  stillToStore,
  type SyncReading,
  unchangedEnd,
} from './sync-reading.js';
import { type RosterEnd } from '../courses/sync-run.entity.js';

const PAGE_LIMIT = 500;
const WRITTEN_AT_ONCE = 1000;
/** How long after a suspicious reading a scheduled one can confirm it. */
const CONFIRMED_AFTER_MS = 24 * 3_600_000;
/** Complete readings in one run. A third is needed for a member that left after its page was read the first time. */
const MAX_READINGS = 3;

/** A stored member that a complete reading lacked, and whether that is confirmed. */
interface JudgedMember {
  userId: string;
  confirmed: boolean;
}

/** Reads a course's roster into its members: page by page, and no member is removed before the last page has arrived. */
@Injectable()
export class CourseRosterSyncService {
  private readonly logger = new Logger(CourseRosterSyncService.name);

  constructor(
    private readonly courses: CourseService,
    private readonly roster: CourseRosterService,
    private readonly memberships: MembershipsService,
    private readonly differences: RosterDifferencesService,
    private readonly writer: RosterWriterService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param isAll whether nothing else of the course is read: then an unchanged roster ends the run
   * @throws SyncRunTakenOver, and the signal's reason when it aborts
   * @throws LtiError of the token, the platform or the roster: the run's reason to wait or to fail
   */
  async read(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd> {
    return (await this.differences.read(reading, isAll)) ?? (await this.readWhole(reading, isAll));
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
    if (counted.seen > 0)
      await this.writer.markMissing(
        reading,
        missing.map(({ userId }) => userId),
      );
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
    await this.writer.remove(
      reading,
      gone.map(({ userId }) => userId),
    );
    if (hasMarks || lacking.length > 0) {
      await this.writer.markMissing(
        reading,
        lacking.map(({ userId }) => userId),
      );
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
    const bounds = { maxPages: MAX_ROSTER_PAGES, withGroups: hasGroups(course) };
    const options = limit === undefined ? bounds : { ...bounds, limit };
    const read = (until: AbortSignal) => this.memberships.stream(client, { ...options, signal: until });
    for await (const page of readAhead(read, signal)) {
      const { members, number, isLast } = page;
      list.isOneAnswer = isLast && number === 1;
      if (list.isOneAnswer) {
        list.unchanged = await this.writer.endUnchanged(reading, page, { isWhole: true, isEnd: isAll });
        if (list.unchanged !== undefined) return list;
      }
      if (list.isOneAnswer) await this.writer.write(reading, list.take(members, new Map()), 1);
      else await this.writer.writeChanged(reading, list, members);
      list.differencesUrl = page.differencesUrl;
      signal.throwIfAborted();
    }
    const postponed = list.takePostponed();
    for (let from = 0; from < postponed.length; from += WRITTEN_AT_ONCE) {
      await this.writer.write(reading, postponed.slice(from, from + WRITTEN_AT_ONCE), 0);
    }
    return list;
  }
}
