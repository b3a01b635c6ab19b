import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { LtiEvents } from '../common/lti-events.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { type ListComparison } from '../courses/list-comparison.js';
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
import { gradebookClient } from './gradebook-client.js';
import { mayRemoveGrades } from './removal-verdict.js';
import { type SyncReading } from './sync-reading.js';
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

/** A stored list, after a complete reading of it. */
interface ReadList {
  comparison: ListComparison;
  /** How many of the stored entries this reading has added. */
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
    let added = 0;
    for (const page of pagesOf(listed, WRITTEN_AT_ONCE)) {
      const written = await this.step(reading, async (manager) => {
        const changed = await this.lineItems.upsert(manager, course.id, page, (id) =>
          keyOfLineItem(client, id),
        );
        return { changed, progress: { gradesWritten: changed.added + changed.updated } };
      });
      added += written.added;
    }
    // An entry without an id may be any stored line item, so no line item is known to be missing.
    if (nameless.length === 0) {
      const comparison = await this.lineItems.compare(course.id, new Set([...idsByKey.keys(), ...skipped]));
      const isBelieved = await this.removeMissing(reading, {
        comparison,
        added,
        mark: (manager, keys) => this.lineItems.markMissing(manager, course.id, keys),
        remove: (keys) => this.removeLineItems(reading, keys),
      });
      if (!isBelieved) notes.suspiciousLineItems(comparison.missing.length, comparison.stored - added);
    }
    await this.step(reading, () =>
      Promise.resolve({ changed: undefined, progress: { lineItems: idsByKey.size } }),
    );
    return [...idsByKey.values()];
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
    const seen = new Set([...listed.map(({ userId }) => userId), ...skipped].map(storable));
    let added = 0;
    for (const page of pagesOf(listed, WRITTEN_AT_ONCE)) {
      const written = await this.step(reading, async (manager) => {
        const changed = await this.results.upsert(manager, lineItem, page);
        const gradesWritten = changed.added.length + changed.updated.length;
        const events = eventsOf('lti.results.updated', reading, lineItemId, [
          ...changed.added,
          ...changed.updated,
        ]);
        return { changed, progress: { gradesWritten, results: page.length }, events };
      });
      added += written.added.length;
      this.publish('lti.results.updated', reading, lineItemId, [...written.added, ...written.updated]);
    }
    // A result without a user may be any stored result, so no result is known to be missing.
    if (nameless.length > 0) return true;
    return this.removeMissing(reading, {
      comparison: await this.results.compare(lineItem, seen),
      added,
      mark: (manager, userIds) => this.results.markMissing(manager, lineItem, userIds),
      remove: (userIds) => this.removeResults(reading, lineItem, lineItemId, userIds),
    });
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
