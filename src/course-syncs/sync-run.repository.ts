import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, LessThanOrEqual, MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { type Page, pageOf } from '../common/page.schema.js';
import { EventOutbox, insertEventsSql, type NewEvent } from '../events/event-outbox.js';
import { AuthenticationUndecided } from '../access-tokens/access-token.errors.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { courseSyncErrors, SyncRunTakenOver } from './course-sync.errors.js';
import { type RosterEnd, SyncRun, unfinishedStatuses } from '../courses/sync-run.entity.js';
import { type RequestedRun, type SyncRunQuery } from '../courses/sync-run.schema.js';

/** The counts that a step adds to a run. */
export type SyncProgress = Partial<
  Pick<
    SyncRun,
    | 'pages'
    | 'added'
    | 'updated'
    | 'removed'
    | 'tokenRequests'
    | 'lineItems'
    | 'results'
    | 'gradesWritten'
    | 'gradesRemoved'
  >
>;

/** How a run ends. */
export interface SyncEnd {
  /** `suspicious`: so many members were missing that none was removed. */
  status: 'completed' | 'suspicious' | 'failed' | 'cancelled';
  /** Members that were as before. */
  unchanged?: number;
  /** The `code` of the error, if the run failed or is suspicious. */
  errorCode?: string;
  /** For the operator. */
  message?: string;
  /** The `code` of the error that kept line items or results from being read. */
  gradesErrorCode?: string;
  /** For the operator. */
  gradesMessage?: string;
  /** The `code` of the error that kept the groups from being read. */
  groupsErrorCode?: string;
  /** For the operator. */
  groupsMessage?: string;
}

const PORTION = 1000;

/**
 * The rows of the sync runs. They are the source of truth; jobs are created from them.
 *
 * @example
 * const { items } = await syncRuns.list({ courseId, status: 'failed', limit: 50, order: 'desc' }, ({ message }) => message);
 */
@Injectable()
export class SyncRunRepository {
  constructor(
    @InjectRepository(SyncRun, LTI_DATA_SOURCE) private readonly runs: Repository<SyncRun>,
    private readonly outbox: EventOutbox,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * One run, finished or not.
   *
   * @throws {NotFound} `sync_run_not_found`
   * @example
   * const { status, added, removed } = await syncRuns.get(id);
   */
  async get(id: string): Promise<SyncRun> {
    const run = await this.runs.findOneBy({ id });
    if (run === null) throw courseSyncErrors.runNotFound(id);
    return run;
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items } = await syncRuns.list({ courseId, limit: 50, order: 'desc' }, ({ id, status }) => ({ id, status }));
   */
  async list<T>(query: SyncRunQuery, view: (run: SyncRun) => T): Promise<Page<T>> {
    const { limit, cursor, order, ...filters } = query;
    const { after, find, page } = idPage({ limit, cursor, order });
    const rows = await this.runs.find({ where: { ...filters, ...after }, ...find });
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /**
   * The unfinished run of each course, or a new one. A partial unique index allows one unfinished run for a course. A course is left
   * out when a run that prevented a new one has ended since. A scheduled run that an operator requests before it starts
   * counts as the operator's: it confirms the members that an earlier reading lacked.
   */
  async ensure(
    manager: EntityManager,
    courses: readonly { id: string; registrationId: string }[],
    trigger: SyncRun['trigger'],
  ): Promise<RequestedRun[]> {
    const requested: RequestedRun[] = [];
    // All processes lock the courses in this order, so two requests for the same courses cannot deadlock.
    const inOrder = courses.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (let from = 0; from < inOrder.length; from += PORTION) {
      const portion = inOrder.slice(from, from + PORTION);
      await manager
        .createQueryBuilder()
        .insert()
        .into(SyncRun)
        .values(portion.map((course) => this.newRun(course, trigger)))
        .orIgnore()
        .execute();
      if (trigger === 'request') {
        const scheduled = { status: 'queued' as const, trigger: 'schedule' as const };
        await manager.update(
          SyncRun,
          { ...scheduled, courseId: In(portion.map(({ id }) => id)) },
          { trigger },
        );
      }
      const unfinished = await manager.find(SyncRun, {
        select: { id: true, courseId: true },
        where: { courseId: In(portion.map(({ id }) => id)), status: In([...unfinishedStatuses]) },
        order: { id: 'ASC' },
      });
      requested.push(...unfinished.map(({ id, courseId }) => ({ id, courseId })));
    }
    return requested;
  }

  /** Starts or restarts a run. Undefined if the run has ended or was cancelled. */
  async start(id: string): Promise<SyncRun | undefined> {
    const now = this.clock.now();
    const { affected } = await this.runs.update(
      { id, status: In([...unfinishedStatuses]) },
      {
        status: 'running',
        attempt: () => 'attempt + 1',
        startedAt: () => `coalesce(started_at, '${now.toISOString()}'::timestamptz)`,
        // A roster that has been read is not read again.
        pages: () => 'CASE WHEN roster_end IS NULL THEN 0 ELSE pages END',
        lineItems: 0,
        results: 0,
        retryAt: null,
        errorCode: null,
        message: null,
      },
    );
    return affected === 0 ? undefined : this.get(id);
  }

  /**
   * Adds to the counts of the run, in the transaction of the counted rows. Fails if the run was started again meanwhile.
   *
   * @throws SyncRunTakenOver
   */
  async advance(manager: EntityManager, { id, attempt }: SyncRun, progress: SyncProgress): Promise<void> {
    const { affected } = await manager.update(
      SyncRun,
      { id, attempt, status: 'running' },
      increment(progress),
    );
    if (affected === 0) throw new SyncRunTakenOver(id);
  }

  /**
   * Stores that the roster was read, before the grades are read.
   *
   * @throws SyncRunTakenOver
   */
  async noteRoster({ id, attempt }: SyncRun, rosterEnd: RosterEnd): Promise<void> {
    const { affected } = await this.runs.update({ id, attempt, status: 'running' }, { rosterEnd });
    if (affected === 0) throw new SyncRunTakenOver(id);
  }

  /**
   * Ends a run, and stores its event in the same statement.
   *
   * @throws SyncRunTakenOver if it was started again meanwhile
   */
  async finish(run: SyncRun, end: SyncEnd, tokenRequests: number): Promise<void> {
    const finished = await this.runs.query<unknown[]>(
      `WITH finished AS (
         UPDATE nest_lti.sync_run SET status = $3, unchanged = coalesce($4, unchanged), error_code = coalesce($5, error_code),
           message = coalesce($6, message), grades_error_code = coalesce($7, grades_error_code),
           grades_message = coalesce($8, grades_message), groups_error_code = coalesce($9, groups_error_code),
           groups_message = coalesce($10, groups_message), token_requests = token_requests + $11, retry_at = NULL,
           finished_at = $12
         WHERE id = $1 AND attempt = $2 AND status = 'running' RETURNING id),
       stored AS (${insertEventsSql('$13', 'EXISTS (SELECT FROM finished)')})
       SELECT id FROM finished`,
      [
        ...[run.id, run.attempt, end.status, end.unchanged, end.errorCode, end.message],
        ...[end.gradesErrorCode, end.gradesMessage, end.groupsErrorCode, end.groupsMessage],
        ...[tokenRequests, this.clock.now(), this.outbox.parameterOf(eventsOf(run, end))],
      ],
    );
    if (finished.length === 0) throw new SyncRunTakenOver(run.id);
  }

  /** Returns a run to the queue. It does not start before `retryAt`, if that is given. */
  async postpone(
    { id, attempt }: SyncRun,
    reason: LtiError,
    retryAt: Date | null,
    tokenRequests: number,
  ): Promise<void> {
    await this.runs.update(
      { id, attempt, status: 'running' },
      {
        ...increment({ tokenRequests }),
        status: 'queued',
        retryAt,
        errorCode: reason.code,
        message: reason.message,
        ...(reason instanceof AuthenticationUndecided && { refusedCall: reason.refusedCall }),
      },
    );
  }

  /**
   * Cancels the unfinished runs of a course or a registration. A worker that runs one of them writes nothing more.
   *
   * @param message for the operator
   */
  async cancel(where: { courseId: string } | { registrationId: string }, message: string): Promise<void> {
    await this.runs.update(
      { ...where, status: In([...unfinishedStatuses]) },
      { status: 'cancelled', finishedAt: this.clock.now(), retryAt: null, errorCode: 'cancelled', message },
    );
  }

  /** Deletes runs that finished before this time, in portions. The last run of each course stays. */
  async purge(finishedBefore: Date): Promise<void> {
    for (let deleted = PORTION; deleted === PORTION;) {
      [, deleted] = await this.runs.query<[unknown[], number]>(
        `DELETE FROM nest_lti.sync_run WHERE id IN (
           SELECT id FROM nest_lti.sync_run run WHERE finished_at < $1 AND EXISTS (
             SELECT FROM nest_lti.sync_run newer WHERE newer.course_id = run.course_id AND newer.id > run.id)
           LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [finishedBefore, PORTION],
      );
    }
  }

  /** Unfinished runs that should have a job by now, in order of their ids, after `cursor`. */
  unfinished(cursor: string | undefined): Promise<Pick<SyncRun, 'id'>[]> {
    const after = cursor === undefined ? {} : { id: MoreThan(cursor) };
    return this.runs.find({
      select: { id: true },
      where: [
        { ...after, status: 'running' },
        { ...after, status: 'queued', retryAt: IsNull() },
        { ...after, status: 'queued', retryAt: LessThanOrEqual(this.clock.now()) },
      ],
      order: { id: 'ASC' },
      take: PORTION,
    });
  }

  private newRun(course: { id: string; registrationId: string }, trigger: SyncRun['trigger']): SyncRun {
    return {
      id: uuidv7(),
      courseId: course.id,
      registrationId: course.registrationId,
      trigger,
      status: 'queued',
      attempt: 0,
      pages: 0,
      added: 0,
      updated: 0,
      removed: 0,
      unchanged: 0,
      tokenRequests: 0,
      rosterEnd: null,
      lineItems: 0,
      results: 0,
      gradesWritten: 0,
      gradesRemoved: 0,
      gradesErrorCode: null,
      gradesMessage: null,
      groupsErrorCode: null,
      groupsMessage: null,
      errorCode: null,
      message: null,
      retryAt: null,
      refusedCall: null,
      createdAt: this.clock.now(),
      startedAt: null,
      finishedAt: null,
    };
  }
}

/** A cancelled run has none. */
function eventsOf({ id, courseId, registrationId }: SyncRun, { status, errorCode }: SyncEnd): NewEvent[] {
  const identity = { courseId, syncRunId: id };
  if (status === 'cancelled') return [];
  if (status !== 'failed')
    return [{ type: 'lti.sync.completed', registrationId, data: { ...identity, status } }];
  const data = { ...identity, errorCode: errorCode ?? 'unknown', message: '' };
  return [{ type: 'lti.sync.failed', registrationId, data }];
}

const columnOf: Readonly<Record<keyof SyncProgress, string>> = {
  pages: 'pages',
  added: 'added',
  updated: 'updated',
  removed: 'removed',
  tokenRequests: 'token_requests',
  lineItems: 'line_items',
  results: 'results',
  gradesWritten: 'grades_written',
  gradesRemoved: 'grades_removed',
};

function increment(progress: SyncProgress): Partial<Record<keyof SyncProgress, () => string>> {
  return Object.fromEntries(
    Object.entries(progress).map(([count, by]) => [
      count,
      () => `${columnOf[count as keyof SyncProgress]} + ${by}`,
    ]),
  );
}
