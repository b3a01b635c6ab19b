import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page, pageOf } from '../common/page.schema.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { passbackErrors } from './grade-passback.errors.js';
import { type OutboxQuery } from './outbox.schema.js';
import { OutboxScore, type OutboxStatus } from './outbox-score.entity.js';
import { type ScoreNames } from './outbox-score.view.js';

/** The scores of a course or a registration, or all scores. */
export interface OutboxScope {
  registrationId?: string;
  courseId?: string;
}

/** Rows that one statement deletes. */
const PURGED_AT_ONCE = 10_000;
/** Makes a rejected score pending again, as if it were new. Its row in `last_score` stays. */
const AFRESH = {
  status: 'pending',
  maybeSent: false,
  stale: 0,
  sentTimestamp: null,
  failingSince: null,
  fault: null,
  failedAlone: 0,
  settledAt: null,
} as const;

/** The operator's view of the outbox: list, retry, cancel and purge scores. */
@Injectable()
export class OutboxAdminService {
  constructor(
    @InjectRepository(OutboxScore, LTI_DATA_SOURCE) private readonly scores: Repository<OutboxScore>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws {NotFound} `score_not_found` */
  async get(id: string): Promise<OutboxScore> {
    const score = await this.scores.findOneBy({ id });
    if (score === null) throw passbackErrors.notFound(id);
    return score;
  }

  /** The newest first, unless the query has another order. */
  async list<T>(query: OutboxQuery, view: (score: OutboxScore) => T): Promise<Page<T>> {
    const { limit, cursor, order, ...filters } = query;
    const { after, find, page } = idPage({ limit, cursor, order });
    const rows = await this.scores.find({ where: { ...filters, ...after }, ...find });
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /** The names by the ids of the scores. They are those of the synced roster and gradebook; the outbox has no copy that would outlive them. */
  async names(scores: readonly OutboxScore[]): Promise<Map<string, ScoreNames>> {
    if (scores.length === 0) return new Map();
    const rows: (ScoreNames & { id: string })[] = await this.scores.query(
      `SELECT score.id, member.name AS "userName", NULLIF(item.label, '') AS "lineItemLabel"
       FROM nest_lti.outbox_score score
       LEFT JOIN nest_lti.membership member ON member.course_id = score.course_id AND member.user_id = score.user_id
       LEFT JOIN nest_lti.line_item item ON item.course_id = score.course_id AND item.line_item_key = score.line_item_key
       WHERE score.id = ANY($1)`,
      [scores.map(({ id }) => id)],
    );
    return new Map(rows.map(({ id, ...names }) => [id, names]));
  }

  /** How many scores are pending, and how many were rejected. */
  async count(registrationId: string): Promise<{ pending: number; rejected: number }> {
    const countOf = (status: OutboxStatus) => this.scores.countBy({ registrationId, status });
    const [pending, rejected] = await Promise.all([countOf('pending'), countOf('rejected')]);
    return { pending, rejected };
  }

  /**
   * Delivers a rejected score again. One that is pending is returned as it is.
   *
   * @throws {NotFound} `score_not_found`
   * @throws {Conflict} `score_settled`
   */
  async retry(id: string): Promise<OutboxScore> {
    const { affected } = await this.scores.update(
      { id, status: 'rejected' },
      { ...AFRESH, dueAt: this.clock.now() },
    );
    const score = await this.get(id);
    if (affected === 0 && score.status !== 'pending') throw passbackErrors.settled(id, score.status, 'retry');
    return score;
  }

  /** Retries all rejected scores. */
  async retryAll(scope: OutboxScope): Promise<number> {
    const { affected } = await this.scores.update(
      { ...scope, status: 'rejected' },
      { ...AFRESH, dueAt: this.clock.now() },
    );
    return affected ?? 0;
  }

  /**
   * @throws {NotFound} `score_not_found`
   * @throws {Conflict} `score_settled`
   */
  async cancel(id: string): Promise<OutboxScore> {
    const cancelled = { status: 'cancelled', settledAt: this.clock.now() } as const;
    const rejected = await this.scores.update({ id, status: 'rejected' }, cancelled);
    // The lease of a process that died lasts for a while: until then its request may be in flight.
    const [, waiting] = await this.scores.query<[unknown[], number]>(
      `UPDATE nest_lti.outbox_score o SET status = 'cancelled', settled_at = $2
       WHERE id = $1 AND status = 'pending' AND NOT EXISTS (
         SELECT FROM nest_lti.lease WHERE holder = o.in_flight_by AND expires_at > clock_timestamp())`,
      [id, cancelled.settledAt],
    );
    const score = await this.get(id);
    if (rejected.affected === 0 && waiting === 0) {
      throw passbackErrors.settled(id, score.status, 'cancel');
    }
    return score;
  }

  /** Cancels all rejected scores. */
  async cancelAll(scope: OutboxScope): Promise<number> {
    const { affected } = await this.scores.update(
      { ...scope, status: 'rejected' },
      { status: 'cancelled', settledAt: this.clock.now() },
    );
    return affected ?? 0;
  }

  /** Cancels all pending scores, because their course or registration was deleted. */
  async drop(scope: OutboxScope, message: string): Promise<void> {
    await this.scores.update(
      { ...scope, status: 'pending' },
      { status: 'cancelled', settledAt: this.clock.now(), errorCode: 'cancelled', message },
    );
  }

  /** Cancels the pending scores of deleted courses: those that were committed after the deletion. */
  async dropOrphans(registrationId: string): Promise<void> {
    await this.scores.query(
      `UPDATE nest_lti.outbox_score o SET status = 'cancelled', settled_at = $2, error_code = 'cancelled',
         message = 'The course was deleted.'
       FROM nest_lti.course c
       WHERE c.id = o.course_id AND c.deleted_at IS NOT NULL AND o.registration_id = $1 AND o.status = 'pending'`,
      [registrationId, this.clock.now()],
    );
  }

  /** Registrations with scores that are due, without those that are suspended as a whole. */
  async due(): Promise<string[]> {
    const rows = await this.scores.query<{ id: string }[]>(
      `SELECT id FROM nest_lti.registration r
       WHERE deleted_at IS NULL
         AND EXISTS (SELECT FROM nest_lti.outbox_score
           WHERE registration_id = r.id AND status = 'pending' AND due_at <= $1)
         AND NOT EXISTS (SELECT FROM nest_lti.passback_suspension
           WHERE registration_id = r.id AND kind = 'registration' AND (retry_at IS NULL OR retry_at > $1))`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  /** Deletes scores that were rejected before this time, in portions. */
  async purgeRejected(rejectedBefore: Date): Promise<void> {
    for (let deleted = PURGED_AT_ONCE; deleted === PURGED_AT_ONCE;) {
      [, deleted] = await this.scores.query<[unknown, number]>(
        // By the index of each registration.
        `DELETE FROM nest_lti.outbox_score WHERE id IN (
           SELECT old.id FROM nest_lti.registration CROSS JOIN LATERAL (
             SELECT id FROM nest_lti.outbox_score
             WHERE registration_id = registration.id AND status = 'rejected' AND settled_at < $1 LIMIT $2) old
           LIMIT $2)`,
        [rejectedBefore, PURGED_AT_ONCE],
      );
    }
  }

  /**
   * Deletes the times of last scores whose course is not known, and which were sent before: rows of earlier versions. Those of a
   * known course are deleted with it.
   */
  async purgeLastScores(sentBefore: Date): Promise<void> {
    for (let deleted = PURGED_AT_ONCE; deleted === PURGED_AT_ONCE;) {
      [, deleted] = await this.scores.query<[unknown, number]>(
        `DELETE FROM nest_lti.last_score WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM nest_lti.last_score WHERE course_id IS NULL AND sent_timestamp < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [sentBefore, PURGED_AT_ONCE],
      );
    }
  }

  /** Deletes scores that were settled before this time, in portions. Rejected scores stay longer: see `purgeRejected`. */
  async purge(settledBefore: Date): Promise<void> {
    for (let deleted = PURGED_AT_ONCE; deleted === PURGED_AT_ONCE;) {
      const [, count] = await this.scores.query<[unknown, number]>(
        `DELETE FROM nest_lti.outbox_score WHERE id IN (
           SELECT id FROM nest_lti.outbox_score
           WHERE status IN ('posted', 'superseded', 'cancelled') AND settled_at < $1 LIMIT $2)`,
        [settledBefore, PURGED_AT_ONCE],
      );
      deleted = count;
    }
  }
}
