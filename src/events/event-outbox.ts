import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { type LtiEventMap } from '../common/lti-events.js';

/** An event to store, as the change that it reports has it. */
export type NewEvent = {
  [Name in keyof LtiEventMap]: {
    type: Name;
    /** Null: the event has none. */
    registrationId: string | null;
    data: LtiEventMap[Name];
  };
}[keyof LtiEventMap];

/** The number of advisory locks that keep the order of events. The second number of a lock is a hash of the course. */
const ORDER_LOCK = 1_763_700_029;

/**
 * The events that webhooks and the embedder's handler get. An event is stored in the transaction of its change: so a crash loses
 * neither without the other. It is stored once for each subscription that wants it, and not at all if there is none.
 *
 * Two transactions that store events of one course do it one after the other, until the commit: otherwise the later of them could
 * be delivered first.
 *
 * @example
 * await dataSource.transaction(async (manager) => {
 *   const userIds = await roster.remove(manager, courseId, gone);
 *   await outbox.append(manager, [{ type: 'lti.membership.removed', registrationId, data: { courseId, syncRunId, userIds } }]);
 * });
 */
@Injectable()
export class EventOutbox {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** Stores events in the caller's transaction. Best as its last statement: until the commit, others wait for the lock. */
  async append(manager: EntityManager, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    await manager.query(insertEventsSql('$1'), [this.parameterOf(events)]);
  }

  /** The parameter of `insertEventsSql`. */
  parameterOf(events: readonly NewEvent[]): string {
    const createdAt = this.clock.now().toISOString();
    return JSON.stringify(events.map((event, place) => ({ ...rowOf(event), place, created_at: createdAt })));
  }
}

/**
 * The statement of `append`, for use as one CTE (`event AS (...)`) of the statement that makes the change.
 *
 * @param parameter the placeholder of what `parameterOf` returns, such as `$3`
 * @param condition SQL; without it the events are always stored
 */
export function insertEventsSql(parameter: string, condition = 'true'): string {
  const wants = (subscription: string): string =>
    `(${subscription}.types IS NULL OR given.type = ANY (${subscription}.types))
     AND (${subscription}.registration_id IS NULL OR ${subscription}.registration_id = given.registration_id)`;
  // OFFSET 0: the lock is held before the outer query takes numbers from the sequence.
  return `INSERT INTO nest_lti.event (id, subscription_id, type, registration_id, course_id, order_key, user_ids, data, created_at)
    SELECT given.id, subscription.id, given.type, given.registration_id, given.course_id, given.order_key, given.user_ids,
      given.data, given.created_at
    FROM (
      SELECT given.*, pg_advisory_xact_lock(${ORDER_LOCK}, hashtext(given.order_key::text)) AS locked
      FROM json_to_recordset(${parameter}::json) AS given (place int, id uuid, type text, registration_id uuid,
        course_id uuid, order_key uuid, user_ids text[], data json, created_at timestamptz)
      WHERE ${condition}
        AND EXISTS (SELECT FROM nest_lti.event_subscription other WHERE ${wants('other')})
      OFFSET 0) given
    JOIN nest_lti.event_subscription subscription ON ${wants('subscription')}
    ORDER BY given.place`;
}

interface EventRow {
  id: string;
  type: string;
  registration_id: string | null;
  course_id: string | null;
  order_key: string;
  user_ids: string[];
  data: Record<string, unknown>;
}

/** The persons go into a column of their own, from which an erasure removes them. A message may quote a platform, so it is left out. */
function rowOf({ type, registrationId, data }: NewEvent): EventRow {
  const { userId, userIds, message: _, ...rest } = data as Record<string, unknown>;
  const courseId = (rest.courseId as string | undefined) ?? null;
  return {
    id: uuidv7(),
    type,
    registration_id: registrationId,
    course_id: courseId,
    order_key: courseId ?? registrationId ?? (rest.launchSessionId as string),
    user_ids: (userIds as string[] | undefined) ?? (userId === undefined ? [] : [userId as string]),
    data: registrationId === null ? rest : { registrationId, ...rest },
  };
}
