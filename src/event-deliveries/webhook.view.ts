import { type EventSubscription } from './event-subscription.entity.js';
import { type StoredEvent } from './stored-event.entity.js';
import { type DeliveryView, type EventHandlerView, type WebhookView } from './webhook.schema.js';

export function viewWebhook(webhook: EventSubscription, pending: number): WebhookView {
  return {
    id: webhook.id,
    url: webhook.url ?? '',
    types: webhook.types,
    registrationId: webhook.registrationId,
    status: webhook.status,
    reason: webhook.reason,
    failures: webhook.failures,
    failingSince: webhook.failingSince?.toISOString() ?? null,
    retryAt: webhook.retryAt?.toISOString() ?? null,
    oldSecretUntil: webhook.oldSecretUntil?.toISOString() ?? null,
    pending,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

export function viewEventHandler(handler: EventSubscription, pending: number): EventHandlerView {
  return {
    types: handler.types,
    failures: handler.failures,
    failingSince: handler.failingSince?.toISOString() ?? null,
    retryAt: handler.retryAt?.toISOString() ?? null,
    pending,
    seenAt: handler.seenAt?.toISOString() ?? null,
  };
}

export function viewDelivery(event: StoredEvent): DeliveryView {
  return {
    eventId: event.id,
    type: event.type,
    courseId: event.courseId,
    status: event.status,
    attempts: event.attempts,
    attemptedAt: event.attemptedAt?.toISOString() ?? null,
    retryAt: event.retryAt?.toISOString() ?? null,
    lastStatus: event.lastStatus,
    lastError: event.lastError,
    createdAt: event.createdAt.toISOString(),
    settledAt: event.settledAt?.toISOString() ?? null,
  };
}
