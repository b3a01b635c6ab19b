import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LtiEvents } from '../common/lti-events.js';
import { CourseRosterService } from '../courses/course-roster.service.js';
import { memberRow, type MemberRow } from '../courses/member-row.js';
import { type SyncRun } from '../courses/sync-run.entity.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { type Member, type MembershipPage } from '../lti-services/memberships/member.js';
import { type RosterList } from './roster-list.js';
import { SyncPageRepository } from './sync-page.repository.js';
import { type SyncReading } from './sync-reading.js';
import { SyncRunRepository } from './sync-run.repository.js';
import { type ReadRoster } from './unchanged-roster.js';

const REMOVED_AT_ONCE = 1000;

/** Writes the members that a reading of a roster found or lacked, with the run's counts, and publishes the changes. */
@Injectable()
export class RosterWriterService {
  constructor(
    private readonly runs: SyncRunRepository,
    private readonly pages: SyncPageRepository,
    private readonly roster: CourseRosterService,
    private readonly events: LtiEvents,
    private readonly outbox: EventOutbox,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  /** Ends the reading of a roster of one answer if no member has changed: see `SyncRunRepository.endUnchanged`. */
  async endUnchanged(
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
  async writeChanged(reading: SyncReading, list: RosterList, members: readonly Member[]): Promise<void> {
    const gone = members.filter(({ status }) => status === 'Deleted');
    const present = members.filter(({ status }) => status !== 'Deleted');
    const rows = present.map(memberRow);
    const known = new Map(present.map((member, place) => [member, rows[place]]));
    const tokenRequests = reading.tally.take();
    const page = await this.pages.compareMembers(reading.run, rows, list.repeated(present), tokenRequests);
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

  /** Writes members of a roster, and counts `pages` that they complete. */
  write(reading: SyncReading, present: readonly Member[], pages: number): Promise<void> {
    return this.writeRows(reading, present.map(memberRow), pages);
  }

  /** Members in one statement with the run's counts. If a member is listed twice, the last entry counts. */
  private async writeRows(reading: SyncReading, members: readonly MemberRow[], pages: number): Promise<void> {
    if (members.length + pages === 0) return;
    const rows = [...new Map(members.map((row) => [row.user_id, row])).values()];
    const tokenRequests = reading.tally.take();
    const { added, updated } = await this.pages.writeMembers(reading.run, { rows, pages }, tokenRequests);
    this.publish('lti.membership.added', reading, added);
    this.publish('lti.membership.updated', reading, updated);
  }

  /** Removes members, a portion at a time. */
  async remove(reading: SyncReading, userIds: readonly string[]): Promise<void> {
    for (let from = 0; from < userIds.length; from += REMOVED_AT_ONCE) {
      const removed = await this.step(reading, { gone: userIds.slice(from, from + REMOVED_AT_ONCE) });
      this.publish('lti.membership.removed', reading, removed);
    }
  }

  /**
   * Marks the members that a complete reading lacked, and clears the marks of the others.
   *
   * @throws SyncRunTakenOver
   */
  async markMissing(reading: SyncReading, lacking: readonly string[]): Promise<void> {
    await this.step(reading, { lacking });
  }

  /** Writes rows and counts in one transaction, which fails if the run was started again meanwhile. */
  private step(reading: SyncReading, { gone = [], lacking }: RosterStep): Promise<string[]> {
    const { run, course, tally } = reading;
    return this.dataSource.transaction(async (manager) => {
      // The run before its members, as WRITE_PAGE has it: otherwise a process that was paused, and the one that has taken its run over,
      // could each wait for the other.
      await this.runs.advance(manager, run, { tokenRequests: tally.take() });
      const removed = gone.length === 0 ? [] : await this.roster.remove(manager, course.id, gone);
      if (lacking !== undefined) await this.roster.markMissing(manager, course.id, lacking);
      if (removed.length > 0) await this.runs.advance(manager, run, { removed: removed.length });
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
