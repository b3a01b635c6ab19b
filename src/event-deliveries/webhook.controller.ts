import { Delete, Get, Header, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../common/page.schema.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import {
  type CreateWebhook,
  createWebhookSchema,
  type DeliveryQuery,
  deliveryQuerySchema,
  type DeliveryView,
  deliveryViewSchema,
  type Replayed,
  replayedSchema,
  type ReplayQuery,
  replayQuerySchema,
  type RotateSecret,
  rotateSecretSchema,
  type UpdateWebhook,
  updateWebhookSchema,
  type WebhookTest,
  webhookTestSchema,
  type WebhookView,
  webhookViewSchema,
  type WebhookWithSecretView,
  webhookWithSecretSchema,
} from './webhook.schema.js';
import { WebhookService } from './webhook.service.js';

const notFound = { 404: 'webhook_not_found' };

@ApiController('webhooks', 'webhooks')
export class WebhookController {
  constructor(private readonly webhooks: WebhookService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary:
      'Send events to a URL, signed by the Standard Webhooks specification; the secret is shown this once',
    response: webhookWithSecretSchema,
    errors: { 404: 'registration_not_found', 409: 'too_many_webhooks' },
  })
  create(@ValidatedBody(createWebhookSchema) body: CreateWebhook): Promise<WebhookWithSecretView> {
    return this.webhooks.create(body);
  }

  @Get()
  @Operation({ summary: 'List webhooks, never their secrets', response: pageSchema(webhookViewSchema) })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<WebhookView>> {
    return this.webhooks.list(query);
  }

  @Get(':id')
  @Operation({
    summary: 'One webhook: whether it works, and why not',
    response: webhookViewSchema,
    errors: notFound,
  })
  get(@ValidatedParam('id', idParamSchema) id: string): Promise<WebhookView> {
    return this.webhooks.get(id);
  }

  @Patch(':id')
  @Operation({
    summary:
      'Change the URL or the types of a webhook, pause it, or resume it when it was paused or disabled',
    response: webhookViewSchema,
    errors: notFound,
  })
  update(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(updateWebhookSchema) body: UpdateWebhook,
  ): Promise<WebhookView> {
    return this.webhooks.update(id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({ summary: 'Delete a webhook and its deliveries', errors: notFound })
  remove(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.webhooks.remove(id);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary:
      'Replace the secret of a webhook; until the overlap ends messages are signed with the old one, too',
    response: webhookWithSecretSchema,
    errors: notFound,
  })
  rotateSecret(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(rotateSecretSchema) body: RotateSecret,
  ): Promise<WebhookWithSecretView> {
    return this.webhooks.rotateSecret(id, body);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Operation({
    summary: 'Send an event of the type webhook.test now',
    response: webhookTestSchema,
    errors: notFound,
  })
  test(@ValidatedParam('id', idParamSchema) id: string): Promise<WebhookTest> {
    return this.webhooks.test(id);
  }

  @Get(':id/deliveries')
  @Operation({
    summary: 'The deliveries of a webhook',
    response: pageSchema(deliveryViewSchema),
    errors: notFound,
  })
  listDeliveries(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(deliveryQuerySchema) query: DeliveryQuery,
  ): Promise<Page<DeliveryView>> {
    return this.webhooks.listDeliveries(id, query);
  }

  @Post(':id/deliveries/:eventId/replay')
  @HttpCode(202)
  @Operation({
    summary: 'Send an event again, with the same id',
    response: replayedSchema,
    errors: { 404: 'webhook_not_found, webhook_delivery_not_found' },
  })
  async replay(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedParam('eventId', idParamSchema) eventId: string,
  ): Promise<Replayed> {
    await this.webhooks.replay(id, eventId);
    return { events: 1 };
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Operation({
    summary: 'Send all events since a time again, with the same ids, in order per course',
    response: replayedSchema,
    errors: notFound,
  })
  async replaySince(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(replayQuerySchema) query: ReplayQuery,
  ): Promise<Replayed> {
    return { events: await this.webhooks.replaySince(id, query) };
  }
}
