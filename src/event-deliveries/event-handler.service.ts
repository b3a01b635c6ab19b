import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { type Page } from '../common/page.schema.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { EventSubscription } from './event-subscription.entity.js';
import { webhookErrors } from './webhook.errors.js';
import {
  type DeliveryQuery,
  type DeliveryView,
  type EventHandlerView,
  type ReplayQuery,
} from './webhook.schema.js';
import { viewDelivery, viewEventHandler } from './webhook.view.js';

/** The operator's view of the `EventHandler`: whether it works, what was given up and why, and a replay, as webhooks have. */
@Injectable()
export class EventHandlerService {
  constructor(
    @InjectRepository(EventSubscription, LTI_DATA_SOURCE)
    private readonly subscriptions: Repository<EventSubscription>,
    private readonly deliveries: EventDeliveryRepository,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws {NotFound} `event_handler_not_found` */
  async get(): Promise<EventHandlerView> {
    const handler = await this.find();
    return viewEventHandler(handler, await this.deliveries.pending(handler.id));
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @throws {NotFound} `event_handler_not_found`
   */
  async listDeliveries(query: DeliveryQuery): Promise<Page<DeliveryView>> {
    return this.deliveries.list((await this.find()).id, query, viewDelivery);
  }

  /**
   * Calls the handler again for an event, with the same id.
   *
   * @throws {NotFound} `event_handler_not_found`, `event_handler_delivery_not_found`
   */
  async replay(eventId: string): Promise<void> {
    const isFound = await this.deliveries.replayOne((await this.find()).id, eventId);
    if (!isFound) throw webhookErrors.handlerDeliveryNotFound(eventId);
  }

  /**
   * Calls the handler again for the events since a time, with the same ids, in order per course.
   *
   * @returns how many
   * @throws {NotFound} `event_handler_not_found`
   */
  async replaySince({ since, failedOnly }: ReplayQuery): Promise<number> {
    const { id } = await this.find();
    return this.deliveries.replay(id, { since: new Date(since), until: this.clock.now(), failedOnly });
  }

  private async find(): Promise<EventSubscription> {
    const handler = await this.subscriptions.findOneBy({ kind: 'handler' });
    if (handler === null) throw webhookErrors.handlerNotFound();
    return handler;
  }
}
