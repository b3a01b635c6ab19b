import { Logger } from '@nestjs/common';
import { type LimitFunction } from 'p-limit';
import { type Clock } from '../common/clock.js';
import { type LtiEventMap, type LtiEvents } from '../common/lti-events.js';
import { LtiError } from '../common/lti-error.js';
import { type NamedLease } from '../database/named-lease.js';
import { GradesRefused, GradesUnreadable } from '../lti-services/grades/grades.errors.js';
import { type GradeService } from '../lti-services/grades/grade.service.js';
import { AuthenticationFailed, ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { type Registration } from '../registrations/registration.entity.js';
import { ScoreNotSent } from './grade-passback.errors.js';
import {
  type BatchEvidence,
  type ClaimedScore,
  type DueLineItem,
  type Outbox,
  type SendingOrder,
  type Settlement,
} from './outbox.repository.js';
import { type PassbackHolds } from './passback-holds.repository.js';
import { type PassbackSuspensions } from './passback-suspensions.js';
import { isTaken } from './taken-score.js';
import { outcomeOf, type ScoreOutcome } from './score-outcome.js';
import { failsAlone, MAX_FAILING_DAYS, settlementOf } from './settlement.js';

/** Scores of a line item that are stored as sent before the first of them is, and settled after the last. */
const BATCH = 50;
/** Batches of one line item before the others have their turn again. */
const BATCHES_IN_A_ROW = 10;
const DAY_MS = 86_400_000;

export interface PassbackPassParts {
  outbox: Outbox;
  holds: PassbackHolds;
  grades: GradeService;
  events: LtiEvents;
  clock: Clock;
  registration: Registration;
  suspensions: PassbackSuspensions;
  /** Whether scores wait of which it is to be seen whether they fail alone. */
  hasFaults: boolean;
  /** A client for the scores of a line item. */
  clientOf: (lineItem: DueLineItem) => Promise<OAuthClient>;
  /** Its signal aborts when it is lost, or when the process stops: what is not sent by then is not sent. */
  lease: NamedLease;
  /** Scores in flight, over all line items. */
  inFlight: LimitFunction;
  /** How many of them, while the platform is well. */
  concurrency: number;
}

interface Attempt {
  score: ClaimedScore;
  outcome: ScoreOutcome | 'unsent';
  /** Its place in the order of the answers of this pass. */
  nth: number;
}

/** One pass over the line items of a registration that have scores due. */
export class PassbackPass {
  private readonly logger = new Logger('GradePassback');
  /** Line items whose token is in doubt: the next try comes later. */
  private readonly undecided = new Set<string>();
  private hasFaults: boolean;
  private isBroken = false;
  private answers = 0;

  constructor(private readonly parts: PassbackPassParts) {
    this.hasFaults = parts.hasFaults;
  }

  /** Sends what is due of the line items, side by side. */
  async send(lineItems: readonly DueLineItem[]): Promise<void> {
    const { suspensions } = this.parts;
    // What a suspension whose time is up is about is tried with one score, before anything else.
    const probe = lineItems.find((lineItem) => suspensions.isProbe(lineItem));
    await (probe === undefined ? this.drainAll(lineItems) : this.sendBatch(probe, 1, 'least-tried'));
    await suspensions.written();
  }

  /** If one cannot go on, all come to an end before the lease is given back. */
  private async drainAll(lineItems: readonly DueLineItem[]): Promise<void> {
    const drains = await Promise.allSettled(
      lineItems.map((lineItem) =>
        this.drain(lineItem).catch((error: unknown) => {
          this.isBroken = true;
          throw error;
        }),
      ),
    );
    const failed = drains.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  private async drain(lineItem: DueLineItem): Promise<void> {
    const { holds, registration } = this.parts;
    for (let nth = 0; nth < BATCHES_IN_A_ROW; nth += 1) {
      if (nth > 0 && (await holds.isPaused(registration.id))) return;
      if (!(await this.sendBatch(lineItem, BATCH, 'due'))) return;
    }
  }

  /** @returns whether there may be more to send */
  private async sendBatch(lineItem: DueLineItem, limit: number, order: SendingOrder): Promise<boolean> {
    if (this.isEnded(lineItem)) return false;
    const client = await this.clientFor(lineItem);
    if (client === undefined) return false;
    const { outbox, lease, registration } = this.parts;
    const terms = { family: registration.platformFamily, limit, order };
    const batch = await outbox.claim(lease, lineItem, terms);
    const attempts = await Promise.all(
      batch.map((score) => this.parts.inFlight(() => this.attempt(client, lineItem, score))),
    );
    await this.settle(lineItem, attempts);
    return batch.length > 0;
  }

  /** Undefined when the token cannot be had: then nothing was claimed. */
  private async clientFor(lineItem: DueLineItem): Promise<OAuthClient | undefined> {
    try {
      return await this.parts.clientOf(lineItem);
    } catch (error) {
      const outcome = outcomeOf(error, { afterUnknown: false, stale: 0, failedAlone: 0 });
      if (outcome.kind !== 'held') throw error;
      this.parts.suspensions.fault(lineItem, outcome.cause, outcome.error);
      return undefined;
    }
  }

  private async attempt(client: OAuthClient, lineItem: DueLineItem, score: ClaimedScore): Promise<Attempt> {
    if (this.isEnded(lineItem)) return { score, outcome: 'unsent', nth: 0 };
    const outcome = await this.lookedUp(client, score, outcomeOf(await this.post(client, score), score));
    this.weigh(lineItem, score, outcome);
    return { score, outcome, nth: (this.answers += 1) };
  }

  /** @returns the error, if there is one */
  private async post(client: OAuthClient, { lineItemId, score, timestamp }: ClaimedScore): Promise<unknown> {
    try {
      // A registration that has to wait gives the place to another one.
      const options = { maxThrottleWaitMs: 0 };
      await this.parts.grades.postScore(client, lineItemId, { ...score, timestamp }, options);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /**
   * A retry after a lost answer may be refused because the first try was taken: at Canvas it has used up the attempts. So the
   * gradebook is asked before the score is called rejected.
   */
  private async lookedUp(
    client: OAuthClient,
    score: ClaimedScore,
    outcome: ScoreOutcome,
  ): Promise<ScoreOutcome> {
    const isRefusal = outcome.kind === 'rejected' && outcome.error instanceof GradesRefused;
    if (!isRefusal || !score.afterUnknown) return outcome;
    try {
      const results = await this.parts.grades.results(client, score.lineItemId, { userId: score.userId });
      return isTaken(score.score, results[0]) ? { kind: 'posted' } : outcome;
    } catch (error) {
      // It may not be asked: the refusal is all there is.
      const isFinal = [GradesRefused, ScopeMismatch, GradesUnreadable].some((kind) => error instanceof kind);
      if (isFinal || (error instanceof AuthenticationFailed && error.conclusive)) return outcome;
      // The token may be dead: that suspends nothing.
      const doubt = outcomeOf(error, score);
      if (doubt.kind === 'undecided') return doubt;
      const fault = error instanceof LtiError ? error : outcome.error;
      return { kind: 'held', cause: 'unreachable', error: fault, maybeSent: true };
    }
  }

  /** What the outcome says about other scores. */
  private weigh(lineItem: DueLineItem, { id, failedAlone }: ClaimedScore, outcome: ScoreOutcome): void {
    const { suspensions } = this.parts;
    switch (outcome.kind) {
      case 'undecided':
        this.undecided.add(lineItem.key);
        return;
      case 'held':
        // Where others get through, one that is known to fail alone says nothing about them.
        if (failsAlone(failedAlone, outcome)) return;
        suspensions.fault(lineItem, outcome.cause, outcome.error);
        return;
      case 'failing':
        if (outcome.error instanceof ScoreNotSent) this.logFault(id, outcome.error);
        else suspensions.failed(lineItem, outcome.error);
        break;
      case 'rejected':
        // Refused here, and not sent.
        if (!(outcome.error instanceof GradesRefused)) return;
        suspensions.answered(lineItem);
        break;
      default:
        suspensions.answered(lineItem);
    }
    // One by one while the platform fails over each.
    this.parts.inFlight.concurrency = suspensions.isFailing ? 1 : this.parts.concurrency;
  }

  private async settle(lineItem: DueLineItem, attempts: readonly Attempt[]): Promise<void> {
    const { outbox, lease, clock, suspensions } = this.parts;
    const now = clock.now();
    const lastThrough = Math.max(
      0,
      ...attempts.map(({ outcome, nth }) => (outcome !== 'unsent' && outcome.kind === 'posted' ? nth : 0)),
    );
    const settlements: Settlement[] = [];
    for (const { score, outcome, nth } of attempts) {
      const context = {
        isOvertaken: nth < lastThrough,
        failsForAll:
          suspensions.failsForAll(lineItem) &&
          isOld(score, now) &&
          !(await this.othersGotThrough(lineItem, score)),
      };
      settlements.push(settlementOf(score, outcome, now, context));
    }
    if (settlements.some(({ fault }) => fault !== null)) this.hasFaults = true;
    const evidence: BatchEvidence = {
      lineItem,
      gotThrough: this.hasFaults && lastThrough > 0,
      undecided: undecidedOf(attempts),
    };
    const { settled, refusedAlone } = await outbox.settle(lease, settlements, evidence);
    this.publish(attempts, settlements, new Set(settled));
    for (const { id, ...score } of refusedAlone) this.publishRejection({ scoreId: id, ...score });
  }

  private othersGotThrough(lineItem: DueLineItem, { failingSince }: ClaimedScore): Promise<boolean> {
    return failingSince === null
      ? Promise.resolve(false)
      : this.parts.outbox.hasPostedSince(lineItem, failingSince);
  }

  /** A fault of ours: its error says that the log has the reason. */
  private logFault(scoreId: string, { cause }: ScoreNotSent): void {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.logger.error(`Score ${scoreId} could not be sent: ${reason}`);
  }

  private isEnded(lineItem: DueLineItem): boolean {
    const { lease, suspensions } = this.parts;
    if (this.isBroken || lease.signal.aborted || this.undecided.has(lineItem.key)) return true;
    return suspensions.suspends(lineItem);
  }

  private publish(
    attempts: readonly Attempt[],
    settlements: readonly Settlement[],
    settled: ReadonlySet<string>,
  ): void {
    for (const [index, { id, status, errorCode, message }] of settlements.entries()) {
      const score = attempts[index]?.score;
      if (score === undefined || !settled.has(id)) continue;
      const { courseId, lineItemId, userId } = score;
      const event = { scoreId: id, courseId, lineItemId, userId };
      if (status === 'posted') this.parts.events.publish('lti.score.posted', event);
      if (status === 'rejected') {
        this.publishRejection({ ...event, errorCode: errorCode ?? '', message: message ?? '' });
      }
    }
  }

  private publishRejection(event: LtiEventMap['lti.score.rejected']): void {
    this.logger.warn(`Score ${event.scoreId} of course ${event.courseId} was rejected: ${event.message}`);
    this.parts.events.publish('lti.score.rejected', event);
  }
}

function isOld({ failingSince }: ClaimedScore, now: Date): boolean {
  return failingSince !== null && now.getTime() - failingSince.getTime() >= MAX_FAILING_DAYS * DAY_MS;
}

function undecidedOf(attempts: readonly Attempt[]): BatchEvidence['undecided'] {
  for (const { outcome } of attempts) {
    if (outcome === 'unsent' || outcome.kind !== 'undecided') continue;
    const { error, retryAt } = outcome;
    return { retryAt, errorCode: error.code, message: error.message };
  }
  return undefined;
}
