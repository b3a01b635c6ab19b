import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { Intervals } from '../jobs/intervals.js';
import { type JobQueue, JobQueues } from '../jobs/job-queues.js';
import { Periodic } from '../jobs/periodic.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { EventHandler } from './event-handler.js';
import { type EventSubscription } from './event-subscription.entity.js';

/** A job delivers what is due for a subscription. There is one at a time: its id is that of the subscription. */
export interface EventDeliveryJob {
  subscriptionId: string;
}
export const EVENT_QUEUES: Readonly<Record<EventSubscription['kind'], string>> = {
  webhook: 'webhooks',
  handler: 'event-handler',
};

const INTERVAL = 'nest-lti.events';
const TICK_MS = 1000;
const HANDLER_INTERVAL = 'nest-lti.event-handler';
const SEEN_EVERY_MS = 3_600_000;

/**
 * Ticks in each process that runs jobs: adds the jobs of subscriptions that have something to deliver. Each process with a handler
 * registers it, and goes on to say that it is in use, because events are stored only for subscriptions.
 */
@Injectable()
export class EventDeliveryScheduler implements OnApplicationBootstrap {
  private readonly periodic = new Periodic(
    new Logger(EventDeliveryScheduler.name),
    'The due events could not be queued',
    () => this.work(),
  );
  private readonly registration = new Periodic(
    new Logger(EventDeliveryScheduler.name),
    'The EventHandler could not be registered',
    () => this.registerHandler(),
  );
  private queues?: Readonly<Record<EventSubscription['kind'], JobQueue<EventDeliveryJob>>>;

  constructor(
    private readonly events: EventDeliveryRepository,
    private readonly jobs: JobQueues,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
    @Optional() @Inject(EventHandler) private readonly handler?: EventHandler,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.queues = {
      webhook: await this.jobs.queue(EVENT_QUEUES.webhook),
      handler: await this.jobs.queue(EVENT_QUEUES.handler),
    };
    if (this.handler !== undefined) {
      await this.registerHandler();
      this.intervals.startInEachProcess(this.registration, HANDLER_INTERVAL, SEEN_EVERY_MS);
    }
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, 'Events are not delivered');
  }

  /** One tick. A failure is logged; the next tick tries again. */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  private async work(): Promise<void> {
    for (const { id, kind } of await this.events.due(this.clock.now()))
      await this.queues?.[kind].add('deliver', { subscriptionId: id }, { jobId: id });
  }

  private async registerHandler(): Promise<void> {
    if (this.handler === undefined) return;
    await this.events.registerHandler(uuidv7(), this.handler.types, this.clock.now());
  }
}
