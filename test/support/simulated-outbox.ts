import {
  type LastScore,
  type PendingScore,
  type PlannedScore,
  planSending,
} from '../../src/grade-passback/sending-plan.js';

export type SimulatedAnswer = 'posted' | 'rejected' | 'unknown' | 'stale' | 'unsent';

interface SentScore {
  id: string;
  timestamp: number;
  /** The same score, with the timestamp of the earlier attempt. */
  isRetry: boolean;
}

/** An outbox in memory, with a simpler rule for the newest score of a user. */
export class SimulatedOutbox {
  private pending: PendingScore[] = [];
  private readonly last = new Map<string, LastScore>();
  private readonly log = new Map<string, SentScore[]>();
  private readonly best = new Map<string, { id: string; orderedAt: number }>();
  private arrivals = 0;

  constructor(private readonly family: 'moodle' | 'generic') {}

  arrive(score: { userId: string; givenTimestamp: number | null; createdAt: number }): void {
    const { userId, givenTimestamp, createdAt } = score;
    this.arrivals += 1;
    const id = `score ${this.arrivals}`;
    this.pending.push({
      id,
      userId,
      arrival: this.arrivals,
      givenTimestamp: givenTimestamp === null ? null : new Date(givenTimestamp),
      createdAt: new Date(createdAt),
      sentTimestamp: null,
      maybeSent: false,
      stale: 0,
      dueAt: new Date(-1e6),
    });
    const before = this.best.get(userId)?.orderedAt ?? -Infinity;
    const orderedAt = givenTimestamp ?? Math.max(createdAt, before);
    if (orderedAt >= before) this.best.set(userId, { id, orderedAt });
  }

  /** Sends one batch. There is an answer for each user's score. */
  send(now: number, answers: readonly SimulatedAnswer[]): void {
    const { send, superseded } = planSending(this.pending, this.last, new Date(now), this.family);
    this.pending = this.pending.filter(({ id }) => !superseded.includes(id));
    for (const [nth, planned] of send.entries()) this.answer(planned, answers[nth] ?? 'posted');
  }

  private answer(planned: PlannedScore, answer: SimulatedAnswer): void {
    const { id, userId, arrival, orderedAt, timestamp, afterUnknown } = planned;
    const score = this.pending.find((one) => one.id === id);
    if (score === undefined) throw new Error(`${id} is sent, and is not pending.`);
    const isRetry = score.sentTimestamp !== null;
    this.log.set(userId, [...this.sent(userId), { id, timestamp: timestamp.getTime(), isRetry }]);
    this.last.set(userId, { arrival, orderedAt, sentTimestamp: timestamp });
    score.sentTimestamp = timestamp;
    score.maybeSent = answer === 'unknown' || (answer === 'unsent' && afterUnknown);
    if (answer === 'unknown' || answer === 'unsent') return;
    // "Stale" for a score that may have arrived means that it has; the second "stale" rejects it.
    if (answer === 'stale' && !afterUnknown && score.stale === 0) {
      score.sentTimestamp = null;
      score.stale = 1;
      return;
    }
    this.pending = this.pending.filter((one) => one !== score);
  }

  /** In the order of sending. */
  sent(userId: string): SentScore[] {
    return this.log.get(userId) ?? [];
  }

  lastSent(userId: string): string | undefined {
    return this.sent(userId).at(-1)?.id;
  }

  newest(userId: string): string | undefined {
    return this.best.get(userId)?.id;
  }

  stillPending(userId: string): string[] {
    return this.pending.filter((score) => score.userId === userId).map(({ id }) => id);
  }

  /** Whether the family considers the second timestamp later. */
  tellsApart(one: number, other: number): boolean {
    const step = this.family === 'moodle' ? 1000 : 1;
    return Math.floor(other / step) > Math.floor(one / step);
  }
}
