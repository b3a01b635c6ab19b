import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type NamedLease } from '../database/named-lease.js';
import { USE_STEP_MS } from '../courses/sync-schedule.js';
import { EventOutbox, type NewEvent } from '../events/event-outbox.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type StoredScore } from '../lti-services/grades/score.schema.js';
import { type RefusedCall } from '../access-tokens/access-token.errors.js';
import { type PlatformFamily } from '../registrations/platform-family.js';
import {
  type LastScore,
  type PendingScore,
  planSending,
  type PlannedScore,
  type SendingPlan,
} from './sending-plan.js';
import { REFUSALS_ALONE, type Settlement } from './settlement.js';
import { type SuspendedSubjects } from './suspension.js';

/** A line item with scores that are due. */
export interface DueLineItem {
  registrationId: string;
  lineItemKey: string;
  /** The URL of the line item, as one of its scores names it. */
  lineItemId: string;
  origin: string;
  courseId: string;
  /** The deployment of the course. */
  deploymentId: string;
  /** The line items URL of the course. */
  lineItemsUrl: string | null;
  /** The course was deleted. */
  isOrphaned: boolean;
  /** Whether a posted score is news of the course: its time of last use is not exact, or it is archived. */
  isUseNews: boolean;
  /** The call of an earlier attempt that did not show whether the token was at fault. */
  refusedCall: RefusedCall | undefined;
}

/** `due`: the scores that have waited longest come first. `least-tried`, for a probe: those whose last attempt is the oldest. */
export type SendingOrder = 'due' | 'least-tried';

/** A claimed score. Its row is already marked as in flight. */
export interface ClaimedScore extends PlannedScore {
  lineItemId: string;
  courseId: string;
  createdAt: Date;
  score: StoredScore;
  stale: number;
  attempts: number;
  failingSince: Date | null;
  failedAlone: number;
}

/** What a batch shows about the other scores of its line item. */
export interface LineItemFindings {
  lineItem: DueLineItem;
  /** A score was posted: other scores that met a fault there failed alone. */
  hasPosted: boolean;
  /** The token may be dead: the other scores wait until the same time. */
  undecided: { retryAt: Date; errorCode: string; message: string } | undefined;
}

/** A score that the platform refused repeatedly while it accepted others. */
export interface RefusedAlone extends Pick<ClaimedScore, 'id' | 'courseId' | 'lineItemId' | 'userId'> {
  errorCode: string;
  message: string;
}

type Claim = { registrationId: string; lineItemKey: string; limit: number; order: SendingOrder };

type DueRow = Omit<DueLineItem, 'registrationId' | 'refusedCall'> & { refusedCall: RefusedCall | null };
type ClaimedRow = Omit<ClaimedScore, Exclude<keyof PlannedScore, 'id'>>;

/** Pending scores of a registration ($1) that nothing suspends: $2 line item keys, $3 course ids, $4 origins. */
const NOT_SUSPENDED = `registration_id = $1 AND status = 'pending' AND NOT line_item_key = ANY ($2::uuid[])
  AND NOT course_id = ANY ($3::uuid[]) AND NOT origin = ANY ($4)`;

/** The name of the lease under which the scores of a registration are sent and moved: one process at a time holds it. */
export function deliveryLease(registrationId: string): string {
  return `grade-passback ${registrationId}`;
}

/** The outbox, as deliveries read and write it. The delivering process holds the registration's lease, which fences each write. */
@Injectable()
export class OutboxRepository {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Line items of a registration with scores that are due. Those that wait for longest come first. */
  async dueLineItems(
    registrationId: string,
    { lineItemKeys, courseIds, origins }: SuspendedSubjects,
    { limit, order }: { limit: number; order: SendingOrder },
  ): Promise<DueLineItem[]> {
    const leastTried = order === 'due' ? '' : `min(coalesce(attempted_at, '-infinity')),`;
    const rows = await this.dataSource.query<DueRow[]>(
      `WITH due AS (
         SELECT line_item_key, min(line_item_id) AS line_item_id, min(origin) AS origin,
           min(course_id::text)::uuid AS course_id,
           (array_agg(refused_call) FILTER (WHERE refused_call IS NOT NULL))[1] AS refused_call,
           row_number() OVER (ORDER BY ${leastTried} min(due_at), min(arrival)) AS position
         FROM nest_lti.outbox_score WHERE ${NOT_SUSPENDED} AND due_at <= $5
         GROUP BY line_item_key ORDER BY position LIMIT $6)
       SELECT line_item_key AS "lineItemKey", line_item_id AS "lineItemId", origin,
         course_id AS "courseId", c.deployment_id AS "deploymentId", c.line_items_url AS "lineItemsUrl", c.deleted_at IS NOT NULL AS "isOrphaned",
         (c.used_at <= $7 OR c.next_sync_at IS NULL) AS "isUseNews",
         refused_call AS "refusedCall"
       FROM due JOIN nest_lti.course c ON c.id = course_id ORDER BY position`,
      [
        ...[registrationId, lineItemKeys, courseIds, origins, this.clock.now(), limit],
        new Date(this.clock.nowMs() - USE_STEP_MS),
      ],
    );
    return rows.map((row) => ({ ...row, registrationId, refusedCall: row.refusedCall ?? undefined }));
  }

  /** When the next score of a registration is due that nothing suspends. */
  async nextDueAt(
    registrationId: string,
    { lineItemKeys, courseIds, origins }: SuspendedSubjects,
  ): Promise<Date | undefined> {
    const [row] = await this.dataSource.query<{ due_at: Date | null }[]>(
      `SELECT min(due_at) AS due_at FROM nest_lti.outbox_score WHERE ${NOT_SUSPENDED}`,
      [registrationId, lineItemKeys, courseIds, origins],
    );
    return row?.due_at ?? undefined;
  }

  /** Whether a score waits after a fault that may be its own. */
  async hasFaults(registrationId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.outbox_score WHERE registration_id = $1 AND fault IS NOT NULL AND status = 'pending' LIMIT 1`,
      [registrationId],
    );
    return rows.length > 0;
  }

  /** Whether a score for the line item's server was posted after this time. */
  async hasPostedSince({ registrationId, origin }: DueLineItem, since: Date): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM nest_lti.outbox_score
       WHERE registration_id = $1 AND origin = $2 AND status = 'posted' AND settled_at > $3 LIMIT 1`,
      [registrationId, origin, since],
    );
    return rows.length > 0;
  }

  /**
   * Claims the scores of up to `limit` users of a line item: the newest score of each user, with the timestamp that it is
   * sent with. Older scores are superseded. Everything is stored before anything is sent. None is claimed while an operator has paused
   * the registration.
   *
   * @throws {Unavailable} `lease_lost`
   */
  async claim(
    lease: NamedLease,
    { registrationId, lineItemKey }: DueLineItem,
    { family, limit, order }: { family: PlatformFamily; limit: number; order: SendingOrder },
  ): Promise<ClaimedScore[]> {
    return this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const pending = await this.pendingOfDueUsers(manager, { registrationId, lineItemKey, limit, order });
      if (pending.length === 0) return [];
      const last = await lastScores(manager, lineItemKey, [...new Set(pending.map(({ userId }) => userId))]);
      const plan = planSending(pending, last, this.clock.now(), family);
      return this.writePlan(manager, { lineItemKey, leaseId: lease.id }, plan);
    });
  }

  /**
   * Stores the outcomes of claimed scores.
   *
   * @returns `settled`: ids of the scores that were still pending; the others were cancelled meanwhile. `refusedAlone`: other
   *   scores that are rejected now, because this batch shows that they fail alone.
   * @throws {Unavailable} `lease_lost`
   */
  async settle(
    lease: NamedLease,
    settlements: readonly Settlement[],
    { lineItem, hasPosted, undecided }: LineItemFindings,
  ): Promise<{ settled: string[]; refusedAlone: RefusedAlone[] }> {
    if (settlements.length === 0) return { settled: [], refusedAlone: [] };
    return this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const [rows] = await manager.query<[SettledRow[], number]>(
        `UPDATE nest_lti.outbox_score o SET status = s.status, due_at = coalesce(s."dueAt", o.due_at),
           maybe_sent = s."maybeSent", stale = s.stale, failing_since = s."failingSince", in_flight_by = NULL,
           fault = s.fault, failed_alone = s."failedAlone", refused_call = s."refusedCall",
           sent_timestamp = CASE WHEN s."forgetTimestamp" THEN NULL ELSE o.sent_timestamp END,
           error_code = s."errorCode", message = s.message,
           settled_at = CASE WHEN s.status = 'pending' THEN NULL ELSE $2::timestamptz END
         FROM jsonb_to_recordset($1::jsonb) AS s (id uuid, status text, "dueAt" timestamptz, "maybeSent" boolean,
           stale smallint, "forgetTimestamp" boolean, "failingSince" timestamptz, fault text, "failedAlone" smallint,
           "refusedCall" json, "errorCode" text, message text)
         WHERE o.id = s.id AND o.status = 'pending'
         RETURNING o.id, o.course_id AS "courseId", o.line_item_id AS "lineItemId", o.user_id AS "userId", o.status,
           o.error_code AS "errorCode"`,
        [JSON.stringify(settlements), this.clock.now()],
      );
      if (undecided !== undefined) await this.postpone(manager, lineItem, undecided);
      const refusedAlone = hasPosted ? await this.countFailedAlone(manager, lineItem) : [];
      await this.events.append(manager, [
        ...rows.flatMap((row) => scoreEvents(lineItem.registrationId, row)),
        ...refusedAlone.flatMap((row) =>
          scoreEvents(lineItem.registrationId, { ...row, status: 'rejected' }),
        ),
      ]);
      return { settled: rows.map(({ id }) => id), refusedAlone };
    });
  }

  private async postpone(
    manager: EntityManager,
    { registrationId, lineItemKey }: DueLineItem,
    { retryAt, errorCode, message }: NonNullable<LineItemFindings['undecided']>,
  ): Promise<void> {
    await manager.query(
      `UPDATE nest_lti.outbox_score SET due_at = $3, error_code = coalesce(error_code, $4),
         message = coalesce(message, $5)
       WHERE registration_id = $1 AND line_item_key = $2 AND status = 'pending' AND due_at < $3`,
      [registrationId, lineItemKey, retryAt, errorCode, message],
    );
  }

  /** Another score was posted after the last attempt of these met a fault, so the fault is their own. */
  private async countFailedAlone(
    manager: EntityManager,
    { registrationId, lineItemKey, origin }: DueLineItem,
  ): Promise<RefusedAlone[]> {
    const [rows] = await manager.query<[(RefusedAlone & { status: string })[], number]>(
      `UPDATE nest_lti.outbox_score SET fault = NULL, failed_alone = failed_alone + 1,
         status = CASE WHEN fault = 'authentication' AND failed_alone + 1 >= $4 THEN 'rejected' ELSE status END,
         settled_at = CASE WHEN fault = 'authentication' AND failed_alone + 1 >= $4 THEN $5::timestamptz END,
         maybe_sent = maybe_sent AND NOT (fault = 'authentication' AND failed_alone + 1 >= $4)
       WHERE registration_id = $1 AND fault IS NOT NULL AND status = 'pending' AND in_flight_by IS NULL
         AND (line_item_key = $2 OR (fault = 'unreachable' AND origin = $3))
       RETURNING id, course_id AS "courseId", line_item_id AS "lineItemId", user_id AS "userId", status,
         coalesce(error_code, '') AS "errorCode", coalesce(message, '') AS message`,
      [registrationId, lineItemKey, origin, REFUSALS_ALONE, this.clock.now()],
    );
    return rows.filter(({ status }) => status === 'rejected').map(({ status: _, ...refused }) => refused);
  }

  private pendingOfDueUsers(
    manager: EntityManager,
    { registrationId, lineItemKey, limit, order }: Claim,
  ): Promise<PendingScore[]> {
    const leastTried = order === 'due' ? '' : `coalesce(attempted_at, '-infinity'),`;
    return manager.query<PendingScore[]>(
      `WITH due AS (
         SELECT DISTINCT user_id FROM (
           SELECT user_id FROM nest_lti.outbox_score
           WHERE registration_id = $1 AND line_item_key = $2 AND status = 'pending' AND due_at <= $3
             AND NOT EXISTS (SELECT FROM nest_lti.passback_suspension WHERE registration_id = $1 AND cause = 'operator')
           ORDER BY ${leastTried} due_at, arrival LIMIT $4) first)
       SELECT id, o.user_id AS "userId", arrival::float8 AS arrival, given_timestamp AS "givenTimestamp",
         created_at AS "createdAt", sent_timestamp AS "sentTimestamp", maybe_sent AS "maybeSent", stale,
         due_at AS "dueAt"
       FROM nest_lti.outbox_score o JOIN due USING (user_id)
       WHERE o.line_item_key = $2 AND o.status = 'pending'
       ORDER BY o.arrival
       FOR UPDATE OF o`,
      [registrationId, lineItemKey, this.clock.now(), limit],
    );
  }

  private async writePlan(
    manager: EntityManager,
    { lineItemKey, leaseId }: { lineItemKey: string; leaseId: string },
    { send, superseded }: SendingPlan,
  ): Promise<ClaimedScore[]> {
    const [rows] = await manager.query<[ClaimedRow[], number]>(
      `WITH plan AS (
         SELECT * FROM json_to_recordset($1::json)
           AS p (id uuid, "userId" text, arrival bigint, "orderedAt" timestamptz, "timestamp" timestamptz)),
       outdone AS (
         UPDATE nest_lti.outbox_score SET status = 'superseded', settled_at = $3 WHERE id = ANY ($2)),
       stored AS (
         INSERT INTO nest_lti.last_score AS l (line_item_key, user_id, arrival, ordered_at, sent_timestamp, course_id)
         SELECT $4, "userId", plan.arrival, "orderedAt", "timestamp", sent.course_id
         FROM plan JOIN nest_lti.outbox_score sent ON sent.id = plan.id
         ON CONFLICT (line_item_key, user_id) DO UPDATE SET arrival = excluded.arrival,
           ordered_at = excluded.ordered_at, course_id = excluded.course_id,
           sent_timestamp = greatest(l.sent_timestamp, excluded.sent_timestamp))
       UPDATE nest_lti.outbox_score o
       SET sent_timestamp = plan."timestamp", maybe_sent = true, attempts = o.attempts + 1, attempted_at = $3,
         in_flight_by = $5
       FROM plan WHERE o.id = plan.id
       RETURNING o.id, o.line_item_id AS "lineItemId", o.course_id AS "courseId", o.created_at AS "createdAt", o.score, o.stale, o.attempts,
         o.failing_since AS "failingSince", o.failed_alone AS "failedAlone"`,
      [JSON.stringify(send), superseded, this.clock.now(), lineItemKey, leaseId],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return send.flatMap((planned) => {
      const row = byId.get(planned.id);
      return row === undefined ? [] : [{ ...planned, ...row }];
    });
  }
}

/** The outcome of a score, as it is stored. */
interface SettledRow {
  id: string;
  courseId: string;
  lineItemId: string;
  userId: string;
  status: string;
  errorCode: string | null;
}

function scoreEvents(
  registrationId: string,
  { id, courseId, lineItemId, userId, status, errorCode }: SettledRow,
): NewEvent[] {
  const score = { scoreId: id, courseId, lineItemId, userId };
  if (status === 'posted') return [{ type: 'lti.score.posted', registrationId, data: score }];
  if (status !== 'rejected') return [];
  const data = { ...score, errorCode: errorCode ?? '', message: '' };
  return [{ type: 'lti.score.rejected', registrationId, data }];
}

async function lastScores(
  manager: EntityManager,
  lineItemKey: string,
  userIds: readonly string[],
): Promise<Map<string, LastScore>> {
  const rows = await manager.query<(LastScore & { userId: string })[]>(
    `SELECT user_id AS "userId", arrival::float8 AS arrival, ordered_at AS "orderedAt",
       sent_timestamp AS "sentTimestamp"
     FROM nest_lti.last_score WHERE line_item_key = $1 AND user_id = ANY ($2)`,
    [lineItemKey, userIds],
  );
  return new Map(rows.map(({ userId, ...last }) => [userId, last]));
}
