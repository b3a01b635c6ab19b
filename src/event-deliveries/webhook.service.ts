import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { checkUrlFields } from '../common/check-url-fields.js';
import { Clock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { type Page, pageOf, type PageQuery } from '../common/page.schema.js';
import { UrlPolicy } from '../common/url-policy.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { encryptionContextOf, EventSubscription } from './event-subscription.entity.js';
import { webhookErrors } from './webhook.errors.js';
import {
  type CreateWebhook,
  type DeliveryQuery,
  type DeliveryView,
  type ReplayQuery,
  type RotateSecret,
  type UpdateWebhook,
  type WebhookTest,
  type WebhookView,
  type WebhookWithSecretView,
} from './webhook.schema.js';
import { WebhookSender } from './webhook-sender.js';
import { viewDelivery, viewWebhook } from './webhook.view.js';

/** So many that each has a slot of its own in every process. */
export const MAX_WEBHOOKS = 20;
/** An advisory lock for adding a webhook, so that two requests cannot exceed the bound. */
const CREATION_LOCK = 1_763_700_030;
const SECRET_BYTES = 32;
const HOUR_MS = 3_600_000;

/**
 * Webhooks: where events are sent, signed by the Standard Webhooks specification.
 *
 * @example
 * const { id, secret } = await webhooks.create({ url: 'https://app.example/hooks', types: ['lti.sync.completed'], registrationId: null });
 */
@Injectable()
export class WebhookService {
  constructor(
    @InjectRepository(EventSubscription, LTI_DATA_SOURCE)
    private readonly webhooks: Repository<EventSubscription>,
    private readonly deliveries: EventDeliveryRepository,
    private readonly sender: WebhookSender,
    private readonly registrations: RegistrationService,
    private readonly urlPolicy: UrlPolicy,
    private readonly keyRing: KeyRing,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Adds a webhook. It gets the events of changes from now on. The answer is the only one with the secret.
   *
   * @throws {InvalidRequest} `invalid_request`: the URL may not be called
   * @throws {NotFound} `registration_not_found`; {Conflict} `too_many_webhooks`
   * @example
   * const { secret } = await webhooks.create({ url, types: null, registrationId: null });
   */
  async create({ secret = newSecret(), ...fields }: CreateWebhook): Promise<WebhookWithSecretView> {
    checkUrlFields(this.urlPolicy, { url: fields.url });
    if (fields.registrationId !== null) await this.registrations.get(fields.registrationId);
    const now = this.clock.now();
    const id = uuidv7();
    await this.webhooks.manager.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [CREATION_LOCK]);
      if ((await manager.countBy(EventSubscription, { kind: 'webhook' })) >= MAX_WEBHOOKS)
        throw webhookErrors.tooMany(MAX_WEBHOOKS);
      await manager.insert(EventSubscription, {
        ...fields,
        id,
        kind: 'webhook',
        encryptedSecret: this.encrypt(id, secret),
        status: 'active',
        failures: 0,
        createdAt: now,
        updatedAt: now,
      });
    });
    return { ...(await this.get(id)), secret };
  }

  /**
   * One webhook: whether it works, and why not.
   *
   * @throws {NotFound} `webhook_not_found`
   * @example
   * const { status, reason } = await webhooks.get(id);
   */
  async get(id: string): Promise<WebhookView> {
    return this.view(await this.find(id));
  }

  /**
   * The newest first, unless the query has another order.
   *
   * @example
   * const { items } = await webhooks.list({ limit: 50 });
   */
  async list(query: PageQuery): Promise<Page<WebhookView>> {
    const { after, find, page } = idPage(query);
    const rows = await this.webhooks.find({ where: { kind: 'webhook', ...after }, ...find });
    const { items, ...next } = pageOf(
      rows,
      page,
      ({ id }) => id,
      (row) => row,
    );
    return { items: await Promise.all(items.map((row) => this.view(row))), ...next };
  }

  /**
   * Changes what `body` names. `status: 'active'` and a new URL send everything that waits now.
   *
   * @throws {InvalidRequest} `invalid_request`; {NotFound} `webhook_not_found`
   * @example
   * await webhooks.update(id, { status: 'paused' });
   */
  async update(id: string, body: UpdateWebhook): Promise<WebhookView> {
    await this.find(id);
    checkUrlFields(this.urlPolicy, { url: body.url });
    const isRetried = body.status === 'active' || body.url !== undefined;
    const anew = { failures: 0, failingSince: null, retryAt: null };
    await this.webhooks.update(
      { id, kind: 'webhook' },
      {
        ...body,
        ...(body.status !== undefined && { reason: null }),
        ...(isRetried && anew),
        updatedAt: this.clock.now(),
      },
    );
    if (isRetried) await this.deliveries.release(id);
    return this.get(id);
  }

  /**
   * Deletes a webhook and its deliveries.
   *
   * @throws {NotFound} `webhook_not_found`
   * @example
   * await webhooks.remove(id);
   */
  async remove(id: string): Promise<void> {
    const { affected } = await this.webhooks.delete({ id, kind: 'webhook' });
    if (affected === 0) throw webhookErrors.notFound(id);
    await this.deliveries.deleteOfSubscription(id);
  }

  /**
   * Replaces the secret. Messages are signed with both until the overlap ends, so the receiver can change it meanwhile.
   *
   * @throws {NotFound} `webhook_not_found`
   * @example
   * const { secret } = await webhooks.rotateSecret(id, { overlapHours: 24 });
   */
  async rotateSecret(
    id: string,
    { secret = newSecret(), overlapHours }: RotateSecret,
  ): Promise<WebhookWithSecretView> {
    const { encryptedSecret } = await this.find(id);
    const now = this.clock.now();
    await this.webhooks.update(
      { id, kind: 'webhook' },
      {
        encryptedSecret: this.encrypt(id, secret),
        encryptedOldSecret: overlapHours === 0 ? null : encryptedSecret,
        oldSecretUntil: overlapHours === 0 ? null : new Date(now.getTime() + overlapHours * HOUR_MS),
        updatedAt: now,
      },
    );
    return { ...(await this.get(id)), secret };
  }

  /**
   * Sends an event of the type `webhook.test` now, whatever the state of the webhook.
   *
   * @throws {NotFound} `webhook_not_found`
   * @example
   * const { isDelivered, error } = await webhooks.test(id);
   */
  async test(id: string): Promise<WebhookTest> {
    const event = {
      id: uuidv7(),
      type: 'webhook.test',
      createdAt: this.clock.now(),
      data: { webhookId: id },
    };
    const { retryAt: _, ...outcome } = await this.sender.send(await this.find(id), event);
    return outcome;
  }

  /**
   * The deliveries of a webhook, the newest first, unless the query has another order.
   *
   * @throws {NotFound} `webhook_not_found`
   * @example
   * const { items } = await webhooks.listDeliveries(id, { status: 'failed', limit: 50 });
   */
  async listDeliveries(id: string, query: DeliveryQuery): Promise<Page<DeliveryView>> {
    await this.find(id);
    return this.deliveries.list(id, query, viewDelivery);
  }

  /**
   * Sends an event again, with the same id.
   *
   * @throws {NotFound} `webhook_not_found`, `webhook_delivery_not_found`
   * @example
   * await webhooks.replay(id, eventId);
   */
  async replay(id: string, eventId: string): Promise<void> {
    await this.find(id);
    if (!(await this.deliveries.replayOne(id, eventId))) throw webhookErrors.deliveryNotFound(id, eventId);
  }

  /**
   * Sends the events since a time again, with the same ids, in order per course.
   *
   * @returns how many
   * @throws {NotFound} `webhook_not_found`
   * @example
   * await webhooks.replaySince(id, { since: '2026-11-29T08:00:00Z', failedOnly: false });
   */
  async replaySince(id: string, { since, failedOnly }: ReplayQuery): Promise<number> {
    await this.find(id);
    return this.deliveries.replay(id, { since: new Date(since), until: this.clock.now(), failedOnly });
  }

  private async find(id: string): Promise<EventSubscription> {
    const webhook = await this.webhooks.findOneBy({ id, kind: 'webhook' });
    if (webhook === null) throw webhookErrors.notFound(id);
    return webhook;
  }

  private async view(webhook: EventSubscription): Promise<WebhookView> {
    return viewWebhook(webhook, await this.deliveries.pending(webhook.id));
  }

  private encrypt(id: string, secret: string): string {
    return this.keyRing.encrypt(secret, encryptionContextOf(id));
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
