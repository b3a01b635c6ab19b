import { Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import {
  type NoticeHandlerKey,
  noticeHandlerKeySchema,
  noticeHandlersQuerySchema,
  type NoticeHandlerView,
  noticeHandlerViewSchema,
} from './notice.schema.js';
import { PlatformNotificationService } from './platform-notification.service.js';

const errors = {
  404: 'registration_not_found, or notice_service_unknown: no launch of the deployment has named the service',
  502: 'notice_handlers_refused, or notice_handlers_unreadable',
  503: 'notice_handlers_unavailable',
};

@ApiController('registrations', 'notices')
export class NoticeHandlerController {
  constructor(private readonly notifications: PlatformNotificationService) {}

  @Get(':id/notice-handlers')
  @Operation({
    summary: 'Where the platform sends the notices of a deployment, by their type',
    response: pageSchema(noticeHandlerViewSchema),
    errors,
  })
  async list(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(noticeHandlersQuerySchema) { deploymentId }: Pick<NoticeHandlerKey, 'deploymentId'>,
  ): Promise<Page<NoticeHandlerView>> {
    return { items: await this.notifications.list(id, deploymentId) };
  }

  @Put(':id/notice-handlers')
  @Operation({
    summary: 'Have the platform send the notices of a type and deployment to this tool',
    response: noticeHandlerViewSchema,
    errors: { ...errors, 409: 'notice_type_not_supported: the platform does not send this type' },
  })
  put(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(noticeHandlerKeySchema) { deploymentId, noticeType }: NoticeHandlerKey,
  ): Promise<NoticeHandlerView> {
    return this.notifications.put(id, deploymentId, noticeType);
  }

  @Delete(':id/notice-handlers')
  @HttpCode(204)
  @Operation({ summary: 'Have the platform send no more notices of a type and deployment', errors })
  remove(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(noticeHandlerKeySchema) { deploymentId, noticeType }: NoticeHandlerKey,
  ): Promise<void> {
    return this.notifications.remove(id, deploymentId, noticeType);
  }
}
