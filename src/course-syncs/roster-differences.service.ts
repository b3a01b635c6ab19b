import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { LtiError } from '../common/lti-error.js';
import { CourseRosterService } from '../courses/course-roster.service.js';
import { CourseService } from '../courses/course.service.js';
import { MembershipsService } from '../lti-services/memberships/memberships.service.js';
import { hasGroups } from './course-group-sync.service.js';
import { removalVerdict } from './removal-verdict.js';
import { RosterList } from './roster-list.js';
import { RosterWriterService } from './roster-writer.service.js';
import {
  MAX_ROSTER_PAGES,
  type ReadRosterEnd,
  stillToStore,
  type SyncReading,
  unchangedEnd,
} from './sync-reading.js';

/** How often the whole roster is read if the platform offers differences. */
const FULL_READ_EVERY_MS = 7 * 86_400_000;

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

/** Reads the changes of a roster since the last reading, by the differences link of the platform. */
@Injectable()
export class RosterDifferencesService {
  private readonly logger = new Logger(RosterDifferencesService.name);

  constructor(
    private readonly courses: CourseService,
    private readonly roster: CourseRosterService,
    private readonly memberships: MembershipsService,
    private readonly writer: RosterWriterService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * @param isAll whether nothing else of the course is read: then an unchanged roster ends the run
   * @returns undefined when the whole roster has to be read
   */
  async read(reading: SyncReading, isAll: boolean): Promise<ReadRosterEnd | undefined> {
    const { course, client, signal } = reading;
    const { differencesUrl: from, fullReadAt } = course;
    if (from === null || fullReadAt === null) return undefined;
    // NRPS 2.0 does not say that a member with other groups has changed.
    if (hasGroups(course)) return undefined;
    if (this.clock.nowMs() - fullReadAt.getTime() >= FULL_READ_EVERY_MS) return undefined;

    const list = new RosterList();
    try {
      for await (const page of this.memberships.stream(client, {
        from,
        maxPages: MAX_ROSTER_PAGES,
        signal,
      })) {
        if (page.isLast && page.number === 1) {
          const same = await this.writer.endUnchanged(reading, page, { isWhole: false, isEnd: isAll });
          if (same !== undefined) return unchangedEnd(same);
        }
        await this.writer.write(reading, list.take(page.members, new Map()), 1);
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
    await this.writer.remove(reading, deleted);
    await this.courses.noteSync(course, { differencesUrl: list.differencesUrl ?? null });
    const { added, updated, removed: gone } = reading.run;
    return stillToStore({
      status: 'completed',
      unchanged: Math.max(0, members - gone - added - updated),
    });
  }
}
