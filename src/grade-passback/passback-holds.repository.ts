import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type HoldSubject, type PassbackHold, retryAfter, subjectOf, subjectText } from './passback-hold.js';
import { type HoldCause } from './score-outcome.js';

interface HoldRow {
  subject: string;
  cause: HoldCause;
  failures: number;
  error_code: string;
  message: string;
  held_since: Date;
  retry_at: Date | null;
  course_id: string | null;
  line_item_id: string | null;
  is_outlived: boolean;
}

const NEW_FAULT_MS = 10 * 60_000;

/** What holds scores back, for all processes. */
@Injectable()
export class PassbackHolds {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All of a registration, those too whose time is up: they go when a score gets through. */
  async list(registrationId: string): Promise<PassbackHold[]> {
    const rows = await this.dataSource.query<HoldRow[]>(
      `SELECT subject, cause, failures, error_code, message, held_since, retry_at, course_id, line_item_id, is_outlived
       FROM nest_lti.passback_hold WHERE registration_id = $1 ORDER BY held_since, subject`,
      [registrationId],
    );
    return rows.map((row) => ({
      subject: subjectOf(row.subject, { courseId: row.course_id, lineItemId: row.line_item_id }),
      cause: row.cause,
      failures: row.failures,
      errorCode: row.error_code,
      message: row.message,
      heldSince: row.held_since,
      retryAt: row.retry_at,
      isOutlived: row.is_outlived,
    }));
  }

  /** Holds back after one more failure; each is longer than the one before. */
  async hold(
    registrationId: string,
    subject: HoldSubject,
    cause: Exclude<HoldCause, 'operator'>,
    error: LtiError,
  ): Promise<PassbackHold> {
    return this.dataSource.transaction(async (manager) => {
      const now = this.clock.now();
      const [row] = await manager.query<{ failures: number; held_since: Date; is_outlived: boolean }[]>(
        `INSERT INTO nest_lti.passback_hold AS h
           (registration_id, subject, cause, failures, error_code, message, held_since, failed_at, retry_at,
            course_id, line_item_id)
         VALUES ($1, $2, $3, 1, $4, $5, $6, $6, $6, $7, $8)
         ON CONFLICT (registration_id, subject, cause) DO UPDATE SET failures = h.failures + 1,
           error_code = excluded.error_code, message = excluded.message, failed_at = excluded.failed_at
         RETURNING failures, held_since, is_outlived`,
        [
          ...[registrationId, subjectText(subject), cause, error.code, error.message, now],
          ...(subject.kind === 'line-item' ? [subject.courseId, subject.lineItemId] : [null, null]),
        ],
      );
      const failures = row?.failures ?? 1;
      const retryAt = retryAfter(subject, cause, failures, now, Math.random(), error.retryAt);
      await manager.query(
        `UPDATE nest_lti.passback_hold SET retry_at = $4
         WHERE registration_id = $1 AND subject = $2 AND cause = $3`,
        [registrationId, subjectText(subject), cause, retryAt],
      );
      return {
        subject,
        cause,
        failures,
        errorCode: error.code,
        message: error.message,
        heldSince: row?.held_since ?? now,
        retryAt,
        isOutlived: row?.is_outlived ?? false,
      };
    });
  }

  /** By an operator: until he resumes. Doing it twice changes nothing. */
  async pause(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO nest_lti.passback_hold
         (registration_id, subject, cause, failures, error_code, message, held_since, retry_at)
       VALUES ($1, '', 'operator', 0, 'paused', 'Paused by an operator.', $2, NULL)
       ON CONFLICT (registration_id, subject, cause) DO NOTHING`,
      [registrationId, this.clock.now()],
    );
  }

  /** Whether an operator has paused it. */
  async isPaused(registrationId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.passback_hold WHERE registration_id = $1 AND subject = '' AND cause = 'operator'`,
      [registrationId],
    );
    return rows.length > 0;
  }

  /** A score got through, so the faults of these are gone. */
  async release(
    registrationId: string,
    holds: readonly Pick<PassbackHold, 'subject' | 'cause'>[],
  ): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold
       WHERE registration_id = $1 AND (subject, cause) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [registrationId, holds.map(({ subject }) => subjectText(subject)), holds.map(({ cause }) => cause)],
    );
  }

  /**
   * A score of the registration got through: those that are suspended for their token say nothing about other courses from
   * now on. Those that were probed in vain before may have been victims of the same fault, and are tried now.
   */
  async outlive(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.passback_hold
       SET is_outlived = true, retry_at = CASE WHEN failures > 1 THEN least(retry_at, $2) ELSE retry_at END
       WHERE registration_id = $1 AND cause = 'authentication' AND NOT is_outlived`,
      [registrationId, this.clock.now()],
    );
  }

  /** Whatever holds the registration back, or one course of it. */
  async resume(registrationId: string, courseId?: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold
       WHERE registration_id = $1 AND ($2::text IS NULL OR subject = $2 OR course_id::text = $2)`,
      [registrationId, courseId ?? null],
    );
    await this.bringForward(registrationId, courseId);
  }

  /** What was found wrong with the settings of before an edit. An operator's pause stays. */
  async forgetFaults(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold WHERE registration_id = $1 AND cause <> 'operator'`,
      [registrationId],
    );
    await this.bringForward(registrationId);
  }

  /** Scores that wait for a time of their own, such as that of an answer which left it open, are due now. */
  private async bringForward(registrationId: string, courseId?: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.outbox_score SET due_at = $2
       WHERE registration_id = $1 AND status = 'pending' AND due_at > $2 AND ($3::uuid IS NULL OR course_id = $3)`,
      [registrationId, this.clock.now(), courseId ?? null],
    );
  }

  /**
   * The platform has just let the tool into this course: what was found wrong with it, or with the whole registration, may be
   * mended, and is tried now. Not what failed a moment ago, or launch after launch would have it tried.
   *
   * @returns whether anything was held back
   */
  async retryOldFaults(registrationId: string, courseId: string): Promise<boolean> {
    const now = this.clock.now();
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE nest_lti.passback_hold SET retry_at = $3
       WHERE registration_id = $1 AND (subject IN ('', $2) OR course_id::text = $2) AND cause <> 'operator' AND retry_at > $3 AND failed_at < $4`,
      [registrationId, courseId, now, new Date(now.getTime() - NEW_FAULT_MS)],
    );
    return count > 0;
  }

  /** There is nothing left to be held back. */
  async forgetCourse(courseId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold WHERE subject = $1 OR course_id::text = $1`,
      [courseId],
    );
  }
}
