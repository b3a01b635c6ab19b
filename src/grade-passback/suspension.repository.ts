import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { type Page, pageOf, pageStartOf } from '../common/page.schema.js';
import { EventOutbox } from '../events/event-outbox.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type SuspensionCause } from './settlement.js';
import { retryAfter, type Suspension, type SuspensionSubject } from './suspension.js';
import {
  SUSPENSION_COLUMNS,
  columnsOf,
  SUBJECT,
  subjectText,
  suspensionOf,
  type SuspensionRow,
} from './suspension-row.js';
import { SUSPENSION_KEY, type SuspensionQuery } from './suspension.view.js';

/** The widest kind of subject first. */
const RANK = "array_position(ARRAY['registration', 'course', 'origin', 'line_item'], kind)";
/** As exact as the database has the time, which a JavaScript Date would round. Not the order of the list: no index can have it. */
const MICROSECONDS = '(extract(epoch FROM suspended_since) * 1000000)::bigint';

/** A fault that is younger than this is not tried at a launch. */
const RECENT_FAULT_MS = 10 * 60_000;

/** The suspensions of all registrations, as all processes see them. */
@Injectable()
export class SuspensionRepository {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All suspensions of a registration, also expired ones, which are deleted when the platform accepts or rejects a score. */
  async list(registrationId: string): Promise<Suspension[]> {
    const rows = await this.dataSource.query<SuspensionRow[]>(
      `SELECT ${SUSPENSION_COLUMNS} FROM nest_lti.passback_suspension WHERE registration_id = $1
       ORDER BY suspended_since, ${RANK}, ${SUBJECT}`,
      [registrationId],
    );
    return rows.map(suspensionOf);
  }

  /** The suspensions of all registrations by page; the newest first, unless the query has another order. */
  async page<T>(query: SuspensionQuery, view: (suspension: Suspension) => T): Promise<Page<T>> {
    const { limit, order, after } = pageStartOf(query, 'desc', SUSPENSION_KEY);
    const { registrationId, courseId } = query;
    const [isAfter, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
    const keyOf = `${MICROSECONDS} || ':' || ${RANK} || ':' || cause || ':' || registration_id || ':' || ${SUBJECT}`;
    const [, since, rank, cause, owner, subject] =
      /^(\d+):(\d):(\w+):([\w-]+):(.*)$/s.exec(after ?? '') ?? [];
    const columns = ['suspended_since', RANK, 'cause', 'registration_id', SUBJECT];
    const rows = await this.dataSource.query<(SuspensionRow & { key: string })[]>(
      `SELECT ${SUSPENSION_COLUMNS}, ${keyOf} AS key FROM nest_lti.passback_suspension
       WHERE ($1::uuid IS NULL OR registration_id = $1) AND ($2::uuid IS NULL OR course_id = $2)
         AND ($3::bigint IS NULL OR (${columns.join(', ')}) ${isAfter} (to_timestamp(0) + $3::bigint * interval '1 microsecond', $4::int, $5, $6::uuid, $7))
       ORDER BY ${columns.map((column) => `${column} ${direction}`).join(', ')}
       LIMIT $8`,
      [
        ...[registrationId ?? null, courseId ?? null],
        ...[since ?? null, rank ?? null, cause ?? null, owner ?? null, subject ?? null],
        limit + 1,
      ],
    );
    return pageOf(
      rows,
      { limit, order },
      ({ key }) => key,
      (row) => view(suspensionOf(row)),
    );
  }

  /** How many suspensions a registration has, and whether one of them is an operator's pause. */
  async count(registrationId: string): Promise<{ suspensions: number; isPaused: boolean }> {
    const [row] = await this.dataSource.query<{ suspensions: number; paused: boolean | null }[]>(
      `SELECT count(*)::int AS suspensions, bool_or(cause = 'operator') AS paused
       FROM nest_lti.passback_suspension WHERE registration_id = $1`,
      [registrationId],
    );
    return { suspensions: row?.suspensions ?? 0, isPaused: row?.paused ?? false };
  }

  /** Suspends the subject after one more failure. Each suspension lasts longer than the one before. */
  async suspend(
    registrationId: string,
    subject: SuspensionSubject,
    cause: Exclude<SuspensionCause, 'operator'>,
    error: LtiError,
  ): Promise<Suspension> {
    return this.dataSource.transaction(async (manager) => {
      const now = this.clock.now();
      const { kind, course_id, line_item_key, line_item_id, origin } = columnsOf(subject);
      const [row] = await manager.query<{ failures: number; suspended_since: Date; is_outlived: boolean }[]>(
        `INSERT INTO nest_lti.passback_suspension AS s
           (registration_id, kind, course_id, line_item_key, line_item_id, origin, cause, failures, error_code,
            message, suspended_since, failed_at, retry_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $10, $10)
         ON CONFLICT (registration_id, cause, kind, (${SUBJECT})) DO UPDATE SET failures = s.failures + 1,
           error_code = excluded.error_code, message = excluded.message, failed_at = excluded.failed_at
         RETURNING failures, suspended_since, is_outlived`,
        [
          ...[registrationId, kind, course_id, line_item_key, line_item_id, origin, cause],
          ...[error.code, error.message, now],
        ],
      );
      const failures = row?.failures ?? 1;
      const retryAt = retryAfter(subject, cause, failures, now, Math.random(), error.retryAt);
      await manager.query(
        `UPDATE nest_lti.passback_suspension SET retry_at = $5
         WHERE registration_id = $1 AND cause = $2 AND kind = $3 AND ${SUBJECT} = $4`,
        [registrationId, cause, kind, subjectText(subject), retryAt],
      );
      const data = {
        registrationId,
        ...('courseId' in subject && { courseId: subject.courseId }),
        ...(subject.kind === 'line_item' && { lineItemId: subject.lineItemId }),
        errorCode: error.code,
        message: '',
      };
      await this.events.append(manager, [{ type: 'lti.delivery.suspended', registrationId, data }]);
      return {
        registrationId,
        subject,
        cause,
        failures,
        errorCode: error.code,
        message: error.message,
        suspendedSince: row?.suspended_since ?? now,
        retryAt,
        isOutlived: row?.is_outlived ?? false,
      };
    });
  }

  /** Suspends the registration until an operator resumes. A second call changes nothing. */
  async pause(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO nest_lti.passback_suspension
         (registration_id, kind, cause, failures, error_code, message, suspended_since, retry_at)
       VALUES ($1, 'registration', 'operator', 0, 'paused', 'Paused by an operator.', $2, NULL)
       ON CONFLICT (registration_id, cause, kind, (${SUBJECT})) DO NOTHING`,
      [registrationId, this.clock.now()],
    );
  }

  /** Ends suspensions, because the platform has accepted or rejected a score. */
  async end(registrationId: string, ended: readonly Pick<Suspension, 'subject' | 'cause'>[]): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_suspension
       WHERE registration_id = $1
         AND (cause, kind, ${SUBJECT}) IN (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]))`,
      [
        registrationId,
        ended.map(({ cause }) => cause),
        ended.map(({ subject }) => subject.kind),
        ended.map(({ subject }) => subjectText(subject)),
      ],
    );
  }

  /**
   * The platform accepted the token for a score: from now on, suspensions for a refused token show nothing about other
   * courses. Those that were probed without success may have had the same cause, and are tried now.
   */
  async outlive(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.passback_suspension
       SET is_outlived = true, retry_at = CASE WHEN failures > 1 THEN least(retry_at, $2) ELSE retry_at END
       WHERE registration_id = $1 AND cause = 'authentication' AND NOT is_outlived`,
      [registrationId, this.clock.now()],
    );
  }

  /** Ends every suspension of the registration, or of one course of it. */
  async resume(registrationId: string, courseId?: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_suspension
       WHERE registration_id = $1 AND ($2::uuid IS NULL OR course_id = $2)`,
      [registrationId, courseId ?? null],
    );
    await this.bringForward(registrationId, courseId);
  }

  /** Ends the suspensions that faults have caused: the registration was edited since. An operator's pause stays. */
  async forgetFaults(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_suspension WHERE registration_id = $1 AND cause <> 'operator'`,
      [registrationId],
    );
    await this.bringForward(registrationId);
  }

  /** Makes scores due that wait for another reason than a suspension, such as an undecided answer. */
  private async bringForward(registrationId: string, courseId?: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.outbox_score SET due_at = $2
       WHERE registration_id = $1 AND status = 'pending' AND due_at > $2 AND ($3::uuid IS NULL OR course_id = $3)`,
      [registrationId, this.clock.now(), courseId ?? null],
    );
  }

  /**
   * The platform has just launched this course: a fault of the course, or of the registration, may be fixed, and is tried
   * now. A recent fault is not, or each launch would cause a request.
   *
   * @returns whether anything was suspended
   */
  async retryOldFaults(registrationId: string, courseId: string): Promise<boolean> {
    return this.retryFaults(registrationId, { courseId, olderThanMs: RECENT_FAULT_MS });
  }

  /** @returns whether anything was suspended that is now tried */
  async retryFaults(
    registrationId: string,
    { courseId, olderThanMs = 0 }: { courseId?: string; olderThanMs?: number } = {},
  ): Promise<boolean> {
    const now = this.clock.now();
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE nest_lti.passback_suspension SET retry_at = $3
       WHERE registration_id = $1 AND ($2::uuid IS NULL OR kind = 'registration' OR course_id = $2) AND cause <> 'operator'
         AND retry_at > $3 AND failed_at <= $4`,
      [registrationId, courseId ?? null, now, new Date(now.getTime() - olderThanMs)],
    );
    if (count > 0) await this.bringForward(registrationId, courseId);
    return count > 0;
  }

  /** The course was deleted: its suspensions go with it. */
  async forgetCourse(courseId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM nest_lti.passback_suspension WHERE course_id = $1', [courseId]);
  }
}
