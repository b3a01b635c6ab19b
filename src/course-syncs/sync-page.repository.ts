import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type RosterChanges } from '../courses/course-roster.service.js';
import { columnsOf, type MemberRow } from '../courses/member-row.js';
import { type SyncRun } from '../courses/sync-run.entity.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { SyncRunTakenOver } from './course-sync.errors.js';
import {
  COMPARE_LINE_ITEMS,
  COMPARE_RESULTS,
  type ComparedGradebookPage,
  type GradebookPage,
  type GradebookPageAnswer,
} from './gradebook-page.js';
import {
  COMPARE_PAGE,
  type ComparedPage,
  type StoredMember,
  WRITE_PAGE,
  type WrittenPage,
} from './roster-page.js';

/** Compares the pages of rosters and gradebooks with what is stored, and writes members, each with the counts of the run in one statement. */
@Injectable()
export class SyncPageRepository {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly outbox: EventOutbox,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Compares the members of a page with those that are stored. Counts the page and the token requests if no member has changed; otherwise
   * `writeMembers` has to count them.
   *
   * @param repeated the ids of its members that were on an earlier page
   * @throws SyncRunTakenOver
   */
  async compareMembers(
    run: SyncRun,
    members: readonly Pick<MemberRow, 'user_id' | 'fingerprint'>[],
    repeated: readonly string[],
    tokenRequests: number,
  ): Promise<ComparedPage> {
    const [answer] = await this.dataSource.query<
      { isRunning: boolean; changed: number[]; stored: StoredMember[] }[]
    >(COMPARE_PAGE, [
      ...[run.id, run.attempt, run.courseId, members.map((row) => row.user_id)],
      ...[members.map((row) => row.fingerprint), repeated, tokenRequests],
    ]);
    if (answer?.isRunning !== true) throw new SyncRunTakenOver(run.id);
    const { changed, stored } = answer;
    if (changed.length === 0) {
      run.pages += 1;
      run.tokenRequests += tokenRequests;
    }
    return {
      changed: new Set(changed),
      stored: new Map(
        stored.map(({ userId, groupIds, ...row }) => [
          userId,
          { ...row, ...(groupIds !== null && { groupIds }) },
        ]),
      ),
    };
  }

  /**
   * Writes members of a roster, counts them and stores their events, in one statement.
   *
   * @throws SyncRunTakenOver
   */
  async writeMembers(
    run: SyncRun,
    { rows, pages }: WrittenPage,
    tokenRequests: number,
  ): Promise<RosterChanges> {
    const { id: syncRunId, courseId, registrationId } = run;
    const data = { courseId, syncRunId, userIds: [] };
    const events = (['added', 'updated'] as const).map((change): NewEvent => ({
      type: `lti.membership.${change}`,
      registrationId,
      data,
    }));
    const [answer] = await this.dataSource.query<(RosterChanges & { isRunning: boolean })[]>(WRITE_PAGE, [
      ...[run.id, run.attempt, courseId, this.clock.now(), pages, tokenRequests],
      ...[this.outbox.parameterOf(events), ...columnsOf(rows)],
    ]);
    if (answer?.isRunning !== true) throw new SyncRunTakenOver(run.id);
    const { added, updated } = answer;
    run.pages += pages;
    run.added += added.length;
    run.updated += updated.length;
    run.tokenRequests += tokenRequests;
    return { added, updated };
  }

  /**
   * Counts a page of line items, and compares it with those that are stored.
   *
   * @throws SyncRunTakenOver
   */
  async compareLineItems(
    run: SyncRun,
    page: GradebookPage,
    tokenRequests: number,
  ): Promise<ComparedGradebookPage> {
    const compared = await this.compareGradebook(COMPARE_LINE_ITEMS, run, page, tokenRequests);
    run.lineItems += page.count;
    return compared;
  }

  /**
   * Counts a page of the results of one line item, and compares it with those that are stored.
   *
   * @throws SyncRunTakenOver
   */
  async compareResults(
    run: SyncRun,
    lineItemKey: string,
    page: GradebookPage,
    tokenRequests: number,
  ): Promise<ComparedGradebookPage> {
    const compared = await this.compareGradebook(COMPARE_RESULTS, run, page, tokenRequests, lineItemKey);
    run.results += page.count;
    return compared;
  }

  private async compareGradebook(
    sql: string,
    run: SyncRun,
    { ids, fingerprints, others, count }: GradebookPage,
    tokenRequests: number,
    ...list: string[]
  ): Promise<ComparedGradebookPage> {
    const [answer] = await this.dataSource.query<GradebookPageAnswer[]>(sql, [
      ...[run.id, run.attempt, run.courseId, ids, fingerprints],
      ...[others ?? null, count, tokenRequests, ...list],
    ]);
    if (answer?.isRunning !== true) throw new SyncRunTakenOver(run.id);
    run.tokenRequests += tokenRequests;
    const { stored, missing, isMarked, changed } = answer;
    return {
      changed: new Set(changed),
      comparison: others === undefined ? undefined : { stored, missing, isMarked },
    };
  }
}
