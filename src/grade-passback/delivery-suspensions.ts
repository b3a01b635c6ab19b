import { Logger } from '@nestjs/common';
import { type Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { type LtiEvents } from '../common/lti-events.js';
import { TokenRequestFailed } from '../access-tokens/access-token.errors.js';
import { type DueLineItem } from './outbox.repository.js';
import { type FaultCause, type SuspensionCause } from './settlement.js';
import {
  covers,
  isSameSubject,
  subjectKey,
  type SuspendedSubjects,
  type Suspension,
  type SuspensionSubject,
} from './suspension.js';
import { type SuspensionRepository } from './suspension.repository.js';

/**
 * This many courses that are suspended for their token suspend the registration, unless the platform has accepted the
 * token since.
 */
const COURSES_REFUSED = 3;
/** This many failures in a row suspend a line item; this many failing line items suspend their server. */
const FAILURES_IN_A_ROW = 3;

const REGISTRATION: SuspensionSubject = { kind: 'registration' };

export interface DeliverySuspensionsParts {
  registrationId: string;
  repository: SuspensionRepository;
  events: LtiEvents;
  clock: Clock;
}

/**
 * The suspensions of a registration while one process delivers its scores. An answer may suspend more than its own score: the
 * line item, the course, the server or the registration. A score that the platform accepts or rejects ends most of the suspensions
 * that covered it: see `endsWithSuccess`.
 */
export class DeliverySuspensions {
  private readonly logger = new Logger('GradePassback');
  private known: Suspension[] = [];
  /** Subjects that were suspended since the last load. Answers of requests that were in flight then count as one failure. */
  private readonly suspendedNow = new Set<string>();
  /** Line items whose scores got server errors since the platform last accepted or rejected a score, each with their number. */
  private readonly failures = new Map<string, { origin: string; scores: number }>();
  /** Writes in the order of the answers. */
  private writing: Promise<unknown> = Promise.resolve();
  /** A write has failed: nothing more is sent, since the other processes do not know of the suspension. */
  private isBroken = false;

  constructor(private readonly parts: DeliverySuspensionsParts) {}

  /** Reads the suspensions from the database. */
  async load(): Promise<void> {
    await this.written();
    this.suspendedNow.clear();
    this.known = await this.parts.repository.list(this.parts.registrationId);
  }

  /** Suspensions that are in force. */
  get active(): Suspension[] {
    return this.known.filter((suspension) => this.isActive(suspension));
  }

  /** Suspensions whose time is over: one score is sent as a probe. */
  get expired(): Suspension[] {
    return this.known.filter((suspension) => !this.isActive(suspension));
  }

  /** Whether a score got a server error since the platform last accepted or rejected one: then scores are sent one by one. */
  get isFailing(): boolean {
    return this.failures.size > 0;
  }

  /** The subjects whose scores are not sent now; `all` if the whole registration is suspended. */
  subjects(): SuspendedSubjects | 'all' {
    return suspendedSubjects(this.active);
  }

  /** Whether scores of the line item are not to be sent now. */
  suspends(lineItem: DueLineItem): boolean {
    return this.isBroken || this.active.some(({ subject }) => covers(subject, lineItem));
  }

  /** Whether a score of the line item would probe an expired suspension. */
  isProbe(lineItem: DueLineItem): boolean {
    return this.expired.some(({ subject }) => covers(subject, lineItem));
  }

  /** Whether the platform is suspended for failing: then a failure is not the fault of one score. */
  failsForAll(lineItem: DueLineItem): boolean {
    return this.known.some(({ subject, cause }) => cause === 'failing' && covers(subject, lineItem));
  }

  /** A score of the line item, or the token request before it, failed for a reason that is not the score itself. */
  fault(lineItem: DueLineItem, cause: FaultCause, error: LtiError): void {
    if (cause === 'authentication') this.refused(lineItem, error);
    else this.suspend(subjectOfFault(lineItem, cause, error), cause, error);
  }

  /** The platform answered a score of the line item with a server error. */
  failed(lineItem: DueLineItem, error: LtiError): void {
    const { lineItemKey, origin } = lineItem;
    const scores = (this.failures.get(lineItemKey)?.scores ?? 0) + 1;
    this.failures.set(lineItemKey, { origin, scores });
    const lineItemsOfServer = [...this.failures.values()].filter((each) => each.origin === origin);
    const server: SuspensionSubject = { kind: 'origin', origin };
    if (lineItemsOfServer.length >= FAILURES_IN_A_ROW || this.find(server, 'failing') !== undefined) {
      this.suspend(server, 'failing', error);
      return;
    }
    const subject = lineItemSubject(lineItem);
    if (scores >= FAILURES_IN_A_ROW || this.find(subject, 'failing') !== undefined)
      this.suspend(subject, 'failing', error);
  }

  /**
   * The platform accepted the token, and accepted or rejected a score of the line item: ends suspensions that covered
   * the score.
   */
  answered(lineItem: DueLineItem): void {
    this.failures.clear();
    const ended = this.known.filter(
      (suspension) =>
        covers(suspension.subject, lineItem) && (endsWithSuccess(suspension) || !this.isActive(suspension)),
    );
    const { repository, registrationId } = this.parts;
    if (ended.length > 0) {
      this.known = this.known.filter((suspension) => !ended.includes(suspension));
      for (const { subject } of ended) this.suspendedNow.delete(subjectKey(subject));
      this.write(() => repository.end(registrationId, ended));
    }
    const refused = this.known.filter(({ cause, isOutlived }) => cause === 'authentication' && !isOutlived);
    if (refused.length === 0) return;
    for (const suspension of refused) suspension.isOutlived = true;
    this.write(() => repository.outlive(registrationId));
  }

  /**
   * Waits until every change is stored.
   *
   * @throws what the database throws
   */
  written(): Promise<unknown> {
    return this.writing;
  }

  /** Suspends the line item; with a second one of the course, the course; with three courses, the registration. */
  private refused(lineItem: DueLineItem, error: LtiError): void {
    const { lineItemKey, courseId } = lineItem;
    this.suspend(lineItemSubject(lineItem), 'authentication', error);
    const isOtherOfCourse = ({ subject, cause }: Suspension): boolean =>
      cause === 'authentication' &&
      subject.kind === 'line_item' &&
      subject.courseId === courseId &&
      subject.lineItemKey !== lineItemKey;
    const course: SuspensionSubject = { kind: 'course', courseId };
    if (this.find(course, 'authentication') !== undefined || this.known.some(isOtherOfCourse))
      this.suspend(course, 'authentication', error);
    const courses = this.known.filter(
      ({ subject, cause, isOutlived }) =>
        cause === 'authentication' && subject.kind === 'course' && !isOutlived,
    );
    if (this.find(REGISTRATION, 'authentication') !== undefined || courses.length >= COURSES_REFUSED)
      this.suspend(REGISTRATION, 'authentication', error);
  }

  private suspend(
    subject: SuspensionSubject,
    cause: Exclude<SuspensionCause, 'operator'>,
    error: LtiError,
  ): void {
    const key = subjectKey(subject);
    if (this.suspendedNow.has(key)) return;
    this.suspendedNow.add(key);
    const { repository, registrationId, events, clock } = this.parts;
    // The suspension is in force now. Its end is known after it is stored.
    const provisional: Suspension = {
      ...{ registrationId, subject, cause, failures: 0, errorCode: error.code, message: error.message },
      ...{ suspendedSince: clock.now(), retryAt: null },
      isOutlived: this.find(subject, cause)?.isOutlived ?? false,
    };
    this.replace(provisional, provisional);
    this.write(async () => {
      const stored = await repository.suspend(registrationId, subject, cause, error);
      if (this.known.includes(provisional))
        this.replace(provisional, { ...stored, isOutlived: provisional.isOutlived });
    });
    this.logger.warn(
      `Scores of registration ${registrationId}${nameOf(subject)} are suspended: ${error.message}`,
    );
    events.publish('lti.delivery.suspended', {
      registrationId,
      ...('courseId' in subject && { courseId: subject.courseId }),
      ...(subject.kind === 'line_item' && { lineItemId: subject.lineItemId }),
      errorCode: error.code,
      message: error.message,
    });
  }

  private replace({ subject, cause }: Suspension, by: Suspension): void {
    const replaced = this.find(subject, cause);
    this.known = [...this.known.filter((suspension) => suspension !== replaced), by];
  }

  private find(wanted: SuspensionSubject, wantedCause: SuspensionCause): Suspension | undefined {
    return this.known.find(({ subject, cause }) => cause === wantedCause && isSameSubject(subject, wanted));
  }

  private isActive({ retryAt }: Suspension): boolean {
    return retryAt === null || retryAt > this.parts.clock.now();
  }

  private write(task: () => Promise<unknown>): void {
    this.writing = this.writing.then(task);
    // `written` throws this error at the end of the delivery.
    this.writing.catch(() => (this.isBroken = true));
  }
}

/** The subjects of active suspensions, by kind; `all` when the registration itself is suspended. */
export function suspendedSubjects(active: readonly Suspension[]): SuspendedSubjects | 'all' {
  const subjects = active.map(({ subject }) => subject);
  if (subjects.some(({ kind }) => kind === 'registration')) return 'all';
  return {
    lineItemKeys: subjects.flatMap((subject) => (subject.kind === 'line_item' ? [subject.lineItemKey] : [])),
    courseIds: subjects.flatMap((subject) => (subject.kind === 'course' ? [subject.courseId] : [])),
    origins: subjects.flatMap((subject) => (subject.kind === 'origin' ? [subject.origin] : [])),
  };
}

function lineItemSubject({ lineItemKey, courseId, lineItemId }: DueLineItem): SuspensionSubject {
  return { kind: 'line_item', lineItemKey, courseId, lineItemId };
}

/**
 * A throttled or unreachable server is suspended alone. Every other fault concerns the whole registration, and so does a token
 * endpoint that is down, although its cause is `unreachable`, too.
 */
function subjectOfFault({ origin }: DueLineItem, cause: FaultCause, error: LtiError): SuspensionSubject {
  const isAboutServer =
    cause === 'throttled' || (cause === 'unreachable' && !(error instanceof TokenRequestFailed));
  return isAboutServer ? { kind: 'origin', origin } : REGISTRATION;
}

/**
 * Whether a score that the platform accepted or rejected ends the suspension before its time. An operator's pause ends
 * by `resume`. A throttling platform gave a time, and one that closes connections is not called for at least a second.
 */
function endsWithSuccess({ cause }: Suspension): boolean {
  return cause !== 'operator' && cause !== 'throttled' && cause !== 'unreachable';
}

function nameOf(subject: SuspensionSubject): string {
  switch (subject.kind) {
    case 'registration':
      return '';
    case 'course':
      return ` in course ${subject.courseId}`;
    case 'line_item':
      return ` for line item ${subject.lineItemId}`;
    case 'origin':
      return ` for ${subject.origin}`;
  }
}
