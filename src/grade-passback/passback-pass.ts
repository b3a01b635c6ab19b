import { Logger } from '@nestjs/common';
import { type LimitFunction } from 'p-limit';
import { type EntityManager } from 'typeorm';
import { type Clock } from '../common/clock.js';
import { type LtiEvents } from '../common/lti-events.js';
import { type NamedLease } from '../database/named-lease.js';
import { type GradeService } from '../lti-services/grades/grade.service.js';
import { type OAuthClient } from '../oauth/oauth-client.js';
import { TokenRequestFailed } from '../oauth/oauth.errors.js';
import { type Registration } from '../registrations/registration.entity.js';
import { ScoreNotSent } from './grade-passback.errors.js';
import { type ClaimedScore, type DueLineItem, type Outbox } from './outbox.repository.js';
import { type HoldSubject, type PassbackHold, subjectText } from './passback-hold.js';
import { type PassbackHolds } from './passback-holds.repository.js';
import { outcomeOf, type ScoreOutcome } from './score-outcome.js';
import { settlementOf } from './settlement.js';

/** Scores of a line item that are stored as sent before the first of them is, and settled after the last. */
const BATCH = 50;
/** Batches of one line item before the others have their turn again. */
const BATCHES_IN_A_ROW = 10;
/** So many courses refuse our token, and no score gets through: then it is not the courses. */
const COURSES_REFUSED = 3;

const REGISTRATION: HoldSubject = { kind: 'registration' };

export interface PassbackPassParts {
  outbox: Outbox;
  holds: PassbackHolds;
  grades: GradeService;
  events: LtiEvents;
  clock: Clock;
  registration: Registration;
  /** Holds whose time is up: one score each is to show whether things have been mended. */
  expired: readonly PassbackHold[];
  /** Courses that have refused our token since a score last got through, in earlier passes too. */
  refusedCourses: Set<string>;
  /** A client for the scores of a course. */
  clientOf: (courseId: string) => Promise<OAuthClient>;
  /** Its signal aborts when it is lost, or when the process stops: what is not sent by then is not sent. */
  lease: NamedLease;
  /** Scores in flight, over all line items. */
  inFlight: LimitFunction;
}

interface Attempt {
  score: ClaimedScore;
  outcome: ScoreOutcome | 'unsent';
}

/** One pass over the line items of a registration that have scores due. */
export class PassbackPass {
  private readonly logger = new Logger('GradePassback');
  /** Subjects that a fault has come up for, each noted once. */
  private readonly faults = new Map<string, Promise<unknown>>();
  private expired: readonly PassbackHold[];
  private isBroken = false;

  constructor(private readonly parts: PassbackPassParts) {
    this.expired = parts.expired;
  }

  /** Sends what is due of the line items, side by side. */
  async send(lineItems: readonly DueLineItem[]): Promise<void> {
    const probe = this.probeAmong(lineItems);
    await (probe === undefined ? this.drainAll(lineItems) : this.sendBatch(probe, 1));
    await Promise.all(this.faults.values());
  }

  /** What a hold whose time is up is about is tried with one score, before anything else. */
  private probeAmong(lineItems: readonly DueLineItem[]): DueLineItem | undefined {
    const texts = new Set(this.expired.map(({ subject }) => subjectText(subject)));
    return lineItems.find((lineItem) =>
      subjectsOf(lineItem).some((subject) => texts.has(subjectText(subject))),
    );
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
      if (!(await this.sendBatch(lineItem, BATCH))) return;
    }
  }

  /** @returns whether there may be more to send */
  private async sendBatch(lineItem: DueLineItem, limit: number): Promise<boolean> {
    if (this.isEnded(lineItem)) return false;
    const client = await this.clientFor(lineItem);
    if (client === undefined) return false;
    const { outbox, lease, registration, clock } = this.parts;
    const fence = (manager: EntityManager): Promise<void> => lease.fence(manager);
    const batch = await outbox.claim(fence, lineItem, { family: registration.platformFamily, limit });
    const attempts = await Promise.all(
      batch.map((score) => this.parts.inFlight(() => this.attempt(client, lineItem, score))),
    );
    const now = clock.now();
    const settled = await outbox.settle(
      fence,
      attempts.map(({ score, outcome }) => settlementOf(score, outcome, now)),
    );
    this.publish(attempts, new Set(settled));
    return batch.length > 0;
  }

  /** Undefined when the token cannot be had: then nothing was claimed. */
  private async clientFor(lineItem: DueLineItem): Promise<OAuthClient | undefined> {
    try {
      return await this.parts.clientOf(lineItem.courseId);
    } catch (error) {
      const outcome = outcomeOf(error, { afterUnknown: false, stale: 0 });
      if (outcome.kind !== 'held') throw error;
      this.note(REGISTRATION, outcome);
      return undefined;
    }
  }

  private async attempt(client: OAuthClient, lineItem: DueLineItem, score: ClaimedScore): Promise<Attempt> {
    if (this.isEnded(lineItem)) return { score, outcome: 'unsent' };
    const outcome = outcomeOf(await this.post(client, score), score);
    if ('error' in outcome && outcome.error instanceof ScoreNotSent) this.tell(score, outcome.error);
    if (outcome.kind === 'held') this.note(subjectOfFault(outcome, lineItem), outcome);
    else if (outcome.kind !== 'failing') await this.noteAnswer(lineItem);
    return { score, outcome };
  }

  /** @returns the error, if there is one */
  private async post(client: OAuthClient, { lineItemId, score, timestamp }: ClaimedScore): Promise<unknown> {
    try {
      // Who has to wait gives the place to another registration.
      const options = { maxThrottleWaitMs: 0 };
      await this.parts.grades.postScore(client, lineItemId, { ...score, timestamp }, options);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  private note(subject: HoldSubject, { cause, error }: ScoreOutcome & { kind: 'held' }): void {
    const text = subjectText(subject);
    if (this.faults.has(text)) return;
    const { holds, registration, events } = this.parts;
    const noted = holds.hold(registration.id, subject, cause, error);
    // Awaited at the end of the pass, and told there.
    noted.catch(() => undefined);
    this.faults.set(text, noted);
    this.logger.warn(
      `Scores of registration ${registration.id}${subject.kind === 'registration' ? '' : ` for ${text}`} are held back: ${error.message}`,
    );
    events.publish('lti.passback.held', {
      registrationId: registration.id,
      ...(subject.kind === 'course' && { courseId: subject.courseId }),
      errorCode: error.code,
      message: error.message,
    });
    if (cause !== 'authentication' || subject.kind !== 'course') return;
    const { refusedCourses } = this.parts;
    refusedCourses.add(subject.courseId);
    if (refusedCourses.size >= COURSES_REFUSED)
      this.note(REGISTRATION, { kind: 'held', cause, error, maybeSent: false });
  }

  /** The platform took our token and looked at a score: what was held back because of it is mended. */
  private async noteAnswer(lineItem: DueLineItem): Promise<void> {
    this.parts.refusedCourses.clear();
    const texts = new Set(subjectsOf(lineItem).map(subjectText));
    const mended = this.expired.filter(({ subject }) => texts.has(subjectText(subject)));
    if (mended.length === 0) return;
    this.expired = this.expired.filter((hold) => !mended.includes(hold));
    const { holds, registration } = this.parts;
    const subjects = mended.map(({ subject }) => subject);
    await holds.release(registration.id, subjects).catch(() => {
      // The database is down: settling will say so, once what is in flight has come to its end.
      this.isBroken = true;
    });
  }

  /** A fault of ours: its error says that the log has the reason. */
  private tell({ id }: ClaimedScore, { cause }: ScoreNotSent): void {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.logger.error(`Score ${id} could not be sent: ${reason}`);
  }

  private isEnded(lineItem: DueLineItem): boolean {
    if (this.isBroken || this.parts.lease.signal.aborted) return true;
    return subjectsOf(lineItem).some((subject) => this.faults.has(subjectText(subject)));
  }

  private publish(attempts: readonly Attempt[], settled: ReadonlySet<string>): void {
    for (const { score, outcome } of attempts) {
      if (outcome === 'unsent' || !settled.has(score.id)) continue;
      const { id: scoreId, courseId, lineItemId, userId } = score;
      const event = { scoreId, courseId, lineItemId, userId };
      if (outcome.kind === 'posted') this.parts.events.publish('lti.score.posted', event);
      if (outcome.kind === 'rejected') {
        const { code: errorCode, message } = outcome.error;
        this.logger.warn(`Score ${scoreId} of course ${courseId} was rejected: ${message}`);
        this.parts.events.publish('lti.score.rejected', { ...event, errorCode, message });
      }
    }
  }
}

/** What holds a line item's scores back if it is held. */
function subjectsOf({ courseId, origin }: DueLineItem): HoldSubject[] {
  return [REGISTRATION, { kind: 'course', courseId }, { kind: 'origin', origin }];
}

/** What an answer to one score says about others. */
function subjectOfFault(
  { cause, error }: ScoreOutcome & { kind: 'held' },
  { courseId, origin }: DueLineItem,
): HoldSubject {
  if (cause === 'authentication') return { kind: 'course', courseId };
  const isAboutServer =
    cause === 'throttled' || (cause === 'unreachable' && !(error instanceof TokenRequestFailed));
  return isAboutServer ? { kind: 'origin', origin } : REGISTRATION;
}
