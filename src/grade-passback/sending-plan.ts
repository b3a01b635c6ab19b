import { type PlatformFamily } from '../registrations/platform-family.js';
import { timestampAfter, timestampPast } from './sent-timestamp.js';

/** A pending score, as far as the order of scores needs to know it. */
export interface PendingScore {
  id: string;
  userId: string;
  /** Position in the order of arrival. */
  arrival: number;
  /** The caller's timestamp. */
  givenTimestamp: Date | null;
  createdAt: Date;
  /** The timestamp of the attempt before; null again when the platform called it stale. */
  sentTimestamp: Date | null;
  /** The attempt before may have reached the platform. */
  maybeSent: boolean;
  /** How often the platform has called it stale. */
  stale: number;
  /** Not before. */
  dueAt: Date;
}

/** The newest score that was sent for a user, or may have been. */
export interface LastScore {
  arrival: number;
  /** Its place in the order: the caller's timestamp, or when it arrived. */
  orderedAt: Date;
  sentTimestamp: Date;
}

export interface PlannedScore {
  id: string;
  userId: string;
  arrival: number;
  orderedAt: Date;
  /** To be stored before it is sent. */
  timestamp: Date;
  /** The platform may have it already: then "stale" is its way to say so. */
  afterUnknown: boolean;
}

/** A score may be of any year, those before 1970 too. */
const BEFORE_ALL = { arrival: -1, orderedAt: new Date(-8.64e15) };

export interface SendingPlan {
  send: PlannedScore[];
  /** Ids of those that a newer score makes pointless. */
  superseded: string[];
}

/**
 * What becomes of the pending scores of a line item: the newest of each user is sent, if it is due, and the others are
 * superseded. The order is the caller's timestamp; a score without one comes after all that arrived before it.
 *
 * @param pending in the order of arrival
 * @param last by user id
 */
export function planSending(
  pending: readonly PendingScore[],
  last: ReadonlyMap<string, LastScore>,
  now: Date,
  family: PlatformFamily,
): SendingPlan {
  const plan: SendingPlan = { send: [], superseded: [] };
  for (const [userId, scores] of byUser(pending)) {
    const sent = last.get(userId);
    const newest = newestOf(scores, sent);
    plan.superseded.push(...scores.filter(({ id }) => id !== newest?.score.id).map(({ id }) => id));
    if (newest === undefined || newest.score.dueAt > now) continue;
    const { id, arrival, maybeSent } = newest.score;
    plan.send.push({
      id,
      userId,
      arrival,
      orderedAt: newest.orderedAt,
      timestamp: timestampOf(newest.score, sent?.sentTimestamp, now, family),
      afterUnknown: maybeSent,
    });
  }
  return plan;
}

/** Undefined when something newer than all of them was sent. */
function newestOf(
  scores: readonly PendingScore[],
  last: LastScore | undefined,
): { score: PendingScore; orderedAt: Date } | undefined {
  let newest: { score: PendingScore; orderedAt: Date } | undefined;
  let { arrival, orderedAt } = last ?? BEFORE_ALL;
  for (const score of scores) {
    if (!isNewer(score, arrival, orderedAt)) continue;
    orderedAt = score.givenTimestamp ?? later(score.createdAt, orderedAt);
    arrival = score.arrival;
    newest = { score, orderedAt };
  }
  return newest;
}

function isNewer({ arrival, givenTimestamp }: PendingScore, than: number, orderedAt: Date): boolean {
  // The one that was sent last, in a retry.
  if (arrival === than) return true;
  if (givenTimestamp === null || givenTimestamp.getTime() === orderedAt.getTime()) return arrival > than;
  return givenTimestamp > orderedAt;
}

/** A retry is the same score to the platform by its timestamp. */
function timestampOf(
  { sentTimestamp, stale, givenTimestamp, createdAt }: PendingScore,
  last: Date | undefined,
  now: Date,
  family: PlatformFamily,
): Date {
  if (sentTimestamp !== null && (last === undefined || last <= sentTimestamp)) return sentTimestamp;
  const wished = givenTimestamp ?? createdAt;
  return stale > 0 ? timestampPast(last ?? wished, now, family) : timestampAfter(last, wished, family);
}

function byUser(pending: readonly PendingScore[]): Map<string, PendingScore[]> {
  const users = new Map<string, PendingScore[]>();
  for (const score of pending) {
    const scores = users.get(score.userId);
    if (scores === undefined) users.set(score.userId, [score]);
    else scores.push(score);
  }
  return users;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
