import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type NamedLease } from '../database/named-lease.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type ScoreInput } from '../lti-services/grades/score.schema.js';
import { type RefusedCall } from '../access-tokens/access-token.errors.js';
import { type PlatformFamily } from '../registrations/platform-family.js';
import { type OutboxScore } from './outbox-score.entity.js';
import {
  type LastScore,
  type PendingScore,
  planSending,
  type PlannedScore,
  type SendingPlan,
} from './sending-plan.js';

/** A line item with scores to be sent. */
export interface DueLineItem {
  registrationId: string;
  key: string;
  /** Where it is called, as one of its scores names it. */
  lineItemId: string;
  origin: string;
  courseId: string;
  /** Of a try that left open whether the token is at fault. */
  refusedCall: RefusedCall | undefined;
}

/** What is suspended, so that its scores are left alone. */
export interface HeldSubjects {
  lineItemKeys: readonly string[];
  courseIds: readonly string[];
  origins: readonly string[];
}

/** Which scores come first: those that are due for longest; or, for a probe, those that were tried longest ago or never. */
export type SendingOrder = 'due' | 'least-tried';

/** A score that is to be sent now; the row says so already. */
export interface ClaimedScore extends PlannedScore {
  lineItemId: string;
  courseId: string;
  /** Without its timestamp. */
  score: ScoreInput;
  stale: number;
  attempts: number;
  failingSince: Date | null;
  failedAlone: number;
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
  fault: OutboxScore['fault'];
  failedAlone: number;
  refusedCall: RefusedCall | null;
  errorCode: string | null;
  message: string | null;
}

/** What a batch shows beside its own scores. */
export interface BatchEvidence {
  lineItem: DueLineItem;
  /** A score of the line item got through: others that met a fault there failed alone. */
  gotThrough: boolean;
  /** The token may be dead: the line item's other scores wait for the same moment. */
  undecided: { retryAt: Date; errorCode: string; message: string } | undefined;
}

/** A score that the platform refused again and again while it took others. */
export interface RefusedAlone {
  id: string;
  courseId: string;
  lineItemId: string;
  userId: string;
  errorCode: string;
  message: string;
}

/** A score that was refused so often, while others of its line item got through, is rejected. */
export const REFUSALS_ALONE = 3;

/** The rows of the outbox, as sending needs them. The process that writes holds the registration's lease: each write is fenced by it. */
@Injectable()
export class Outbox {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Line items of a registration with scores that are due, those that wait for longest first. */
  async dueLineItems(
    registrationId: string,
    { lineItemKeys, courseIds, origins }: HeldSubjects,
    { limit, order }: { limit: number; order: SendingOrder },
  ): Promise<DueLineItem[]> {
    const rows = await this.dataSource.query<
      {
        line_item_key: string;
        line_item_id: string;
        origin: string;
        course_id: string;
        refused_call: RefusedCall | null;
      }[]
    >(
      `SELECT line_item_key, min(line_item_id) AS line_item_id, min(origin) AS origin,
         min(course_id::text) AS course_id,
         (array_agg(refused_call) FILTER (WHERE refused_call IS NOT NULL))[1] AS refused_call
       FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND status = 'pending' AND due_at <= $2
         AND NOT course_id = ANY ($3::uuid[]) AND NOT origin = ANY ($4) AND NOT line_item_key = ANY ($6::uuid[])
       GROUP BY line_item_key
       ORDER BY ${order === 'due' ? '' : `min(coalesce(attempted_at, '-infinity')),`} min(due_at), min(arrival)
       LIMIT $5`,
      [registrationId, this.clock.now(), courseIds, origins, limit, lineItemKeys],
    );
    return rows.map((row) => ({
      registrationId,
      key: row.line_item_key,
      lineItemId: row.line_item_id,
      origin: row.origin,
      courseId: row.course_id,
      refusedCall: row.refused_call ?? undefined,
    }));
  }

  /** When the next score of a registration is due that nothing else holds back. */
  async nextDueAt(
    registrationId: string,
    { lineItemKeys, courseIds, origins }: HeldSubjects,
  ): Promise<Date | undefined> {
    const [row] = await this.dataSource.query<{ due_at: Date | null }[]>(
      `SELECT min(due_at) AS due_at FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND status = 'pending'
         AND NOT course_id = ANY ($2::uuid[]) AND NOT origin = ANY ($3) AND NOT line_item_key = ANY ($4::uuid[])`,
      [registrationId, courseIds, origins, lineItemKeys],
    );
    return row?.due_at ?? undefined;
  }

  /** Whether a score waits of which it is to be seen whether it fails alone. */
  async hasFaults(registrationId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.outbox_score WHERE registration_id = $1 AND fault IS NOT NULL AND status = 'pending' LIMIT 1`,
      [registrationId],
    );
    return rows.length > 0;
  }

  /** Whether a score for the server was posted after this moment. */
  async hasPostedSince({ registrationId, origin }: DueLineItem, since: Date): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND origin = $2 AND status = 'posted' AND settled_at > $3 LIMIT 1`,
      [registrationId, origin, since],
    );
    return rows.length > 0;
  }

  /**
   * Takes up to `limit` users' scores of a line item for sending: the newest of each, with the timestamp it will have; older
   * ones are superseded. All of it is stored before anything is sent.
   *
   * @throws LeaseLost
   */
  async claim(
    lease: NamedLease,
    { registrationId, key }: DueLineItem,
    { family, limit, order }: { family: PlatformFamily; limit: number; order: SendingOrder },
  ): Promise<ClaimedScore[]> {
    return this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const pending = await this.pendingOfDueUsers(manager, { registrationId, key, limit, order });
      if (pending.length === 0) return [];
      const last = await lastScores(manager, key, [...new Set(pending.map(({ userId }) => userId))]);
      const plan = planSending(pending, last, this.clock.now(), family);
      return this.writePlan(manager, { key, leaseId: lease.id }, plan);
    });
  }

  /**
   * Writes what became of scores that were claimed.
   *
   * @returns the ids of those that were still to be settled: others were cancelled meanwhile. And others that are rejected
   *   now, since this batch shows that they fail alone.
   * @throws LeaseLost
   */
  async settle(
    lease: NamedLease,
    settlements: readonly Settlement[],
    evidence: BatchEvidence,
  ): Promise<{ settled: string[]; refusedAlone: RefusedAlone[] }> {
    if (settlements.length === 0) return { settled: [], refusedAlone: [] };
    return this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const [rows] = await manager.query<[{ id: string }[], number]>(
        `UPDATE nest_lti.outbox_score o SET status = s.status, due_at = coalesce(s.due_at, o.due_at),
           maybe_sent = s.maybe_sent, stale = s.stale, failing_since = s.failing_since, in_flight_by = NULL,
           fault = s.fault, failed_alone = s.failed_alone, refused_call = s.refused_call,
           sent_timestamp = CASE WHEN s.forget THEN NULL ELSE o.sent_timestamp END,
           error_code = s.error_code, message = s.message,
           settled_at = CASE WHEN s.status = 'pending' THEN NULL ELSE $2::timestamptz END
         FROM jsonb_to_recordset($1::jsonb) AS s (id uuid, status text, due_at timestamptz, maybe_sent boolean,
           stale smallint, forget boolean, failing_since timestamptz, fault text, failed_alone smallint,
           refused_call json, error_code text, message text)
         WHERE o.id = s.id AND o.status = 'pending'
         RETURNING o.id`,
        [JSON.stringify(settlements.map(settlementRow)), this.clock.now()],
      );
      const { lineItem, gotThrough, undecided } = evidence;
      if (undecided !== undefined) await this.postpone(manager, lineItem, undecided);
      const refusedAlone = gotThrough ? await this.countFailedAlone(manager, lineItem) : [];
      return { settled: rows.map(({ id }) => id), refusedAlone };
    });
  }

  private async postpone(
    manager: EntityManager,
    { registrationId, key }: DueLineItem,
    { retryAt, errorCode, message }: NonNullable<BatchEvidence['undecided']>,
  ): Promise<void> {
    await manager.query(
      `UPDATE nest_lti.outbox_score SET due_at = $3, error_code = coalesce(error_code, $4),
         message = coalesce(message, $5)
       WHERE registration_id = $1 AND line_item_key = $2 AND status = 'pending' AND due_at < $3`,
      [registrationId, key, retryAt, errorCode, message],
    );
  }

  /** Of scores whose last attempt met a fault: another one got through since, so the fault is theirs. */
  private async countFailedAlone(
    manager: EntityManager,
    { registrationId, key, origin }: DueLineItem,
  ): Promise<RefusedAlone[]> {
    const [rows] = await manager.query<[RefusedAloneRow[], number]>(
      `UPDATE nest_lti.outbox_score SET fault = NULL, failed_alone = failed_alone + 1,
         status = CASE WHEN fault = 'authentication' AND failed_alone + 1 >= $4 THEN 'rejected' ELSE status END,
         settled_at = CASE WHEN fault = 'authentication' AND failed_alone + 1 >= $4 THEN $5::timestamptz END,
         maybe_sent = maybe_sent AND NOT (fault = 'authentication' AND failed_alone + 1 >= $4)
       WHERE registration_id = $1 AND fault IS NOT NULL AND status = 'pending' AND in_flight_by IS NULL
         AND (line_item_key = $2 OR (fault = 'unreachable' AND origin = $3))
       RETURNING id, course_id, line_item_id, user_id, status, error_code, message`,
      [registrationId, key, origin, REFUSALS_ALONE, this.clock.now()],
    );
    return rows
      .filter(({ status }) => status === 'rejected')
      .map((row) => ({
        id: row.id,
        courseId: row.course_id,
        lineItemId: row.line_item_id,
        userId: row.user_id,
        errorCode: row.error_code ?? '',
        message: row.message ?? '',
      }));
  }

  private async pendingOfDueUsers(
    manager: EntityManager,
    {
      registrationId,
      key,
      limit,
      order,
    }: { registrationId: string; key: string; limit: number; order: SendingOrder },
  ): Promise<PendingScore[]> {
    const rows = await manager.query<PendingRow[]>(
      `WITH due AS (
         SELECT DISTINCT user_id FROM (
           SELECT user_id FROM nest_lti.outbox_score
           WHERE registration_id = $1 AND line_item_key = $2 AND status = 'pending' AND due_at <= $3
           ORDER BY ${order === 'due' ? '' : `coalesce(attempted_at, '-infinity'),`} due_at, arrival LIMIT $4) first)
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
    { key, leaseId }: { key: string; leaseId: string },
    { send, superseded }: SendingPlan,
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
       SET sent_timestamp = plan.sent_timestamp, maybe_sent = true, attempts = o.attempts + 1, attempted_at = $3,
         in_flight_by = $5
       FROM plan WHERE o.id = plan.id
       RETURNING o.id, o.line_item_id, o.course_id, o.score, o.stale, o.attempts, o.failing_since, o.failed_alone`,
      [JSON.stringify(send.map(planRow)), superseded, this.clock.now(), key, leaseId],
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
  failed_alone: number;
}

interface RefusedAloneRow {
  id: string;
  course_id: string;
  line_item_id: string;
  user_id: string;
  status: string;
  error_code: string | null;
  message: string | null;
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
    failedAlone: row.failed_alone,
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
    fault: settlement.fault,
    failed_alone: settlement.failedAlone,
    refused_call: settlement.refusedCall,
    error_code: settlement.errorCode,
    message: settlement.message,
  };
}
