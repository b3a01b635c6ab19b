import { HttpCode, Post, Req } from '@nestjs/common';
import { type HttpRequest } from '../common/http-request.js';
import { OpenController } from '../common/open-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { noticesBodySchema, type NoticesView, noticesViewSchema } from './notice.schema.js';
import { NoticeService } from './notice.service.js';
import { readNotices } from './notices-body.js';

/** Where platforms send notices (PNS 1.0). There is no login: each notice is signed. */
@OpenController('lti', 'platforms')
export class NoticeController {
  constructor(private readonly notices: NoticeService) {}

  @Post('notices')
  @HttpCode(202)
  @Operation({
    summary: 'Take the notices of a platform; each is a JWT that it signed',
    requestBody: { required: true, content: { 'application/json': noticesBodySchema } },
    response: noticesViewSchema,
    errors: {
      400: 'notices_unreadable, or notices_refused: not one was accepted',
      413: 'notices_too_large',
      503: 'platform_keys_unavailable: send the same notices again',
    },
  })
  async receive(@Req() request: HttpRequest): Promise<NoticesView> {
    return this.notices.receive(await readNotices(request));
  }
}
