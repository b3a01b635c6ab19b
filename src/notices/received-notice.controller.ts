import { Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { type NoticeQuery, noticeQuerySchema, type NoticeView, noticeViewSchema } from './notice.schema.js';
import { NoticeService } from './notice.service.js';

/** The operator's view of the notices that platforms have sent. */
@ApiController('notices', 'notices')
export class ReceivedNoticeController {
  constructor(private readonly notices: NoticeService) {}

  @Get()
  @Operation({
    summary: 'List the notices of platforms, without their claims',
    response: pageSchema(noticeViewSchema),
  })
  list(@ValidatedQuery(noticeQuerySchema) query: NoticeQuery): Promise<Page<NoticeView>> {
    return this.notices.list(query);
  }

  @Get(':id')
  @Operation({ summary: 'One notice', response: noticeViewSchema, errors: { 404: 'notice_not_found' } })
  get(@ValidatedParam('id', idParamSchema) id: string): Promise<NoticeView> {
    return this.notices.get(id);
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Operation({
    summary: 'Handle a notice again that was given up; one that is pending is returned as it is',
    response: noticeViewSchema,
    errors: {
      404: 'notice_not_found',
      409: 'notice_not_failed: it is handled, or notice_claims_deleted: a user in it was erased',
    },
  })
  retry(@ValidatedParam('id', idParamSchema) id: string): Promise<NoticeView> {
    return this.notices.retry(id);
  }
}
