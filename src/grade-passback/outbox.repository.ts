import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type ScoreInput } from '../lti-services/grades/score.schema.js';
import { type PlatformFamily } from '../registrations/platform-family.js';
import { type LastScore, type PendingScore, planSending, type PlannedScore } from './sending-plan.js';

/** A line item with scores to be sent. */
export interface DueLineItem {
  registrationId: string;
  key: string;
  /** Where it is called, as one of its scores names it. */
  lineItemId: string;
  origin: string;
  courseId: string;
}

/** What holds scores back, so that they are left alone. */
export interface HeldSubjects {
  courseIds: readonly string[];
  origins: readonly string[];
}

/** A score that is to be sent now; the row says so already. */
export interface ClaimedScore extends PlannedScore {
  lineItemId: string;
  courseId: string;
  /** Without its timestamp. */
  score: ScoreInput;
  stale: number;
  attempts: number;
  failingSince: Date | null;
}

/** What is written about a score that was sent. */
export interface Settlement {
  id: string;
  status: 'pending' | 'posted' | 'rejected';
  dueAt?: Date;
  maybeSent: boolean;
  stale: number;
  /** The next attempt takes another timestamp. */
  forgetTimestamp: boolean;
  failingSince: Date | null;
  errorCode: string | null;
  message: string | null;
}

/** The rows of the outbox, as sending needs them. Who writes holds the registration's lease, and proves it by `fence`. */
@Injectable()
export class Outbox {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Line items of a registration with scores that are due, those that wait for longest first. */
  async dueLineItems(
    registrationId: string,
    { courseIds, origins }: HeldSubjects,
    limit: number,
  ): Promise<DueLineItem[]> {
    const rows = await this.dataSource.query<
      { line_item_key: string; line_item_id: string; origin: string; course_id: string }[]
    >(
      `SELECT line_item_key, min(line_item_id) AS line_item_id, min(origin) AS origin,
         min(course_id::text) AS course_id
       FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND status = 'pending' AND due_at <= $2
         AND NOT course_id = ANY ($3::uuid[]) AND NOT origin = ANY ($4)
       GROUP BY line_item_key ORDER BY min(due_at) LIMIT $5`,
      [registrationId, this.clock.now(), courseIds, origins, limit],
    );
    return rows.map((row) => ({
      registrationId,
      key: row.line_item_key,
      lineItemId: row.line_item_id,
      origin: row.origin,
      courseId: row.course_id,
    }));
  }

  /** When the next score of a registration is due that nothing else holds back. */
  async nextDueAt(registrationId: string, { courseIds, origins }: HeldSubjects): Promise<Date | undefined> {
    const [row] = await this.dataSource.query<{ due_at: Date | null }[]>(
      `SELECT min(due_at) AS due_at FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND status = 'pending'
         AND NOT course_id = ANY ($2::uuid[]) AND NOT origin = ANY ($3)`,
      [registrationId, courseIds, origins],
    );
    return row?.due_at ?? undefined;
  }

  /**
   * Takes up to `limit` users' scores of a line item for sending: the newest of each, with the timestamp it will have; older
   * ones are superseded. All of it is stored before anything is sent.
   *
   * @param fence throws when the lease is lost
   */
  async claim(
    fence: (manager: EntityManager) => Promise<void>,
    { registrationId, key }: DueLineItem,
    { family, limit }: { family: PlatformFamily; limit: number },
  ): Promise<ClaimedScore[]> {
    return this.dataSource.transaction(async (manager) => {
      await fence(manager);
      const pending = await this.pendingOfDueUsers(manager, registrationId, key, limit);
      if (pending.length === 0) return [];
      const last = await lastScores(manager, key, [...new Set(pending.map(({ userId }) => userId))]);
      const plan = planSending(pending, last, this.clock.now(), family);
      return this.writePlan(manager, key, plan.send, plan.superseded);
    });
  }

  /**
   * Writes what became of scores that were claimed.
   *
   * @returns the ids of those that were still to be settled: others were cancelled meanwhile
   */
  async settle(
    fence: (manager: EntityManager) => Promise<void>,
    settlements: readonly Settlement[],
  ): Promise<string[]> {
    if (settlements.length === 0) return [];
    return this.dataSource.transaction(async (manager) => {
      await fence(manager);
      const [rows] = await manager.query<[{ id: string }[], number]>(
        `UPDATE nest_lti.outbox_score o SET status = s.status, due_at = coalesce(s.due_at, o.due_at),
           maybe_sent = s.maybe_sent, stale = s.stale, failing_since = s.failing_since,
           sent_timestamp = CASE WHEN s.forget THEN NULL ELSE o.sent_timestamp END,
           error_code = s.error_code, message = s.message,
           settled_at = CASE WHEN s.status = 'pending' THEN NULL ELSE $2::timestamptz END
         FROM jsonb_to_recordset($1::jsonb) AS s (id uuid, status text, due_at timestamptz, maybe_sent boolean,
           stale smallint, forget boolean, failing_since timestamptz, error_code text, message text)
         WHERE o.id = s.id AND o.status = 'pending'
         RETURNING o.id`,
        [JSON.stringify(settlements.map(settlementRow)), this.clock.now()],
      );
      return rows.map(({ id }) => id);
    });
  }

  private async pendingOfDueUsers(
    manager: EntityManager,
    registrationId: string,
    key: string,
    limit: number,
  ): Promise<PendingScore[]> {
    const rows = await manager.query<PendingRow[]>(
      `WITH due AS (
         SELECT DISTINCT user_id FROM (
           SELECT user_id FROM nest_lti.outbox_score
           WHERE registration_id = $1 AND line_item_key = $2 AND status = 'pending' AND due_at <= $3
           ORDER BY due_at, arrival LIMIT $4) first)
       SELECT id, o.user_id, arrival, given_timestamp, created_at, sent_timestamp, maybe_sent, stale, due_at
       FROM nest_lti.outbox_score o JOIN due USING (user_id)
       WHERE o.line_item_key = $2 AND o.status = 'pending'
       ORDER BY arrival
       FOR UPDATE OF o`,
      [registrationId, key, this.clock.now(), limit],
    );
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      arrival: Number(row.arrival),
      givenTimestamp: row.given_timestamp,
      createdAt: row.created_at,
      sentTimestamp: row.sent_timestamp,
      maybeSent: row.maybe_sent,
      stale: row.stale,
      dueAt: row.due_at,
    }));
  }

  private async writePlan(
    manager: EntityManager,
    key: string,
    send: readonly PlannedScore[],
    superseded: readonly string[],
  ): Promise<ClaimedScore[]> {
    const [rows] = await manager.query<[ClaimedRow[], number]>(
      `WITH plan AS (
         SELECT * FROM json_to_recordset($1::json)
           AS p (id uuid, user_id text, arrival bigint, ordered_at timestamptz, sent_timestamp timestamptz)),
       outdone AS (
         UPDATE nest_lti.outbox_score SET status = 'superseded', settled_at = $3 WHERE id = ANY ($2)),
       noted AS (
         INSERT INTO nest_lti.last_score AS l (line_item_key, user_id, arrival, ordered_at, sent_timestamp)
         SELECT $4, user_id, arrival, ordered_at, sent_timestamp FROM plan
         ON CONFLICT (line_item_key, user_id) DO UPDATE SET arrival = excluded.arrival,
           ordered_at = excluded.ordered_at,
           sent_timestamp = greatest(l.sent_timestamp, excluded.sent_timestamp))
       UPDATE nest_lti.outbox_score o
       SET sent_timestamp = plan.sent_timestamp, maybe_sent = true, attempts = o.attempts + 1
       FROM plan WHERE o.id = plan.id
       RETURNING o.id, o.line_item_id, o.course_id, o.score, o.stale, o.attempts, o.failing_since`,
      [JSON.stringify(send.map(planRow)), superseded, this.clock.now(), key],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return send.flatMap((planned) => {
      const row = byId.get(planned.id);
      return row === undefined ? [] : [claimedScore(planned, row)];
    });
  }
}

interface PendingRow {
  id: string;
  user_id: string;
  arrival: string;
  given_timestamp: Date | null;
  created_at: Date;
  sent_timestamp: Date | null;
  maybe_sent: boolean;
  stale: number;
  due_at: Date;
}

interface ClaimedRow {
  id: string;
  line_item_id: string;
  course_id: string;
  score: ScoreInput;
  stale: number;
  attempts: number;
  failing_since: Date | null;
}

async function lastScores(
  manager: EntityManager,
  key: string,
  userIds: readonly string[],
): Promise<Map<string, LastScore>> {
  const rows = await manager.query<
    { user_id: string; arrival: string; ordered_at: Date; sent_timestamp: Date }[]
  >(
    `SELECT user_id, arrival, ordered_at, sent_timestamp FROM nest_lti.last_score
     WHERE line_item_key = $1 AND user_id = ANY ($2)`,
    [key, userIds],
  );
  return new Map(
    rows.map((row) => [
      row.user_id,
      { arrival: Number(row.arrival), orderedAt: row.ordered_at, sentTimestamp: row.sent_timestamp },
    ]),
  );
}

function claimedScore(planned: PlannedScore, row: ClaimedRow): ClaimedScore {
  return {
    ...planned,
    lineItemId: row.line_item_id,
    courseId: row.course_id,
    score: row.score,
    stale: row.stale,
    attempts: row.attempts,
    failingSince: row.failing_since,
  };
}

function planRow({ id, userId, arrival, orderedAt, timestamp }: PlannedScore) {
  return { id, user_id: userId, arrival, ordered_at: orderedAt, sent_timestamp: timestamp };
}

function settlementRow(settlement: Settlement) {
  return {
    id: settlement.id,
    status: settlement.status,
    due_at: settlement.dueAt ?? null,
    maybe_sent: settlement.maybeSent,
    stale: settlement.stale,
    forget: settlement.forgetTimestamp,
    failing_since: settlement.failingSince,
    error_code: settlement.errorCode,
    message: settlement.message,
  };
}
