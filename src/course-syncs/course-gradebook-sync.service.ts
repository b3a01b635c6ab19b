import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { LtiEvents } from '../common/lti-events.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { lineItemRow } from '../courses/line-item-row.js';
import { type ListComparison } from '../courses/list-comparison.js';
import { type ResultRow, resultRow } from '../courses/result-row.js';
import { storable } from '../common/storable-text.js';
import { StoredLineItemService } from '../courses/stored-line-item.service.js';
import { type LineItemIdentity, StoredResultService } from '../courses/stored-result.service.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type UnreadableEntry } from '../lti-services/grades/grade-calls.js';
import { GradeService } from '../lti-services/grades/grade.service.js';
import { keyOfLineItem } from '../lti-services/grades/line-item-urls.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { isListGone, isOfOneList, isRefusal } from './grade-faults.js';
import { GradeNotes } from './grade-notes.js';
import { type ComparedGradebookPage, type GradebookPage } from './gradebook-page.js';
import { gradebookClient } from './gradebook-client.js';
import { mayRemoveGrades } from './removal-verdict.js';
import { type SyncReading } from './sync-reading.js';
import { SyncPageRepository } from './sync-page.repository.js';
import { type SyncEnd, type SyncProgress, SyncRunRepository } from './sync-run.repository.js';

const PAGE_LIMIT = 500;
const WRITTEN_AT_ONCE = 500;
const REMOVED_AT_ONCE = 1000;

/** The changes of a transaction, and what it adds to the run's counts. */
interface Step<T> {
  changed: T;
  progress: SyncProgress;
  events?: readonly NewEvent[];
}

/** Compares the pages of a list with the stored one, and writes what differs. */
interface StoredList<T, Row> {
  rowsOf: (page: readonly T[]) => Row[];
  idOf: (row: Row) => string;
  compare: (page: GradebookPage & { isLast: boolean }) => Promise<ComparedGradebookPage>;
  /** Answers how many of them are new. */
  write: (rows: readonly Row[]) => Promise<number>;
}

/** A stored list, after a complete reading of it. */
interface ReadList {
  comparison: ListComparison;
  /** How many entries of `comparison.stored` this reading has added. */
  added: number;
  mark: (manager: EntityManager, ids: readonly string[]) => Promise<void>;
  /** Removes them, and publishes the event after the commit. */
  remove: (ids: readonly string[]) => Promise<void>;
}

/** Reads a course's line items, then their results. No entry is removed before its list has been read completely. */
@Injectable()
export class CourseGradebookSyncService {
  constructor(
    private readonly runs: SyncRunRepository,
    private readonly pages: SyncPageRepository,
    private readonly oauth: OAuthService,
    private readonly grades: GradeService,
    private readonly lineItems: StoredLineItemService,
    private readonly results: StoredResultService,
    private readonly events: LtiEvents,
    private readonly outbox: EventOutbox,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
  ) {}

  /**
   * If the platform does not let the tool read a list, the run stores the reason and does not fail. `hasNoLineItems`: the
   * platform itself says that there is no such list.
   *
   * @throws SyncRunTakenOver, and the signal's reason when that aborts
   * @throws LtiError of the token or the platform: the run's reason to wait or to fail
   */
  async read(
    reading: SyncReading,
    lineItemsUrl: string,
  ): Promise<Pick<SyncEnd, 'gradesErrorCode' | 'gradesMessage'> & { hasNoLineItems?: boolean }> {
    const notes = new GradeNotes();
    let hasNoLineItems = false;
    try {
      const client = await gradebookClient(this.oauth, reading, lineItemsUrl);
      for (const id of await this.readLineItems(reading, client, notes)) {
        await this.readResultsIfPossible(reading, client, id, notes);
        reading.signal.throwIfAborted();
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      notes.refused(error);
      hasNoLineItems = isListGone(error);
    }
    return { ...notes.end(), hasNoLineItems };
  }

  /** @returns the ids of all line items that could be read */
  private async readLineItems(
    reading: SyncReading,
    client: OAuthClient,
    notes: GradeNotes,
  ): Promise<string[]> {
    const { course, signal } = reading;
    const skipped: string[] = [];
    const nameless: UnreadableEntry[] = [];
    const onUnreadable = (entry: UnreadableEntry): void => {
      notes.unreadEntry('lineItems', entry);
      if (!entry.isSkipped) return;
      if (entry.id === undefined) nameless.push(entry);
      else skipped.push(keyOfLineItem(client, entry.id));
    };
    const listed = await this.grades.lineItems(client, { limit: PAGE_LIMIT, signal, onUnreadable });
    const idsByKey = new Map(listed.map(({ id }) => [keyOfLineItem(client, id), id]));
    // An entry without an id may be any stored line item, so no line item is known to be missing.
    const skippedKeys = nameless.length === 0 ? skipped : undefined;
    const { comparison, added } = await this.readPages(listed, skippedKeys, {
      rowsOf: (page) => page.map((lineItem) => lineItemRow(lineItem, keyOfLineItem(client, lineItem.id))),
      idOf: (row) => row.line_item_key,
      compare: (page) =>
        this.pages.compareLineItems(
          reading.run,
          { ...page, count: page.isLast ? idsByKey.size : 0 },
          reading.tally.take(),
        ),
      write: (rows) =>
        this.step(reading, async (manager) => {
          const changed = await this.lineItems.upsert(manager, course.id, rows);
          return { changed: changed.added, progress: { gradesWritten: changed.added + changed.updated } };
        }),
    });
    if (comparison !== undefined) {
      const isBelieved = await this.removeMissing(reading, {
        comparison,
        added,
        mark: (manager, keys) => this.lineItems.markMissing(manager, course.id, keys),
        remove: (keys) => this.removeLineItems(reading, keys),
      });
      if (!isBelieved) notes.suspiciousLineItems(comparison.missing.length, comparison.stored - added);
    }
    return [...idsByKey.values()];
  }

  /**
   * Compares each page with the stored rows by one statement, and writes the rows that differ. If an id is twice on a page, the last
   * entry counts.
   *
   * @param skipped ids of the entries that could not be read. Undefined: one of them had no id, so the lists are not compared.
   */
  private async readPages<T, Row extends { fingerprint: string }>(
    listed: readonly T[],
    skipped: readonly string[] | undefined,
    list: StoredList<T, Row>,
  ): Promise<{ comparison: ListComparison | undefined; added: number }> {
    const earlier: string[] = [];
    let added = 0;
    for (let from = 0; ; from += WRITTEN_AT_ONCE) {
      const page = listed.slice(from, from + WRITTEN_AT_ONCE);
      const isLast = from + page.length === listed.length;
      const byId = new Map(list.rowsOf(page).map((row) => [list.idOf(row), row]));
      const ids = [...byId.keys()];
      const rows = [...byId.values()];
      const { changed, comparison } = await list.compare({
        ids,
        fingerprints: rows.map(({ fingerprint }) => fingerprint),
        others: isLast && skipped !== undefined ? [...earlier, ...skipped] : undefined,
        count: page.length,
        isLast,
      });
      const differing = rows.filter((_, place) => changed.has(place));
      const inserted = differing.length === 0 ? 0 : await list.write(differing);
      // The rows of the last page are stored after the comparison.
      if (isLast) return { comparison, added };
      added += inserted;
      earlier.push(...ids);
    }
  }

  private async removeLineItems(reading: SyncReading, keys: readonly string[]): Promise<void> {
    const { run, course } = reading;
    const { lineItemIds } = await this.step(reading, async (manager) => {
      const changed = await this.lineItems.remove(manager, course.id, keys);
      const event: NewEvent = {
        type: 'lti.line-items.removed',
        registrationId: run.registrationId,
        data: { courseId: course.id, syncRunId: run.id, lineItemIds: changed.lineItemIds },
      };
      return {
        changed,
        progress: { gradesRemoved: changed.lineItemIds.length + changed.results },
        events: [event],
      };
    });
    this.events.publish('lti.line-items.removed', { courseId: course.id, syncRunId: run.id, lineItemIds });
  }

  /** A list that cannot be read does not prevent the reading of the others. */
  private async readResultsIfPossible(
    reading: SyncReading,
    client: OAuthClient,
    lineItemId: string,
    notes: GradeNotes,
  ): Promise<void> {
    try {
      if (!(await this.readResults(reading, client, lineItemId, notes))) notes.suspiciousResults();
    } catch (error) {
      // A scope is missing for all of them.
      if (error instanceof ScopeMismatch || !isOfOneList(error)) throw error;
      notes.unreadResults(error);
    }
  }

  /** @returns false if the list lacked so many results that they were kept */
  private async readResults(
    reading: SyncReading,
    client: OAuthClient,
    lineItemId: string,
    notes: GradeNotes,
  ): Promise<boolean> {
    const { course, signal } = reading;
    const skipped: string[] = [];
    const nameless: UnreadableEntry[] = [];
    const onUnreadable = (entry: UnreadableEntry): void => {
      notes.unreadEntry('results', entry);
      if (entry.id === undefined) nameless.push(entry);
      else skipped.push(entry.id);
    };
    const listed = await this.grades.results(client, lineItemId, { limit: PAGE_LIMIT, signal, onUnreadable });
    const lineItem = { courseId: course.id, lineItemKey: keyOfLineItem(client, lineItemId) };
    // A result without a user may be any stored result, so no result is known to be missing.
    const skippedIds = nameless.length === 0 ? skipped.map(storable) : undefined;
    const { comparison, added } = await this.readPages(listed, skippedIds, {
      rowsOf: (page) => page.map(resultRow),
      idOf: (row) => row.user_id,
      compare: (page) =>
        this.pages.compareResults(reading.run, lineItem.lineItemKey, page, reading.tally.take()),
      write: (rows) => this.writeResults(reading, lineItem, lineItemId, rows),
    });
    if (comparison === undefined) return true;
    return this.removeMissing(reading, {
      comparison,
      added,
      mark: (manager, userIds) => this.results.markMissing(manager, lineItem, userIds),
      remove: (userIds) => this.removeResults(reading, lineItem, lineItemId, userIds),
    });
  }

  /** @returns how many of them are new */
  private async writeResults(
    reading: SyncReading,
    lineItem: LineItemIdentity,
    lineItemId: string,
    rows: readonly ResultRow[],
  ): Promise<number> {
    const { added, updated } = await this.step(reading, async (manager) => {
      const changed = await this.results.upsert(manager, lineItem, rows);
      const userIds = [...changed.added, ...changed.updated];
      const events = eventsOf('lti.results.updated', reading, lineItemId, userIds);
      return { changed, progress: { gradesWritten: userIds.length }, events };
    });
    this.publish('lti.results.updated', reading, lineItemId, [...added, ...updated]);
    return added.length;
  }

  private async removeResults(
    reading: SyncReading,
    lineItem: LineItemIdentity,
    lineItemId: string,
    userIds: readonly string[],
  ): Promise<void> {
    const removed = await this.step(reading, async (manager) => {
      const changed = await this.results.remove(manager, lineItem, userIds);
      const events = eventsOf('lti.results.removed', reading, lineItemId, changed);
      return { changed, progress: { gradesRemoved: changed.length }, events };
    });
    this.publish('lti.results.removed', reading, lineItemId, removed);
  }

  /** Removes the entries that a complete reading lacked. If they are too many, a second reading must confirm it first. */
  private async removeMissing(reading: SyncReading, list: ReadList): Promise<boolean> {
    const { stored, missing, isMarked } = list.comparison;
    const ids = missing.map(({ id }) => id);
    const isBelieved = mayRemoveGrades({ before: stored - list.added, missing });
    if (isBelieved) {
      for (const portion of pagesOf(ids, REMOVED_AT_ONCE)) await list.remove(portion);
    }
    if (isMarked || !isBelieved) {
      await this.step(reading, async (manager) => {
        await list.mark(manager, isBelieved ? [] : ids);
        return { changed: undefined, progress: {} };
      });
    }
    return isBelieved;
  }

  /** Writes rows and counts in one transaction, which fails if the run was started again meanwhile. */
  private step<T>(
    { run, tally }: SyncReading,
    write: (manager: EntityManager) => Promise<Step<T>>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      const { changed, progress, events = [] } = await write(manager);
      await this.runs.advance(manager, run, { ...progress, tokenRequests: tally.take() });
      await this.outbox.append(manager, events);
      return changed;
    });
  }

  private publish(
    name: 'lti.results.updated' | 'lti.results.removed',
    { run, course }: SyncReading,
    lineItemId: string,
    userIds: string[],
  ): void {
    if (userIds.length === 0) return;
    this.events.publish(name, { courseId: course.id, syncRunId: run.id, lineItemId, userIds });
  }
}

function eventsOf(
  type: 'lti.results.updated' | 'lti.results.removed',
  { run, course }: SyncReading,
  lineItemId: string,
  userIds: string[],
): NewEvent[] {
  if (userIds.length === 0) return [];
  const data = { courseId: course.id, syncRunId: run.id, lineItemId, userIds };
  return [{ type, registrationId: run.registrationId, data }];
}

function* pagesOf<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
