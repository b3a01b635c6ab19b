import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { type Page, pageOf } from '../common/page.schema.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventSubscription } from './event-subscription.entity.js';
import { StoredEvent } from './stored-event.entity.js';
import { type DeliveryQuery } from './webhook.schema.js';

/** Rows that one statement changes or deletes. */
const PORTION = 2000;
const COUNTED_PENDING = 10_000;

/** What a receiver that did not take an event answered. */
export interface FailedAttempt {
  /** Undefined if there was no answer. */
  status: number | undefined;
  error: string;
}

/** The rows of events and of their subscriptions, as deliveries need them. */
@Injectable()
export class EventDeliveryRepository {
  constructor(
    @InjectRepository(StoredEvent, LTI_DATA_SOURCE) private readonly events: Repository<StoredEvent>,
    @InjectRepository(EventSubscription, LTI_DATA_SOURCE)
    private readonly subscriptions: Repository<EventSubscription>,
  ) {}

  /** The active subscriptions that have something to deliver. */
  async due(now: Date): Promise<Pick<EventSubscription, 'id' | 'kind'>[]> {
    return this.subscriptions.query(
      `SELECT s.id, s.kind FROM nest_lti.event_subscription s
       WHERE s.status = 'active' AND (s.retry_at IS NULL OR s.retry_at <= $1)
         AND EXISTS (SELECT FROM nest_lti.event e WHERE e.subscription_id = s.id AND ${DUE})
       ORDER BY s.id`,
      [now],
    );
  }

  /** The subscription, unless it is not active, has to wait, or was deleted. */
  async active(id: string, now: Date): Promise<EventSubscription | undefined> {
    const subscription = await this.subscriptions.findOneBy({ id, status: 'active' });
    if (subscription === null || (subscription.retryAt !== null && subscription.retryAt > now))
      return undefined;
    return subscription;
  }

  /** The first events to deliver, in order. A course with an event that waits for its next try is left out. */
  async next(subscriptionId: string, now: Date, limit: number): Promise<StoredEvent[]> {
    return this.events.query(
      `SELECT sequence, id, subscription_id AS "subscriptionId", type, course_id AS "courseId", order_key AS "orderKey",
         user_ids AS "userIds", data, status, attempts, failing_since AS "failingSince", created_at AS "createdAt"
       FROM nest_lti.event e WHERE e.subscription_id = $2 AND ${DUE} ORDER BY e.sequence LIMIT $3`,
      [now, subscriptionId, limit],
    );
  }

  async delivered({ sequence }: StoredEvent, status: number | undefined, now: Date): Promise<void> {
    await this.events.query(
      `UPDATE nest_lti.event SET status = 'delivered', attempts = attempts + 1, attempted_at = $3, settled_at = $3,
         failing_since = NULL, retry_at = NULL, last_status = $2, last_error = NULL
       WHERE sequence = $1 AND status = 'pending'`,
      [sequence, status ?? null, now],
    );
  }

  /** @param retryAt null: the event is given up, and the next one of its course is delivered */
  async failed(
    { sequence }: StoredEvent,
    { status, error }: FailedAttempt,
    retryAt: Date | null,
    now: Date,
  ): Promise<void> {
    await this.events.query(
      `UPDATE nest_lti.event SET status = CASE WHEN $4::timestamptz IS NULL THEN 'failed' ELSE 'pending' END,
         attempts = attempts + 1, attempted_at = $5, failing_since = coalesce(failing_since, $5), retry_at = $4,
         last_status = $2, last_error = $3, settled_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END
       WHERE sequence = $1 AND status = 'pending'`,
      [sequence, status ?? null, error, retryAt, now],
    );
  }

  /** The receiver works. If it failed as a whole before, all its events may be tried again now. */
  async works(id: string, { releasesHeld }: { releasesHeld: boolean }): Promise<void> {
    await this.subscriptions.update({ id }, { failures: 0, failingSince: null, retryAt: null });
    if (releasesHeld) await this.release(id);
  }

  /** Counts a failure. @returns the failures in a row, and since when */
  async fails(id: string, now: Date): Promise<Pick<EventSubscription, 'failures'> & { failingSince: Date }> {
    const [[row]] = await this.subscriptions.query<[{ failures: number; failingSince: Date }[], number]>(
      `UPDATE nest_lti.event_subscription SET failures = failures + 1, failing_since = coalesce(failing_since, $2)
       WHERE id = $1 RETURNING failures, failing_since AS "failingSince"`,
      [id, now],
    );
    return row ?? { failures: 1, failingSince: now };
  }

  /** Nothing is sent before this time, nor before a later one that is set already. */
  async wait(id: string, retryAt: Date): Promise<void> {
    await this.subscriptions.query(
      'UPDATE nest_lti.event_subscription SET retry_at = greatest(retry_at, $2::timestamptz) WHERE id = $1',
      [id, retryAt],
    );
  }

  async disable(id: string, reason: string, now: Date): Promise<void> {
    await this.subscriptions.update({ id, status: 'active' }, { status: 'disabled', reason, updatedAt: now });
  }

  /** Events that wait for their next try are tried now. */
  async release(id: string): Promise<void> {
    await this.events.query(
      `UPDATE nest_lti.event SET retry_at = NULL, failing_since = NULL
       WHERE subscription_id = $1 AND status = 'pending' AND retry_at IS NOT NULL`,
      [id],
    );
  }

  /** Stores that the handler is there, and what it wants. */
  async registerHandler(id: string, types: readonly string[] | undefined, now: Date): Promise<void> {
    await this.subscriptions.query(
      `INSERT INTO nest_lti.event_subscription (id, kind, types, status, seen_at, created_at, updated_at)
       VALUES ($1, 'handler', $2, 'active', $3, $3, $3)
       ON CONFLICT (kind) WHERE kind = 'handler' DO UPDATE SET types = excluded.types, seen_at = excluded.seen_at`,
      [id, types ?? null, now],
    );
  }

  /** How many events are not delivered yet, up to 10,000. */
  async pending(subscriptionId: string): Promise<number> {
    const [row] = await this.events.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM (
         SELECT FROM nest_lti.event WHERE subscription_id = $1 AND status = 'pending' LIMIT $2) pending`,
      [subscriptionId, COUNTED_PENDING],
    );
    return row?.count ?? 0;
  }

  /** The newest first, unless the query has another order. */
  async list<T>(
    subscriptionId: string,
    { limit, cursor, order, ...filters }: DeliveryQuery,
    view: (event: StoredEvent) => T,
  ): Promise<Page<T>> {
    const { after, find, page } = idPage({ limit, cursor, order });
    const rows = await this.events.find({ where: { subscriptionId, ...filters, ...after }, ...find });
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /** Delivers an event again. @returns false if there is none */
  async replayOne(subscriptionId: string, id: string): Promise<boolean> {
    if (!(await this.events.existsBy({ subscriptionId, id }))) return false;
    await this.replay(subscriptionId, { id });
    return true;
  }

  /** Delivers events again. @returns how many */
  async replay(
    subscriptionId: string,
    which: { id: string } | { since: Date; until: Date; failedOnly: boolean },
  ): Promise<number> {
    const [condition, parameters] =
      'id' in which
        ? ['id = $2', [which.id]]
        : [
            `created_at >= $2 AND created_at <= $3${which.failedOnly ? ` AND status = 'failed'` : ''}`,
            [which.since, which.until],
          ];
    for (let total = 0; ;) {
      const [, count] = await this.events.query<[unknown[], number]>(
        `UPDATE nest_lti.event SET status = 'pending', attempts = 0, failing_since = NULL, retry_at = NULL, settled_at = NULL
         WHERE sequence IN (SELECT sequence FROM nest_lti.event
           WHERE subscription_id = $1 AND ${condition} AND (status <> 'pending' OR retry_at IS NOT NULL)
           ORDER BY sequence LIMIT ${PORTION})`,
        [subscriptionId, ...parameters],
      );
      total += count;
      if (count < PORTION) return total;
    }
  }

  /**
   * Deletes events in portions: those that were settled before, and all that were stored before `storedBefore`. A handler that no
   * process has had since then is deleted, too.
   */
  async purge(settledBefore: Date, storedBefore: Date): Promise<void> {
    await this.subscriptions.query(
      `DELETE FROM nest_lti.event_subscription WHERE kind = 'handler' AND seen_at < $1`,
      [storedBefore],
    );
    await this.deleteEvents('settled_at < $1', settledBefore);
    await this.deleteEvents('created_at < $1', storedBefore);
  }

  /** After its subscription was deleted. One that is stored at the same time ends by its age. */
  async deleteOfSubscription(id: string): Promise<void> {
    await this.deleteEvents('subscription_id = $1', id);
  }

  private async deleteEvents(condition: string, parameter: unknown): Promise<void> {
    for (let removed = PORTION; removed === PORTION;) {
      [, removed] = await this.events.query<[unknown[], number]>(
        `DELETE FROM nest_lti.event WHERE sequence IN (
           SELECT sequence FROM nest_lti.event WHERE ${condition} LIMIT ${PORTION} FOR UPDATE SKIP LOCKED)`,
        [parameter],
      );
    }
  }
}

/** `$1` is the present time. */
const DUE = `e.status = 'pending' AND (e.retry_at IS NULL OR e.retry_at <= $1)
  AND NOT EXISTS (SELECT FROM nest_lti.event held
    WHERE held.subscription_id = e.subscription_id AND held.order_key = e.order_key AND held.status = 'pending'
      AND held.retry_at > $1)`;
