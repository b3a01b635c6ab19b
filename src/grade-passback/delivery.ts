import { Logger } from '@nestjs/common';
import { type LimitFunction } from 'p-limit';
import { type Clock } from '../common/clock.js';
import { type LtiEventMap, type LtiEvents } from '../common/lti-events.js';
import { LtiError } from '../common/lti-error.js';
import { type CourseScheduleService } from '../courses/course-schedule.service.js';
import { Scope } from '../common/scopes.js';
import { type NamedLease } from '../database/named-lease.js';
import { type JobSlot } from '../jobs/job-slots.js';
import { canvasFields } from '../lti-services/grades/score-exchange.js';
import { GradesRefused } from '../lti-services/grades/grades.errors.js';
import { type GradeService } from '../lti-services/grades/grade.service.js';
import { AuthenticationFailed, ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { withSpan } from '../metrics/spans.js';
import { type WorkMetrics } from '../metrics/work-metrics.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { type OAuthService } from '../access-tokens/oauth.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { type DeliverySuspensions } from './delivery-suspensions.js';
import { passbackErrors } from './grade-passback.errors.js';
import {
  type ClaimedScore,
  type DueLineItem,
  type LineItemFindings,
  type OutboxRepository,
  type SendingOrder,
} from './outbox.repository.js';
import { matchResult } from './result-match.js';
import {
  outcomeOf,
  type ScoreOutcome,
  failsAlone,
  hasFailedForDays,
  type Settlement,
  settlementOf,
} from './settlement.js';

/** Scores of a batch: all are claimed before the first is sent, and settled after the last is answered. */
const BATCH = 50;
/** Batches of one line item before other line items are delivered. */
const BATCHES_IN_A_ROW = 10;

export interface DeliveryParts {
  outbox: OutboxRepository;
  courses: CourseScheduleService;
  oauth: OAuthService;
  grades: GradeService;
  events: LtiEvents;
  metrics: WorkMetrics;
  clock: Clock;
  registration: Registration;
  suspensions: DeliverySuspensions;
  /** Whether scores wait after a fault that may be their own. */
  hasFaults: boolean;
  /** Its signal aborts when the lease is lost or the process stops: nothing is sent after that. */
  lease: NamedLease;
  /** Of the job. It is given back while no request is answered. */
  slot: JobSlot;
  /** Limits the scores in flight, over all line items. */
  inFlight: LimitFunction;
  /** That limit, while the platform does not fail. */
  concurrency: number;
}

interface Attempt {
  score: ClaimedScore;
  outcome: ScoreOutcome | 'unsent';
  /** Its position in the order of the answers of this delivery. */
  nth: number;
}

/** One delivery: sends the due scores of some line items of a registration, in batches. */
export class Delivery {
  private readonly logger = new Logger('GradePassback');
  /** Line items whose token is in doubt: the next attempt comes later. */
  private readonly undecided = new Set<string>();
  /** Courses whose use this delivery has stored. */
  private readonly usedCourses = new Set<string>();
  private hasFaults: boolean;
  /** A line item has failed: the others send nothing more. */
  private isBroken = false;
  /** How many attempts were answered: the `nth` of the last one. */
  private answers = 0;

  constructor(private readonly parts: DeliveryParts) {
    this.hasFaults = parts.hasFaults;
  }

  /** Sends the due scores of the line items, in parallel. */
  async send(lineItems: readonly DueLineItem[]): Promise<void> {
    const { suspensions } = this.parts;
    // If a suspension has expired, one score probes its subject before anything else is sent.
    const probe = lineItems.find((lineItem) => suspensions.isProbe(lineItem));
    await (probe === undefined ? this.drainAll(lineItems) : this.sendBatch(probe, 1, 'least-tried'));
    await suspensions.written();
  }

  /** If one line item fails, waits for all others before the lease is released. */
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
    for (let nth = 0; nth < BATCHES_IN_A_ROW; nth += 1) {
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

  /** Undefined when there is no token: then nothing was claimed. */
  private async clientFor(lineItem: DueLineItem): Promise<OAuthClient | undefined> {
    try {
      const { oauth, registration, slot } = this.parts;
      const { lineItemsUrl, deploymentId, refusedCall } = lineItem;
      // All courses of a registration share this token, or those of a deployment with `deploymentInAssertion`.
      const endpoints = {
        deploymentId,
        ...(lineItemsUrl !== null && { lineItems: lineItemsUrl }),
        gradeScopes: [Scope.score],
      };
      return await oauth.authenticate(registration, endpoints, {
        onWait: (wait) => slot.waitsFor(wait),
        ...(refusedCall && { refusedCall }),
      });
    } catch (error) {
      const outcome = outcomeOf(error, { afterUnknown: false, stale: 0, failedAlone: 0 });
      if (outcome.kind !== 'suspended') throw error;
      this.parts.suspensions.fault(lineItem, outcome.cause, outcome.error);
      return undefined;
    }
  }

  private async attempt(client: OAuthClient, lineItem: DueLineItem, score: ClaimedScore): Promise<Attempt> {
    if (this.isEnded(lineItem)) return { score, outcome: 'unsent', nth: 0 };
    const outcome = await this.withResult(client, score, outcomeOf(await this.post(client, score), score));
    this.apply(lineItem, score, outcome);
    return { score, outcome, nth: (this.answers += 1) };
  }

  /** @returns the error, if there is one */
  private async post(
    client: OAuthClient,
    { id, courseId, lineItemId, score, timestamp }: ClaimedScore,
  ): Promise<unknown> {
    const attributes = { 'nest_lti.score.id': id, 'nest_lti.course.id': courseId };
    try {
      await withSpan('score', attributes, () =>
        this.parts.grades.postStoredScore(client, lineItemId, score, timestamp),
      );
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /**
   * A retry after a lost answer may be refused because the platform accepted the first attempt: at Canvas that one may have
   * used up the allowed attempts. So the result is read before the score is rejected. If the result shows nothing, the score
   * waits: a score that the platform may have must not be rejected.
   */
  private async withResult(
    client: OAuthClient,
    score: ClaimedScore,
    outcome: ScoreOutcome,
  ): Promise<ScoreOutcome> {
    const isRefusal = outcome.kind === 'rejected' && outcome.error instanceof GradesRefused;
    if (!isRefusal || !score.afterUnknown) return outcome;
    try {
      const results = await this.parts.grades.results(client, score.lineItemId, { userId: score.userId });
      const { platformFamily } = this.parts.registration;
      const submission = canvasFields(score.score, score.timestamp, platformFamily);
      const match = matchResult(score.score, submission, results[0]);
      if (match === 'unknown') {
        return { kind: 'failing', error: passbackErrors.inDoubt(outcome.error), endsAfterDays: false };
      }
      return match === 'taken' ? { kind: 'posted' } : outcome;
    } catch (error) {
      // The result cannot be read, so the score is rejected.
      const isFinal =
        error instanceof GradesRefused ||
        error instanceof ScopeMismatch ||
        (error instanceof LtiError && error.code === 'grades_unreadable');
      if (isFinal || error instanceof AuthenticationFailed) return outcome;
      // The token may be dead: this suspends nothing.
      const doubt = outcomeOf(error, score);
      if (doubt.kind === 'undecided') return doubt;
      const fault = error instanceof LtiError ? error : outcome.error;
      return { kind: 'suspended', cause: 'unreachable', error: fault, maybeSent: true };
    }
  }

  /** Applies what the outcome shows about other scores. */
  private apply(lineItem: DueLineItem, { id, failedAlone }: ClaimedScore, outcome: ScoreOutcome): void {
    const { suspensions } = this.parts;
    switch (outcome.kind) {
      case 'undecided':
        this.undecided.add(lineItem.lineItemKey);
        return;
      case 'suspended':
        // A score that is known to fail alone shows nothing about the others.
        if (failsAlone(failedAlone, outcome)) return;
        suspensions.fault(lineItem, outcome.cause, outcome.error);
        return;
      case 'failing':
        if (outcome.error.code === 'score_not_sent') this.logFault(id, outcome.error);
        else if (outcome.error.code === 'score_in_doubt') suspensions.answered(lineItem);
        else suspensions.failed(lineItem, outcome.error);
        break;
      case 'rejected':
        // nest-lti refused it: it was not sent.
        if (!(outcome.error instanceof GradesRefused)) return;
        suspensions.answered(lineItem);
        break;
      default:
        suspensions.answered(lineItem);
    }
    // While the platform answers with server errors, scores are sent one by one.
    this.parts.inFlight.concurrency = suspensions.isFailing ? 1 : this.parts.concurrency;
  }

  private async settle(lineItem: DueLineItem, attempts: readonly Attempt[]): Promise<void> {
    const { outbox, lease, clock, suspensions } = this.parts;
    const now = clock.now();
    const lastPosted = Math.max(
      0,
      ...attempts.map(({ outcome, nth }) => (outcome !== 'unsent' && outcome.kind === 'posted' ? nth : 0)),
    );
    const settlements: Settlement[] = [];
    for (const { score, outcome, nth } of attempts) {
      const context = {
        isOvertaken: nth < lastPosted,
        failsForAll:
          suspensions.failsForAll(lineItem) &&
          hasFailedForDays(score, now) &&
          !(await this.othersWerePosted(lineItem, score)),
      };
      settlements.push(settlementOf(score, outcome, now, context));
    }
    if (settlements.some(({ fault }) => fault !== null)) this.hasFaults = true;
    const findings: LineItemFindings = {
      lineItem,
      hasPosted: this.hasFaults && lastPosted > 0,
      undecided: undecidedOf(attempts),
    };
    const { settled, refusedAlone } = await outbox.settle(lease, settlements, findings);
    if (lastPosted > 0) await this.noteUse(lineItem);
    this.publish(attempts, settlements, new Set(settled));
    for (const { id, ...score } of refusedAlone) this.publishRejection({ scoreId: id, ...score });
  }

  /** Once in ten minutes for a course, not for each score. */
  private async noteUse({ courseId, isUseNews }: DueLineItem): Promise<void> {
    if (!isUseNews || this.usedCourses.has(courseId)) return;
    this.usedCourses.add(courseId);
    await this.parts.courses.noteScorePosted(courseId);
  }

  private async othersWerePosted(lineItem: DueLineItem, { failingSince }: ClaimedScore): Promise<boolean> {
    return failingSince !== null && (await this.parts.outbox.hasPostedSince(lineItem, failingSince));
  }

  /** A fault of nest-lti. The error that operators see refers to the log. */
  private logFault(scoreId: string, { cause }: LtiError): void {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.logger.error(`Score ${scoreId} could not be sent: ${reason}`);
  }

  private isEnded(lineItem: DueLineItem): boolean {
    const { lease, suspensions } = this.parts;
    if (this.isBroken || lease.signal.aborted || this.undecided.has(lineItem.lineItemKey)) return true;
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
      this.parts.metrics.score(
        status,
        this.parts.clock.nowMs() - score.createdAt.getTime(),
        this.parts.registration.id,
      );
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

function undecidedOf(attempts: readonly Attempt[]): LineItemFindings['undecided'] {
  for (const { outcome } of attempts) {
    if (outcome === 'unsent' || outcome.kind !== 'undecided') continue;
    const { code: errorCode, message, retryAt } = outcome.error;
    return { retryAt, errorCode, message };
  }
  return undefined;
}
