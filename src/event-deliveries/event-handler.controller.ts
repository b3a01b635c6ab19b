import { Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { EventHandlerService } from './event-handler.service.js';
import {
  type DeliveryQuery,
  deliveryQuerySchema,
  type DeliveryView,
  deliveryViewSchema,
  type EventHandlerView,
  eventHandlerViewSchema,
  type Replayed,
  replayedSchema,
  type ReplayQuery,
  replayQuerySchema,
} from './webhook.schema.js';

const notFound = { 404: 'event_handler_not_found' };

@ApiController('event-handler', 'event handler')
export class EventHandlerController {
  constructor(private readonly handler: EventHandlerService) {}

  @Get()
  @Operation({
    summary: 'The EventHandler of the application: whether it works, and what waits for it',
    response: eventHandlerViewSchema,
    errors: notFound,
  })
  get(): Promise<EventHandlerView> {
    return this.handler.get();
  }

  @Get('deliveries')
  @Operation({
    summary: 'The events for the EventHandler, with the last error of each',
    response: pageSchema(deliveryViewSchema),
    errors: notFound,
  })
  listDeliveries(@ValidatedQuery(deliveryQuerySchema) query: DeliveryQuery): Promise<Page<DeliveryView>> {
    return this.handler.listDeliveries(query);
  }

  @Post('deliveries/:eventId/replay')
  @HttpCode(202)
  @Operation({
    summary: 'Call the EventHandler again for an event, with the same id',
    response: replayedSchema,
    errors: { 404: 'event_handler_not_found, event_handler_delivery_not_found' },
  })
  async replay(@ValidatedParam('eventId', idParamSchema) eventId: string): Promise<Replayed> {
    await this.handler.replay(eventId);
    return { events: 1 };
  }

  @Post('replay')
  @HttpCode(202)
  @Operation({
    summary:
      'Call the EventHandler again for all events since a time, with the same ids, in order per course',
    response: replayedSchema,
    errors: notFound,
  })
  async replaySince(@ValidatedQuery(replayQuerySchema) query: ReplayQuery): Promise<Replayed> {
    return { events: await this.handler.replaySince(query) };
  }
}
