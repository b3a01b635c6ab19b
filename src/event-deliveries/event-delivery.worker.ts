import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Optional,
} from '@nestjs/common';
import { type Job } from 'bullmq';
import pLimit from 'p-limit';
import { Clock } from '../common/clock.js';
import { JobQueues } from '../jobs/job-queues.js';
import { withSpan } from '../metrics/spans.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { EVENT_QUEUES, type EventDeliveryJob } from './event-delivery.scheduler.js';
import { EventHandler } from './event-handler.js';
import { type EventSubscription } from './event-subscription.entity.js';
import { cooldownMs, FAILURES_IN_A_ROW, retryPauseMs, TRIED_FOR_MS } from './retry-terms.js';
import { eventOf, type StoredEvent } from './stored-event.entity.js';
import { MAX_WEBHOOKS } from './webhook.service.js';
import { type DeliveryOutcome, storedError, WebhookSender } from './webhook-sender.js';

const BATCH = 100;
/** Courses whose events are in flight at one receiver. */
export const IN_FLIGHT = 5;
/** How long the handler of the embedder may take. */
const HANDLER_TIMEOUT_MS = 300_000;
/** When the application stops, deliveries in flight have this time to end. Those that do not are repeated later. */
const SHUTDOWN_GRACE_MS = 5000;
const GONE = 410;

/** A receiver during one job. */
interface Receiver {
  subscription: EventSubscription;
  /** In a row. */
  failures: number;
  isStopped: boolean;
}

/**
 * Delivers stored events, each course in its order and several courses at once. Each subscription has a job and a slot of its own, so
 * a receiver that hangs holds no other up.
 *
 * If two processes deliver for a subscription, because one was paused, the order holds: each sends an event only after the receiver
 * has taken the one before. The one that was paused stops after the events that it has read.
 */
@Injectable()
export class EventDeliveryWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(EventDeliveryWorker.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly events: EventDeliveryRepository,
    private readonly sender: WebhookSender,
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
    @Optional() @Inject(EventHandler) private readonly handler?: EventHandler,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.work('webhook', MAX_WEBHOOKS);
    // Only a process that has the handler can call it.
    if (this.handler !== undefined) await this.work('handler', 1);
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private async work(kind: EventSubscription['kind'], concurrency: number): Promise<void> {
    const worker = await this.jobs.worker<EventDeliveryJob>(EVENT_QUEUES[kind], concurrency, (job, token) =>
      this.deliver(job, token),
    );
    worker
      .run()
      .catch((error: unknown) => this.logger.error(`The worker of events stopped: ${String(error)}`));
  }

  private async deliver(job: Job<EventDeliveryJob, void>, token = ''): Promise<void> {
    const id = job.data.subscriptionId;
    while (!this.stopping.signal.aborted) {
      // After a pause of this process another one has the job. Both would send everything.
      if ((await job.extendLock(token, this.jobs.terms.lockMs)) === 0) return;
      const now = this.clock.now();
      const subscription = await this.events.active(id, now);
      if (subscription === undefined) return;
      const { failures } = subscription;
      const batch = await this.events.next(id, now, failures >= FAILURES_IN_A_ROW ? 1 : BATCH);
      if (batch.length === 0) return;
      const receiver = { subscription, failures, isStopped: false };
      const limit = pLimit(IN_FLIGHT);
      await Promise.all(byCourse(batch).map((events) => limit(() => this.deliverCourse(receiver, events))));
    }
  }

  /** One after the other, up to the first that fails. */
  private async deliverCourse(receiver: Receiver, events: readonly StoredEvent[]): Promise<void> {
    for (const event of events) {
      if (receiver.isStopped || this.stopping.signal.aborted) return;
      const outcome = await this.orStopped(this.attempt(receiver.subscription, event));
      if (outcome === undefined) return;
      if (!outcome.isDelivered) return this.failed(receiver, event, outcome);
      await this.events.delivered(event, outcome.status, this.clock.now());
      if (receiver.failures === 0) continue;
      const releasesHeld = receiver.failures >= FAILURES_IN_A_ROW;
      receiver.failures = 0;
      await this.events.works(receiver.subscription.id, { releasesHeld });
    }
  }

  private attempt(subscription: EventSubscription, event: StoredEvent): Promise<DeliveryOutcome> {
    const { handler } = this;
    const isForHandler = handler !== undefined && subscription.kind === 'handler';
    const attributes = {
      'nest_lti.event.id': event.id,
      'nest_lti.event.type': event.type,
      'nest_lti.event.attempt': event.attempts + 1,
      'nest_lti.event.receiver': isForHandler ? 'handler' : subscription.id,
      ...(event.courseId !== null && { 'nest_lti.course.id': event.courseId }),
    };
    return withSpan(
      'event delivery',
      attributes,
      async (add) => {
        const outcome = isForHandler
          ? await this.callHandler(handler, event)
          : await this.sender.send(subscription, eventOf(event));
        add({
          'nest_lti.outcome': outcome.isDelivered ? 'delivered' : 'failed',
          ...(!outcome.isDelivered && { 'error.type': errorTypeOf(subscription, outcome) }),
        });
        return outcome;
      },
      { kind: 'consumer' },
    );
  }

  /** A handler that never ends must not keep the other events waiting. */
  private async callHandler(handler: EventHandler, event: StoredEvent): Promise<DeliveryOutcome> {
    const ended = new AbortController();
    const timeout = this.clock.sleep(HANDLER_TIMEOUT_MS, ended.signal).then(() => {
      throw new Error(`The EventHandler did not end within ${HANDLER_TIMEOUT_MS / 60_000} min.`);
    });
    const work = async (): Promise<void> => handler.handle(eventOf(event));
    try {
      await Promise.race([work(), timeout]);
      return { isDelivered: true };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { isDelivered: false, error: storedError(text) };
    } finally {
      ended.abort();
    }
  }

  /** Undefined if the application stops first: then the outcome is not known, and the event is delivered again. */
  private async orStopped(attempt: Promise<DeliveryOutcome>): Promise<DeliveryOutcome | undefined> {
    const ended = new AbortController();
    const { signal } = this.stopping;
    const stopped = new Promise<undefined>((resolve) => {
      const onStop = (): void => {
        this.clock.sleep(SHUTDOWN_GRACE_MS, ended.signal).then(
          () => resolve(undefined),
          () => undefined,
        );
      };
      signal.addEventListener('abort', onStop, { once: true, signal: ended.signal });
    });
    try {
      return await Promise.race([attempt, stopped]);
    } finally {
      ended.abort();
    }
  }

  private async failed(receiver: Receiver, event: StoredEvent, outcome: DeliveryOutcome): Promise<void> {
    const { subscription } = receiver;
    const now = this.clock.now();
    const attempt = { status: outcome.status, error: outcome.error ?? '' };
    const { failures, failingSince } = await this.events.fails(subscription.id, now);
    receiver.failures = failures;
    const isOver = (since: Date): boolean => now.getTime() - since.getTime() >= TRIED_FOR_MS;
    const reason =
      subscription.kind === 'handler' ? undefined : reasonToDisable(attempt, isOver(failingSince));
    // While nothing gets through, the fault is not the event's.
    const isGivenUp = !isOver(failingSince) && event.failingSince !== null && isOver(event.failingSince);
    const pauseMs = retryPauseMs(event.attempts + 1, Math.random());
    await this.events.failed(event, attempt, isGivenUp ? null : new Date(now.getTime() + pauseMs), now);
    this.logger.warn(
      `Event ${event.id} (${event.type}) was not delivered to ${nameOf(subscription)}${isGivenUp ? ' and is given up' : ''}: ${attempt.error}`,
    );
    if (reason !== undefined) {
      receiver.isStopped = true;
      await this.events.disable(subscription.id, reason, now);
      this.logger.error(`${nameOf(subscription)} was disabled: ${reason}`);
      return;
    }
    const waitMs = cooldownMs(failures);
    const retryAt = outcome.retryAt ?? (waitMs > 0 ? new Date(now.getTime() + waitMs) : undefined);
    if (retryAt === undefined) return;
    receiver.isStopped = true;
    await this.events.wait(subscription.id, retryAt);
  }
}

/** In their order. Those without a course are together by their registration. */
function byCourse(events: readonly StoredEvent[]): StoredEvent[][] {
  const courses = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const course = courses.get(event.orderKey);
    if (course === undefined) courses.set(event.orderKey, [event]);
    else course.push(event);
  }
  return [...courses.values()];
}

function reasonToDisable({ status, error }: { status: number | undefined; error: string }, isOver: boolean) {
  if (status === GONE) return 'The receiver answered with status 410: it does not want events any more.';
  return isOver ? `No event was delivered for 3 days. The last error: ${error}` : undefined;
}

/** Without the text of the error, which may name a person. */
function errorTypeOf({ kind }: EventSubscription, { status }: DeliveryOutcome): string {
  return kind === 'handler' ? 'handler_failed' : String(status ?? 'no_answer');
}

function nameOf({ id, kind }: EventSubscription): string {
  return kind === 'handler' ? 'the EventHandler' : `webhook ${id}`;
}
