import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import pLimit from 'p-limit';
import { Clock } from '../common/clock.js';
import { LtiEvents } from '../common/lti-events.js';
import { LtiConfig } from '../config/lti-config.js';
import { LtiError } from '../common/lti-error.js';
import { CourseScheduleService } from '../courses/course-schedule.service.js';
import { Leases } from '../database/leases.js';
import { type NamedLease } from '../database/named-lease.js';
import { type JobSlot } from '../jobs/job-slots.js';
import { GradeService } from '../lti-services/grades/grade.service.js';
import { WorkMetrics } from '../metrics/work-metrics.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { isRegistrationNotFound } from '../registrations/registration.errors.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { Delivery } from './delivery.js';
import { DeliveryQueueService } from './delivery-queue.service.js';
import { DeliverySuspensions, suspendedSubjects } from './delivery-suspensions.js';
import { OutboxAdminService } from './outbox-admin.service.js';
import { deliveryLease, type DueLineItem, OutboxRepository } from './outbox.repository.js';
import { type SuspendedSubjects, type Suspension } from './suspension.js';
import { SuspensionRepository } from './suspension.repository.js';

/** Line items of one delivery, in parallel. */
const LINE_ITEMS_AT_ONCE = 8;

/** Takes the jobs of the queue and delivers scores. A lease lets only one process at a time send those of a registration. */
@Injectable()
export class DeliveryService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly outboxAdmin: OutboxAdminService,
    private readonly suspensions: SuspensionRepository,
    private readonly registrations: RegistrationService,
    private readonly oauth: OAuthService,
    private readonly grades: GradeService,
    private readonly courses: CourseScheduleService,
    private readonly queue: DeliveryQueueService,
    private readonly leases: Leases,
    private readonly events: LtiEvents,
    private readonly metrics: WorkMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { concurrency } = this.config.gradePassback;
    if (concurrency > 0)
      await this.queue.work(concurrency, (registrationId, slot) => this.runJob(registrationId, slot));
  }

  /** The first of the shutdown hooks: nothing more is sent, and the worker waits for the requests in flight. */
  onModuleDestroy(): void {
    this.stopping.abort(new Error('The process is stopping.'));
  }

  /** Sends what is due, if the lease of the registration is free, and adds a job for the next due time. */
  private async runJob(registrationId: string, slot: JobSlot): Promise<void> {
    const termMs = this.queue.lockMs;
    const terms = { termMs, signal: this.stopping.signal };
    const ran = await this.leases
      .tryHold(deliveryLease(registrationId), terms, (lease) => this.deliver(registrationId, lease, slot))
      .catch(this.unlessStopping);
    // Another process holds the lease. If it has died, the lease has expired at that time.
    const next =
      ran === undefined ? new Date(this.clock.nowMs() + termMs) : await this.nextDeliveryAt(registrationId);
    if (next !== undefined) await this.queue.addAt(registrationId, next);
  }

  /** A job that starts while the process stops is left to the other processes. */
  private readonly unlessStopping = (error: unknown): { result: unknown } => {
    if (error !== this.stopping.signal.reason) throw error;
    return { result: undefined };
  };

  /** Another process that took the lease over delivers the rest. */
  private async deliver(registrationId: string, lease: NamedLease, slot: JobSlot): Promise<void> {
    try {
      await this.deliverAll(registrationId, lease, slot);
    } catch (error) {
      if (!(error instanceof LtiError && error.code === 'lease_lost')) throw error;
    }
  }

  /**
   * Sends scores until none is due or all are suspended. After the lease's signal aborts, it only waits for the requests in
   * flight.
   *
   * @throws {Unavailable} `lease_lost`
   */
  private async deliverAll(registrationId: string, lease: NamedLease, slot: JobSlot): Promise<void> {
    const concurrency = this.config.platformHttp.concurrencyPerPlatform;
    const inFlight = pLimit(concurrency);
    const { outbox, courses, oauth, grades, events, metrics, clock } = this;
    const repository = this.suspensions;
    const suspensions = new DeliverySuspensions({ registrationId, repository, events, clock });
    while (!lease.signal.aborted) {
      // Read each time: an edit takes effect with the next delivery.
      const registration = await this.registrationOf(registrationId);
      if (registration === undefined) return;
      await suspensions.load();
      const due = await this.nextLineItems(registrationId, suspensions);
      if (due.length === 0) return;
      // Scores of a transaction that was committed after its course was deleted would block all others.
      if (due.some(({ isOrphaned }) => isOrphaned)) {
        await this.outboxAdmin.dropOrphans(registrationId);
        continue;
      }
      const delivery = new Delivery({
        ...{ outbox, courses, oauth, grades, events, metrics, clock, suspensions },
        ...{ registration, lease, slot, inFlight, concurrency },
        hasFaults: await outbox.hasFaults(registrationId),
      });
      await delivery.send(due);
    }
  }

  /** Undefined when the registration was deleted. Its scores are cancelled, with those that arrived after the deletion. */
  private async registrationOf(registrationId: string): Promise<Registration | undefined> {
    try {
      return await this.registrations.get(registrationId);
    } catch (error) {
      if (!isRegistrationNotFound(error)) throw error;
      await this.outboxAdmin.drop({ registrationId }, 'The registration was deleted.');
      return undefined;
    }
  }

  /** For a probe, refused line items and courses come after all others: they do not show whether the others can be scored. */
  private async nextLineItems(
    registrationId: string,
    suspensions: DeliverySuspensions,
  ): Promise<DueLineItem[]> {
    const suspended = suspensions.subjects();
    if (suspended === 'all') return [];
    const { expired } = suspensions;
    const order = expired.length === 0 ? 'due' : 'least-tried';
    const dueBeside = (subjects: SuspendedSubjects) =>
      this.outbox.dueLineItems(registrationId, subjects, { limit: LINE_ITEMS_AT_ONCE, order });
    const refused = suspendedSubjects(expired.filter(({ subject }) => 'courseId' in subject));
    if (expired.length === 0 || refused === 'all') return dueBeside(suspended);
    const due = await dueBeside({
      lineItemKeys: [...suspended.lineItemKeys, ...refused.lineItemKeys],
      courseIds: [...suspended.courseIds, ...refused.courseIds],
      origins: suspended.origins,
    });
    return due.length > 0 ? due : dueBeside(suspended);
  }

  /** When scores can be sent again; undefined while none is pending, or until an operator resumes. */
  private async nextDeliveryAt(registrationId: string): Promise<Date | undefined> {
    const now = this.clock.now();
    const active = (await this.suspensions.list(registrationId)).filter(
      ({ retryAt }) => retryAt === null || retryAt > now,
    );
    const suspended = suspendedSubjects(active);
    if (suspended === 'all') {
      const whole = active.filter(({ subject }) => subject.kind === 'registration');
      // A suspension without an end is an operator's pause.
      return whole.some(({ retryAt }) => retryAt === null) ? undefined : latest(retryTimes(whole));
    }
    const next = await this.outbox.nextDueAt(registrationId, suspended);
    return earliest([...(next === undefined ? [] : [next]), ...retryTimes(active)]);
  }
}

function retryTimes(suspensions: readonly Suspension[]): Date[] {
  return suspensions.flatMap(({ retryAt }) => (retryAt === null ? [] : [retryAt]));
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.min(...times.map(Number)));
}

function latest(times: readonly Date[]): Date | undefined {
  return times.length === 0 ? undefined : new Date(Math.max(...times.map(Number)));
}
