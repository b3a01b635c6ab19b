import { Inject, Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Clock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { LtiError } from '../common/lti-error.js';
import { storable } from '../common/storable-text.js';
import { type PlatformHttpService } from '../platform-http/platform-http.service.js';
import { parseRetryAfter } from '../platform-http/retry-after.js';
import { encryptionContextOf, type EventSubscription } from './event-subscription.entity.js';

/** The HTTP client of webhooks. It has connections of its own, so that receivers and platforms do not wait for each other. */
export const WebhookHttp = Symbol('WebhookHttp');

/** The outcome of one delivery. */
export interface DeliveryOutcome {
  isDelivered: boolean;
  /** HTTP status; undefined without an answer. */
  status?: number;
  /** Undefined if it was delivered. */
  error?: string;
  /** The receiver said when to try again, an hour from now at most. */
  retryAt?: Date;
}

const MAX_ERROR = 500;
const THROTTLED: ReadonlySet<number> = new Set([429, 503]);

/** Sends events to webhooks, signed as the Standard Webhooks specification 1.0 says. */
@Injectable()
export class WebhookSender {
  constructor(
    @Inject(WebhookHttp) private readonly http: PlatformHttpService,
    private readonly keyRing: KeyRing,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Never rejects. Redirects are not followed, and the URL and its address are checked each time. */
  async send(
    webhook: EventSubscription,
    event: { id: string; type: string; createdAt: Date; data: object },
  ): Promise<DeliveryOutcome> {
    const { id, type, createdAt, data } = event;
    const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data });
    try {
      const now = this.clock.now();
      const { status, headers, receivedAt } = await this.http.send({
        method: 'POST',
        url: webhook.url ?? '',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': this.signatureOf(webhook, id, now, body),
        },
        body,
        outsideLimits: true,
      });
      if (status >= 200 && status <= 299) return { isDelivered: true, status };
      const retryAt = THROTTLED.has(status) ? parseRetryAfter(headers, receivedAt) : undefined;
      const error = `The receiver answered with status ${status}.`;
      return { isDelivered: false, status, error, ...(retryAt && { retryAt }) };
    } catch (error) {
      return { isDelivered: false, error: textOf(error) };
    }
  }

  /** One signature for each secret that is valid, separated by a space. */
  private signatureOf(webhook: EventSubscription, id: string, now: Date, body: string): string {
    const { encryptedSecret, encryptedOldSecret, oldSecretUntil } = webhook;
    const old = oldSecretUntil !== null && oldSecretUntil > now ? encryptedOldSecret : null;
    return [encryptedSecret, old]
      .filter((encrypted) => encrypted !== null)
      .map((encrypted) => this.keyRing.decrypt(encrypted, encryptionContextOf(webhook.id)))
      .map((secret) => new Webhook(secret).sign(id, now, body))
      .join(' ');
  }
}

/** Errors of nest-lti name the host and path of the URL, and neither its query nor a secret. */
function textOf(error: unknown): string {
  const text = error instanceof LtiError ? error.message : `It could not be sent: ${String(error)}`;
  return storedError(text);
}

/** What is stored of an error of a delivery. */
export function storedError(text: string): string {
  return storable(text.slice(0, MAX_ERROR));
}
