import { type PlatformFamily } from '../registrations/platform-family.js';

const SECOND_MS = 1000;

/** Families that compare timestamps by whole seconds (measured: Moodle answers 409 to the second score of one second). */
const WHOLE_SECONDS: ReadonlySet<PlatformFamily> = new Set(['moodle']);

/** The facts about a pending score that the order of scores depends on. */
export interface PendingScore {
  id: string;
  userId: string;
  /** Position in the order of arrival. */
  arrival: number;
  /** The caller's timestamp. */
  givenTimestamp: Date | null;
  createdAt: Date;
  /** The timestamp of the attempt before; null again after the platform called the score stale. */
  sentTimestamp: Date | null;
  /** The attempt before may have reached the platform. */
  maybeSent: boolean;
  /** How often the platform has called it stale. */
  stale: number;
  /** It is not sent before this time. */
  dueAt: Date;
}

/** The newest score of a user that was sent, or may have been sent. */
export interface LastScore {
  arrival: number;
  /** Its position in the order: the caller's timestamp, or the time of arrival. */
  orderedAt: Date;
  sentTimestamp: Date;
}

export interface PlannedScore {
  id: string;
  userId: string;
  arrival: number;
  orderedAt: Date;
  /** Is stored before the score is sent. */
  timestamp: Date;
  /** The platform may have this score already. If it does, it calls the retry stale. */
  afterUnknown: boolean;
}

/** A score may be of any year, before 1970 as well. */
const BEFORE_ALL = { arrival: -1, orderedAt: new Date(-8.64e15) };

export interface SendingPlan {
  send: PlannedScore[];
  /** Ids of scores that a newer score replaces. */
  superseded: string[];
}

/**
 * Plans the pending scores of a line item: the newest score of each user is sent if it is due, and the others are superseded.
 * Scores are ordered by the caller's timestamp. A score without a timestamp is newer than all that arrived before it.
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

/** Undefined when a score that is newer than all of these was sent. */
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
  // A retry of the score that was sent last.
  if (arrival === than) return true;
  if (givenTimestamp === null || givenTimestamp.getTime() === orderedAt.getTime()) return arrival > than;
  return givenTimestamp > orderedAt;
}

/** A retry has the timestamp of the first attempt, so that the platform recognizes the score. */
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

/**
 * The timestamp that a score is sent with: the wished one, or the next one that the family distinguishes from the last one
 * of this user and line item (AGS 2.0 3.4.10: strictly increasing).
 */
export function timestampAfter(last: Date | undefined, wished: Date, family: PlatformFamily): Date {
  if (last === undefined) return wished;
  const step = WHOLE_SECONDS.has(family) ? SECOND_MS : 1;
  const next = (Math.floor(last.getTime() / step) + 1) * step;
  return wished.getTime() >= next ? wished : new Date(next);
}

/** The timestamp of the second attempt of a score that the platform called stale: it has a later score from another source. */
export function timestampPast(last: Date, now: Date, family: PlatformFamily): Date {
  return timestampAfter(last, new Date(Math.max(now.getTime(), last.getTime() + SECOND_MS)), family);
}
