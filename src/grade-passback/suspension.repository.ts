import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type SuspensionCause } from './score-outcome.js';
import { retryAfter, type Suspension, type SuspensionSubject } from './suspension.js';

interface SuspensionRow {
  subject: string;
  cause: SuspensionCause;
  failures: number;
  error_code: string;
  message: string;
  held_since: Date;
  retry_at: Date | null;
  course_id: string | null;
  line_item_id: string | null;
  is_outlived: boolean;
}

/** A fault that is younger than this is not tried at a launch. */
const RECENT_FAULT_MS = 10 * 60_000;

/** The suspensions of all registrations, as all processes see them. */
@Injectable()
export class SuspensionRepository {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All suspensions of a registration. Expired ones are among them: they are deleted when a score is posted. */
  async list(registrationId: string): Promise<Suspension[]> {
    const rows = await this.dataSource.query<SuspensionRow[]>(
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
      suspendedSince: row.held_since,
      retryAt: row.retry_at,
      isOutlived: row.is_outlived,
    }));
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
        suspendedSince: row?.held_since ?? now,
        retryAt,
        isOutlived: row?.is_outlived ?? false,
      };
    });
  }

  /** Suspends the registration until an operator resumes. A second call changes nothing. */
  async pause(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO nest_lti.passback_hold
         (registration_id, subject, cause, failures, error_code, message, held_since, retry_at)
       VALUES ($1, '', 'operator', 0, 'paused', 'Paused by an operator.', $2, NULL)
       ON CONFLICT (registration_id, subject, cause) DO NOTHING`,
      [registrationId, this.clock.now()],
    );
  }

  /** Whether an operator has paused the registration. */
  async isPaused(registrationId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.passback_hold WHERE registration_id = $1 AND subject = '' AND cause = 'operator'`,
      [registrationId],
    );
    return rows.length > 0;
  }

  /** A score was posted, so these suspensions end. */
  async end(registrationId: string, ended: readonly Pick<Suspension, 'subject' | 'cause'>[]): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold
       WHERE registration_id = $1 AND (subject, cause) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [registrationId, ended.map(({ subject }) => subjectText(subject)), ended.map(({ cause }) => cause)],
    );
  }

  /**
   * A score of the registration was posted: from now on, suspensions for a refused token say nothing about other courses.
   * Those that were probed without success may have had the same cause, and are tried now.
   */
  async outlive(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.passback_hold
       SET is_outlived = true, retry_at = CASE WHEN failures > 1 THEN least(retry_at, $2) ELSE retry_at END
       WHERE registration_id = $1 AND cause = 'authentication' AND NOT is_outlived`,
      [registrationId, this.clock.now()],
    );
  }

  /** Ends every suspension of the registration, or of one course of it. */
  async resume(registrationId: string, courseId?: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold
       WHERE registration_id = $1 AND ($2::text IS NULL OR subject = $2 OR course_id::text = $2)`,
      [registrationId, courseId ?? null],
    );
    await this.bringForward(registrationId, courseId);
  }

  /** Ends the suspensions that faults have caused: the registration was edited since. An operator's pause stays. */
  async forgetFaults(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold WHERE registration_id = $1 AND cause <> 'operator'`,
      [registrationId],
    );
    await this.bringForward(registrationId);
  }

  /** Scores that wait for a time of their own, such as after an undecided answer, are due now. */
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
    const now = this.clock.now();
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE nest_lti.passback_hold SET retry_at = $3
       WHERE registration_id = $1 AND (subject IN ('', $2) OR course_id::text = $2) AND cause <> 'operator' AND retry_at > $3 AND failed_at < $4`,
      [registrationId, courseId, now, new Date(now.getTime() - RECENT_FAULT_MS)],
    );
    return count > 0;
  }

  /** The course was deleted: its suspensions go with it. */
  async forgetCourse(courseId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_hold WHERE subject = $1 OR course_id::text = $1`,
      [courseId],
    );
  }
}

/** As the column has it. */
function subjectText(subject: SuspensionSubject): string {
  switch (subject.kind) {
    case 'registration':
      return '';
    case 'course':
      return subject.courseId;
    case 'line-item':
      return `${LINE_ITEM}${subject.lineItemKey}`;
    case 'origin':
      return subject.origin;
  }
}

const LINE_ITEM = 'line-item ';

function subjectOf(
  text: string,
  lineItem: { courseId: string | null; lineItemId: string | null },
): SuspensionSubject {
  if (text === '') return { kind: 'registration' };
  if (text.startsWith(LINE_ITEM)) {
    const lineItemKey = text.slice(LINE_ITEM.length);
    const { courseId, lineItemId } = lineItem;
    return { kind: 'line-item', lineItemKey, courseId: courseId ?? '', lineItemId: lineItemId ?? '' };
  }
  return text.includes('://') ? { kind: 'origin', origin: text } : { kind: 'course', courseId: text };
}
