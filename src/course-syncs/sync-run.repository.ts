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
import { Course } from '../courses/course.entity.js';
import { type CourseUse } from '../courses/course-schedule.service.js';
import { courseSyncErrors, SyncRunTakenOver } from './course-sync.errors.js';
import { type RosterEnd, RUN_IS_RUNNING, SyncRun, unfinishedStatuses } from '../courses/sync-run.entity.js';
import { type RequestedRun, type SyncRunQuery } from '../courses/sync-run.schema.js';
import {
  INSERT_RUNS,
  NEW_RUN,
  RAISE_SCHEDULED,
  REQUEST_RUN,
  type RequestedCourseRun,
} from './requested-run.js';
import { type StartedRun, startedRunOf, startSqlOf } from './started-run.js';
import { END_UNCHANGED, NOTE_UNCHANGED, type ReadRoster } from './unchanged-roster.js';

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

/** What the job of a run depends on. */
export type QueuedRun = Pick<SyncRun, 'id' | 'courseId' | 'registrationId' | 'trigger'>;

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
  private startSql?: string;

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
      const courseIds = portion.map(({ id }) => id);
      await manager.query(
        `${INSERT_RUNS} SELECT read.id, read.course_id, read.registration_id, $4, ${NEW_RUN}, $5
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS read (id, course_id, registration_id) ON CONFLICT DO NOTHING`,
        [
          ...[portion.map(() => uuidv7()), courseIds, portion.map(({ registrationId }) => registrationId)],
          ...[trigger, this.clock.now()],
        ],
      );
      if (trigger === 'request') await manager.query(RAISE_SCHEDULED, [courseIds]);
      const unfinished = await manager.query<RequestedRun[]>(
        `SELECT id, course_id AS "courseId" FROM nest_lti.sync_run
         WHERE course_id = ANY ($1) AND status IN ('queued', 'running') ORDER BY id`,
        [courseIds],
      );
      requested.push(...unfinished);
    }
    return requested;
  }

  /**
   * The unfinished run of a course, or a new one, and the use of the course, in one statement.
   *
   * @returns undefined if there is no such course
   */
  async request(courseId: string, use: CourseUse): Promise<RequestedCourseRun | undefined> {
    const id = uuidv7();
    for (;;) {
      const [found] = await this.runs.query<(Omit<RequestedCourseRun, 'id'> & { id: string | null })[]>(
        REQUEST_RUN,
        [courseId, id, this.clock.now(), use.soonest, use.at, use.reason, use.notedBefore],
      );
      if (found === undefined) return undefined;
      if (found.id !== null) return { ...found, id: found.id };
      // Another process has just made a run of the course, or ended one. The next statement sees that.
    }
  }

  /**
   * Starts or restarts a run, and reads its course. Undefined if the run has ended or was cancelled.
   */
  async start(id: string): Promise<StartedRun | undefined> {
    const { manager, metadata } = this.runs;
    const courseMetadata = manager.getRepository(Course).metadata;
    this.startSql ??= startSqlOf(metadata, courseMetadata);
    const [row] = await this.runs.query<Record<string, unknown>[]>(this.startSql, [id, this.clock.now()]);
    if (row === undefined) return undefined;
    return startedRunOf(metadata, courseMetadata, row);
  }

  /**
   * Adds to the counts of the run, in the transaction of the counted rows and in `run`. Fails if the run was started again meanwhile.
   *
   * @throws SyncRunTakenOver
   */
  async advance(manager: EntityManager, run: SyncRun, progress: SyncProgress): Promise<void> {
    const { id, attempt } = run;
    const { affected } = await manager.update(
      SyncRun,
      { id, attempt, status: 'running' },
      increment(progress),
    );
    if (affected === 0) throw new SyncRunTakenOver(id);
    for (const [count, by] of Object.entries(progress)) run[count as keyof SyncProgress] += by;
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
         WHERE id = $1 AND attempt = $2 AND ${RUN_IS_RUNNING} RETURNING id),
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

  /**
   * If a reading of one answer shows the stored roster: counts it, and ends the run or stores that its roster was read. All in one
   * statement, which writes nothing if a member differs.
   *
   * @returns the members that were as before, or undefined if the roster differs
   * @throws SyncRunTakenOver
   */
  async endUnchanged(run: SyncRun, roster: ReadRoster, tokenRequests: number): Promise<number | undefined> {
    const { members, isWhole, isEnd, membershipsUrl, differencesUrl } = roster;
    const sql = isEnd ? END_UNCHANGED : NOTE_UNCHANGED;
    const [answer] = await this.runs.query<{ is_same: boolean; unchanged: number | null }[]>(sql, [
      ...[run.id, run.attempt, run.courseId, members.map((row) => row.user_id)],
      ...[members.map((row) => row.fingerprint), isWhole ? members.length + 1 : null, isWhole],
      ...[tokenRequests, this.clock.now(), membershipsUrl, differencesUrl],
      ...(isEnd ? [this.outbox.parameterOf(eventsOf(run, { status: 'completed' }))] : []),
    ]);
    if (answer?.is_same !== true) return undefined;
    if (answer.unchanged === null) throw new SyncRunTakenOver(run.id);
    return answer.unchanged;
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
   * Delays a run that has not started.
   *
   * @returns whether it is unfinished
   */
  async delay(id: string, { code: errorCode, message, retryAt }: LtiError): Promise<boolean> {
    const { affected } = await this.runs.update(
      { id, status: In([...unfinishedStatuses]) },
      { status: 'queued', retryAt: retryAt ?? null, errorCode, message },
    );
    return affected === 1;
  }

  /** How many members the courses have, counted up to `limit`. Courses without members are left out. */
  async sizes(courseIds: readonly string[], limit: number): Promise<Map<string, number>> {
    const rows = await this.runs.query<{ id: string; size: number }[]>(
      `SELECT course.id, member.size FROM unnest($1::uuid[]) AS course (id), LATERAL (
         SELECT count(*)::int AS size FROM (
           SELECT FROM nest_lti.membership WHERE course_id = course.id LIMIT $2) AS counted) AS member
       WHERE member.size > 0`,
      [courseIds, limit],
    );
    return new Map(rows.map(({ id, size }) => [id, size]));
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
  unfinished(cursor: string | undefined): Promise<QueuedRun[]> {
    const after = cursor === undefined ? {} : { id: MoreThan(cursor) };
    return this.runs.find({
      select: { id: true, courseId: true, registrationId: true, trigger: true },
      where: [
        { ...after, status: 'running' },
        { ...after, status: 'queued', retryAt: IsNull() },
        { ...after, status: 'queued', retryAt: LessThanOrEqual(this.clock.now()) },
      ],
      order: { id: 'ASC' },
      take: PORTION,
    });
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
