import { Logger } from '@nestjs/common';
import { type Clock } from '../common/clock.js';
import { type LtiError } from '../common/lti-error.js';
import { type LtiEvents } from '../common/lti-events.js';
import { TokenRequestFailed } from '../access-tokens/access-token.errors.js';
import { type DueLineItem, type HeldSubjects } from './outbox.repository.js';
import { type HoldSubject, type PassbackHold, subjectText } from './passback-hold.js';
import { type PassbackHolds } from './passback-holds.repository.js';
import { type FaultCause, type HoldCause } from './score-outcome.js';

/** Courses that are suspended for their token, with no score of the registration getting through: then it is not the courses. */
const COURSES_REFUSED = 3;
/** Scores of one line item, or line items of one server, that the platform fails over in a row. */
const FAILURES_IN_A_ROW = 3;

const REGISTRATION: HoldSubject = { kind: 'registration' };

export interface PassbackSuspensionsParts {
  registrationId: string;
  holds: PassbackHolds;
  events: LtiEvents;
  clock: Clock;
}

/**
 * What is suspended of a registration while one process sends its scores: what answers say about other scores than their own,
 * from the line item upwards. A score that gets through lifts what is suspended above it.
 */
export class PassbackSuspensions {
  private readonly logger = new Logger('GradePassback');
  private known: PassbackHold[] = [];
  /** Subjects that have been suspended since the last load: the answers that were on their way then add nothing. */
  private readonly noted = new Set<string>();
  /** Line items that the platform failed over since a score last got through, each with how many scores. */
  private readonly failures = new Map<string, { origin: string; scores: number }>();
  /** Writes in the order of the answers. */
  private writing: Promise<unknown> = Promise.resolve();
  private isBroken = false;

  constructor(private readonly parts: PassbackSuspensionsParts) {}

  /** As the database has them now. */
  async load(): Promise<void> {
    await this.written();
    this.noted.clear();
    this.known = await this.parts.holds.list(this.parts.registrationId);
  }

  /** Those that are in force. */
  get active(): PassbackHold[] {
    return this.known.filter((hold) => this.isActive(hold));
  }

  /** Those whose time is up: one score is to show whether the fault is gone. */
  get expired(): PassbackHold[] {
    return this.known.filter((hold) => !this.isActive(hold));
  }

  /** Whether the platform fails over one score after another: then they go one by one. */
  get isFailing(): boolean {
    return this.failures.size > 0;
  }

  /** What is not to be sent now; `all` when that is everything. */
  subjects(): HeldSubjects | 'all' {
    return heldSubjects(this.active);
  }

  /** Whether scores of the line item are not to be sent now. */
  suspends(lineItem: DueLineItem): boolean {
    if (this.isBroken) return true;
    const texts = subjectTextsOf(lineItem);
    return this.active.some(({ subject }) => texts.has(subjectText(subject)));
  }

  /** Whether one score of the line item is to show whether a fault is gone. */
  isProbe(lineItem: DueLineItem): boolean {
    const texts = subjectTextsOf(lineItem);
    return this.expired.some(({ subject }) => texts.has(subjectText(subject)));
  }

  /** Whether the platform is suspended for failing: a score's own failure says nothing then. */
  failsForAll(lineItem: DueLineItem): boolean {
    const texts = subjectTextsOf(lineItem);
    return this.known.some(({ subject, cause }) => cause === 'failing' && texts.has(subjectText(subject)));
  }

  /** A fault that is not a score's own, met by a score of the line item; by none when the token could not be had. */
  fault(lineItem: DueLineItem, cause: FaultCause, error: LtiError): void {
    if (cause === 'authentication') this.refused(lineItem, error);
    else this.suspend(subjectOfFault(lineItem, cause, error), cause, error);
  }

  /** The platform failed over a score of the line item. */
  failed({ key, origin, ...lineItem }: DueLineItem, error: LtiError): void {
    const scores = (this.failures.get(key)?.scores ?? 0) + 1;
    this.failures.set(key, { origin, scores });
    const lineItemsOfServer = [...this.failures.values()].filter((each) => each.origin === origin);
    const server: HoldSubject = { kind: 'origin', origin };
    if (lineItemsOfServer.length >= FAILURES_IN_A_ROW || this.find(server, 'failing') !== undefined) {
      this.suspend(server, 'failing', error);
      return;
    }
    const subject = lineItemSubject({ key, origin, ...lineItem });
    if (scores >= FAILURES_IN_A_ROW || this.find(subject, 'failing') !== undefined)
      this.suspend(subject, 'failing', error);
  }

  /** The platform took the token and looked at a score of the line item: whatever was suspended above it is not any more. */
  answered(lineItem: DueLineItem): void {
    this.failures.clear();
    const texts = subjectTextsOf(lineItem);
    const lifted = this.known.filter(
      (hold) => texts.has(subjectText(hold.subject)) && (isLiftedBySuccess(hold) || !this.isActive(hold)),
    );
    const { holds, registrationId } = this.parts;
    if (lifted.length > 0) {
      this.known = this.known.filter((hold) => !lifted.includes(hold));
      for (const { subject } of lifted) this.noted.delete(subjectText(subject));
      this.write(() => holds.release(registrationId, lifted));
    }
    const refused = this.known.filter(({ cause, isOutlived }) => cause === 'authentication' && !isOutlived);
    if (refused.length === 0) return;
    for (const hold of refused) hold.isOutlived = true;
    this.write(() => holds.outlive(registrationId));
  }

  /**
   * Waits until everything is stored.
   *
   * @throws what the database throws
   */
  written(): Promise<unknown> {
    return this.writing;
  }

  /** The tool may not score this line item; with another one of the course, it is the course; with three courses, the tool. */
  private refused(lineItem: DueLineItem, error: LtiError): void {
    const { key, courseId } = lineItem;
    this.suspend(lineItemSubject(lineItem), 'authentication', error);
    const isOther = ({ subject, cause }: PassbackHold): boolean =>
      cause === 'authentication' &&
      subject.kind === 'line-item' &&
      subject.courseId === courseId &&
      subject.key !== key;
    const course: HoldSubject = { kind: 'course', courseId };
    if (this.find(course, 'authentication') !== undefined || this.known.some(isOther))
      this.suspend(course, 'authentication', error);
    const courses = this.known.filter(
      ({ subject, cause, isOutlived }) =>
        cause === 'authentication' && subject.kind === 'course' && !isOutlived,
    );
    if (this.find(REGISTRATION, 'authentication') !== undefined || courses.length >= COURSES_REFUSED)
      this.suspend(REGISTRATION, 'authentication', error);
  }

  private suspend(subject: HoldSubject, cause: Exclude<HoldCause, 'operator'>, error: LtiError): void {
    const text = subjectText(subject);
    if (this.noted.has(text)) return;
    this.noted.add(text);
    const { holds, registrationId, events, clock } = this.parts;
    // In force from now on; how long is known when it is stored.
    const provisional: PassbackHold = {
      ...{ subject, cause, failures: 0, errorCode: error.code, message: error.message },
      ...{ heldSince: clock.now(), retryAt: null },
      isOutlived: this.find(subject, cause)?.isOutlived ?? false,
    };
    this.replace(provisional, provisional);
    this.write(async () => {
      const stored = await holds.hold(registrationId, subject, cause, error);
      if (this.known.includes(provisional))
        this.replace(provisional, { ...stored, isOutlived: provisional.isOutlived });
    });
    this.logger.warn(
      `Scores of registration ${registrationId}${nameOf(subject)} are held back: ${error.message}`,
    );
    events.publish('lti.passback.held', {
      registrationId,
      ...('courseId' in subject && { courseId: subject.courseId }),
      ...(subject.kind === 'line-item' && { lineItemId: subject.lineItemId }),
      errorCode: error.code,
      message: error.message,
    });
  }

  private replace({ subject, cause }: PassbackHold, by: PassbackHold): void {
    this.known = [...this.known.filter((hold) => hold !== this.find(subject, cause)), by];
  }

  private find(wanted: HoldSubject, wantedCause: HoldCause): PassbackHold | undefined {
    const text = subjectText(wanted);
    return this.known.find(({ subject, cause }) => cause === wantedCause && subjectText(subject) === text);
  }

  private isActive({ retryAt }: PassbackHold): boolean {
    return retryAt === null || retryAt > this.parts.clock.now();
  }

  private write(task: () => Promise<unknown>): void {
    this.writing = this.writing.then(task);
    // Awaited at the end of the pass, and thrown there.
    this.writing.catch(() => (this.isBroken = true));
  }
}

/** What is not to be sent because of these suspensions. */
export function heldSubjects(active: readonly PassbackHold[]): HeldSubjects | 'all' {
  const held = { lineItemKeys: [] as string[], courseIds: [] as string[], origins: [] as string[] };
  for (const { subject } of active) {
    switch (subject.kind) {
      case 'registration':
        return 'all';
      case 'course':
        held.courseIds.push(subject.courseId);
        break;
      case 'line-item':
        held.lineItemKeys.push(subject.key);
        break;
      case 'origin':
        held.origins.push(subject.origin);
    }
  }
  return held;
}

/** What would suspend a line item's scores if it were suspended. */
function subjectTextsOf(lineItem: DueLineItem): Set<string> {
  const { courseId, origin } = lineItem;
  const subjects: HoldSubject[] = [
    REGISTRATION,
    { kind: 'course', courseId },
    lineItemSubject(lineItem),
    { kind: 'origin', origin },
  ];
  return new Set(subjects.map(subjectText));
}

function lineItemSubject({ key, courseId, lineItemId }: DueLineItem): HoldSubject {
  return { kind: 'line-item', key, courseId, lineItemId };
}

/** What an answer to one score says about others. */
function subjectOfFault({ origin }: DueLineItem, cause: FaultCause, error: LtiError): HoldSubject {
  const isAboutServer =
    cause === 'throttled' || (cause === 'unreachable' && !(error instanceof TokenRequestFailed));
  return isAboutServer ? { kind: 'origin', origin } : REGISTRATION;
}

/** An operator lifts a pause. A busy platform says for how long, and one that cuts connections is left alone for a second. */
function isLiftedBySuccess({ cause }: PassbackHold): boolean {
  return cause !== 'operator' && cause !== 'throttled' && cause !== 'unreachable';
}

function nameOf(subject: HoldSubject): string {
  switch (subject.kind) {
    case 'registration':
      return '';
    case 'line-item':
      return ` for line item ${subject.lineItemId}`;
    default:
      return ` for ${subjectText(subject)}`;
  }
}
