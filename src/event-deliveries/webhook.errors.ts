import { Conflict, NotFound } from '../common/reactions.errors.js';

export const webhookErrors = {
  notFound: (id: string) =>
    new NotFound({ code: 'webhook_not_found', message: `There is no webhook ${id}, or it was deleted.` }),
  deliveryNotFound: (id: string, eventId: string) =>
    new NotFound({
      code: 'webhook_delivery_not_found',
      message: `Webhook ${id} has no delivery of an event ${eventId}, or it was deleted at the end of its retention.`,
    }),
  handlerNotFound: () =>
    new NotFound({
      code: 'event_handler_not_found',
      message:
        'No process with an EventHandler has started in the last 30 days. Pass one to LtiModule as events.handler.',
    }),
  handlerDeliveryNotFound: (eventId: string) =>
    new NotFound({
      code: 'event_handler_delivery_not_found',
      message: `There is no event ${eventId} for the EventHandler, or it was deleted at the end of its retention.`,
    }),
  tooMany: (max: number) =>
    new Conflict({
      code: 'too_many_webhooks',
      message: `There are ${max} webhooks already. Delete one that is not used any more.`,
    }),
};
