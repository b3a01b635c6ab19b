import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Clock } from '../common/clock.js';
import { LtiEvents } from '../common/lti-events.js';
import { Scope } from '../common/scopes.js';
import { LtiConfig } from '../config/lti-config.js';
import { CourseNotFound } from '../courses/course.errors.js';
import { CourseService } from '../courses/course.service.js';
import { type NamedLease } from '../database/named-lease.js';
import { GradeService } from '../lti-services/grades/grade.service.js';
import { type OAuthClient } from '../access-tokens/oauth-client.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationNotFound } from '../registrations/registration.errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { OutboxDesk } from './outbox-desk.service.js';
import { type DueLineItem, type HeldSubjects, Outbox } from './outbox.repository.js';
import { type PassbackHold } from './passback-hold.js';
import { PassbackHolds } from './passback-holds.repository.js';
import { PassbackPass } from './passback-pass.js';
import { heldSubjects, PassbackSuspensions } from './passback-suspensions.js';

/** Line items of a pass, side by side. */
const LINE_ITEMS_AT_ONCE = 8;

/** Sends the scores of a registration. Who calls it holds the registration's lease. */
@Injectable()
export class PassbackRunner {
  constructor(
    private readonly outbox: Outbox,
    private readonly desk: OutboxDesk,
    private readonly holds: PassbackHolds,
    private readonly registrations: RegistrationService,
    private readonly courses: CourseService,
    private readonly oauth: OAuthService,
    private readonly grades: GradeService,
    private readonly events: LtiEvents,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /**
   * Sends what is due, until nothing is or everything is held back. When the lease's signal aborts, what is in flight is
   * waited for, and no more is sent.
   *
   * @throws LeaseLost
   */
  async run(registrationId: string, lease: NamedLease): Promise<void> {
    const concurrency = this.config.platformHttp.concurrencyPerPlatform;
    const inFlight = pLimit(concurrency);
    const { outbox, holds, grades, events, clock } = this;
    const suspensions = new PassbackSuspensions({ registrationId, holds, events, clock });
    while (!lease.signal.aborted) {
      // As it is now: an edit counts from the next pass on.
      const registration = await this.registrationOf(registrationId);
      if (registration === undefined) return;
      await suspensions.load();
      const due = await this.nextLineItems(registrationId, suspensions);
      if (due.length === 0) return;
      const clientOf = (lineItem: DueLineItem) => this.clientOf(registration, lineItem);
      const hasFaults = await outbox.hasFaults(registrationId);
      const pass = new PassbackPass({
        ...{ outbox, holds, grades, events, clock, suspensions, hasFaults },
        ...{ registration, clientOf, lease, inFlight, concurrency },
      });
      await pass.send(due).catch((error: unknown) => this.dropOrphans(registrationId, error));
    }
  }

  /** When there is something to send again; undefined while nothing is pending, or until somebody resumes. */
  async nextRunAt(registrationId: string): Promise<Date | undefined> {
    const now = this.clock.now();
    const active = (await this.holds.list(registrationId)).filter(
      ({ retryAt }) => retryAt === null || retryAt > now,
    );
    const held = heldSubjects(active);
    if (held === 'all') {
      const whole = active.filter(({ subject }) => subject.kind === 'registration');
      // Until the last of them ends; one without an end is an operator's.
      return whole.some(({ retryAt }) => retryAt === null) ? undefined : latest(retryTimes(whole));
    }
    const next = await this.outbox.nextDueAt(registrationId, held);
    return earliest([...(next === undefined ? [] : [next]), ...retryTimes(active)]);
  }

  /** Line items and courses that were refused come after all others: they say nothing about how the others fare. */
  private async nextLineItems(
    registrationId: string,
    suspensions: PassbackSuspensions,
  ): Promise<DueLineItem[]> {
    const held = suspensions.subjects();
    if (held === 'all') return [];
    const { expired } = suspensions;
    const order = expired.length === 0 ? 'due' : 'least-tried';
    const dueBeside = (subjects: HeldSubjects) =>
      this.outbox.dueLineItems(registrationId, subjects, { limit: LINE_ITEMS_AT_ONCE, order });
    const refused = heldSubjects(expired.filter(({ subject }) => 'courseId' in subject));
    if (expired.length === 0 || refused === 'all') return dueBeside(held);
    const due = await dueBeside({
      lineItemKeys: [...held.lineItemKeys, ...refused.lineItemKeys],
      courseIds: [...held.courseIds, ...refused.courseIds],
      origins: held.origins,
    });
    return due.length > 0 ? due : dueBeside(held);
  }

  /** Undefined when it is gone, and its scores with it: those too that came in after they were dropped. */
  private async registrationOf(registrationId: string): Promise<Registration | undefined> {
    try {
      return await this.registrations.get(registrationId);
    } catch (error) {
      if (!(error instanceof RegistrationNotFound)) throw error;
      await this.desk.drop({ registrationId }, 'The registration was deleted.');
      return undefined;
    }
  }

  /** Scores of a transaction that outlived their course would stand in the way of all others. */
  private async dropOrphans(registrationId: string, error: unknown): Promise<void> {
    if (!(error instanceof CourseNotFound)) throw error;
    await this.desk.dropOrphans(registrationId);
  }

  /** The token is one for all courses: it is asked for once, whatever course it is. */
  private async clientOf(
    registration: Registration,
    { courseId, refusedCall }: DueLineItem,
  ): Promise<OAuthClient> {
    const { lineItemsUrl } = await this.courses.get(courseId);
    const endpoints = {
      ...(lineItemsUrl !== null && { lineItems: lineItemsUrl }),
      gradeScopes: [Scope.score],
    };
    return this.oauth.authenticate(registration, endpoints, { ...(refusedCall && { refusedCall }) });
  }
}

function retryTimes(holds: readonly PassbackHold[]): Date[] {
  return holds.flatMap(({ retryAt }) => (retryAt === null ? [] : [retryAt]));
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.min(...times.map(Number)));
}

function latest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.max(...times.map(Number)));
}
