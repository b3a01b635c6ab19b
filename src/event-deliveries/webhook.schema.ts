import { z } from 'zod';
import { ltiEventTypes } from './event-types.js';
import { flagSchema, urlSchema } from '../common/text.schema.js';
import { idPageQuerySchema } from '../common/page.schema.js';
import { eventStatuses } from './stored-event.entity.js';

const SECRET = 'must be "whsec_" and 24 to 64 bytes in base64, as the Standard Webhooks specification says';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

const secret = z.string().max(100, SECRET).refine(isSecret, SECRET);

function isSecret(text: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (base64 === undefined || base64.length % 4 !== 0) return false;
  const { length } = Buffer.from(base64, 'base64');
  return length >= MIN_SECRET_BYTES && length <= MAX_SECRET_BYTES;
}

const fields = {
  /** Absolute, `https`, on the public internet unless the configuration allows the host. Without user name and password. */
  url: urlSchema,
  /** The events that are sent. Null: all. */
  types: z
    .array(z.enum(ltiEventTypes))
    .min(1, 'must name a type, or be null for all')
    .max(ltiEventTypes.length)
    .nullable(),
  /** Only events of this registration. Null: of all. */
  registrationId: z.uuid('must be the id of a registration').nullable(),
};

/** Body of POST /api/v1/webhooks. Without a secret one is made. */
export const createWebhookSchema = z.strictObject({
  url: fields.url,
  types: fields.types.default(null),
  registrationId: fields.registrationId.default(null),
  secret: secret.optional(),
});
/** The input of `WebhookService.create`. */
export type CreateWebhook = z.output<typeof createWebhookSchema>;

/** Body of PATCH /api/v1/webhooks/:id: what is left out stays. */
export const updateWebhookSchema = z
  .strictObject({
    url: fields.url,
    types: fields.types,
    /** `paused`: events are stored and not sent. `active`: everything that waits is sent now. */
    status: z.enum(['active', 'paused'], { error: 'must be active or paused' }),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must name at least one field');
/** The input of `WebhookService.update`. A missing field keeps its value. */
export type UpdateWebhook = z.output<typeof updateWebhookSchema>;

/** What the API shows of a webhook: never its secret. */
export const webhookViewSchema = z.object({
  id: z.uuid(),
  url: z.string(),
  types: z.array(z.string()).nullable(),
  registrationId: z.uuid().nullable(),
  /** `paused` by an operator; `disabled` by nest-lti, for the `reason`. */
  status: z.enum(['active', 'paused', 'disabled']),
  reason: z.string().nullable(),
  /** Failed deliveries since the last one that succeeded. */
  failures: z.int(),
  failingSince: z.iso.datetime().nullable(),
  /** Nothing is sent before. */
  retryAt: z.iso.datetime().nullable(),
  /** Until then messages are signed with the old secret, too. */
  oldSecretUntil: z.iso.datetime().nullable(),
  /** Events that are not delivered yet, up to 10,000. */
  pending: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
/** A webhook, without its secret. */
export type WebhookView = z.output<typeof webhookViewSchema>;

/** What the API shows of the `EventHandler` of the application. */
export const eventHandlerViewSchema = webhookViewSchema
  .pick({ types: true, failures: true, failingSince: true, retryAt: true, pending: true })
  .extend({
    /** When a process that has the handler last ran, to the hour. */
    seenAt: z.iso.datetime().nullable(),
  });
export type EventHandlerView = z.output<typeof eventHandlerViewSchema>;

/** The answer that shows a secret, the only time. */
export const webhookWithSecretSchema = webhookViewSchema.extend({ secret: z.string() });
/** The answer of `WebhookService.create` and `rotateSecret`: the only one that shows the secret. */
export type WebhookWithSecretView = z.output<typeof webhookWithSecretSchema>;

/** Body of POST /api/v1/webhooks/:id/rotate-secret. */
export const rotateSecretSchema = z.strictObject({
  secret: secret.optional(),
  /** How long messages are signed with the old secret, too. At most 7 days. Default: 24. */
  overlapHours: z.int().min(0).max(168).default(24),
});
/** The input of `WebhookService.rotateSecret`. */
export type RotateSecret = z.output<typeof rotateSecretSchema>;

export const webhookTestSchema = z.object({
  isDelivered: z.boolean(),
  /** HTTP status of the receiver; absent without an answer. */
  status: z.int().optional(),
  error: z.string().optional(),
});
/** How the receiver answered the test message of `WebhookService.test`. */
export type WebhookTest = z.output<typeof webhookTestSchema>;

export const deliveryQuerySchema = idPageQuerySchema.extend({
  status: z.enum(eventStatuses).optional(),
  courseId: z.uuid('must be a UUID').optional(),
});
/** Which deliveries `WebhookService.listDeliveries` returns, and in which pages. */
export type DeliveryQuery = Partial<z.output<typeof deliveryQuerySchema>>;

/** What the API shows of the delivery of an event, to a webhook or the `EventHandler`. */
export const deliveryViewSchema = z.object({
  /** The `webhook-id` of its messages. */
  eventId: z.uuid(),
  type: z.string(),
  courseId: z.uuid().nullable(),
  /** `failed`: given up after 3 days. */
  status: z.enum(eventStatuses),
  attempts: z.int(),
  attemptedAt: z.iso.datetime().nullable(),
  /** The next try of an event that failed. */
  retryAt: z.iso.datetime().nullable(),
  /** HTTP status of the last answer. Always null for the `EventHandler`. */
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  createdAt: z.iso.datetime(),
  settledAt: z.iso.datetime().nullable(),
});
/** One event, and how its delivery to a webhook stands. */
export type DeliveryView = z.output<typeof deliveryViewSchema>;

/** Query of POST /api/v1/webhooks/:id/replay and /api/v1/event-handler/replay. */
export const replayQuerySchema = z.strictObject({
  /** Events that were stored at this time or later are sent again, delivered ones too. */
  since: z.iso.datetime({ offset: true, error: 'must be a time, such as 2026-11-29T08:00:00Z' }),
  failedOnly: flagSchema,
});
/** Which events `WebhookService.replaySince` sends again. */
export type ReplayQuery = z.output<typeof replayQuerySchema>;

export const replayedSchema = z.object({ events: z.int() });
export type Replayed = z.output<typeof replayedSchema>;
