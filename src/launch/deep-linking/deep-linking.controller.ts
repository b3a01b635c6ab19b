import { Header, HttpCode, Post } from '@nestjs/common';
import { type z } from 'zod';
import { ApiController } from '../../access/api-controller.decorator.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import { ValidatedBody, ValidatedParam } from '../../common/validated-parameters.js';
import { deepLinkPage } from '../launch-reply.js';
import { deepLinkResponseSchema, deepLinkResponseViewSchema } from './content-item.schema.js';
import { DeepLinkingService } from './deep-linking.service.js';

@ApiController('launch-sessions', 'launch sessions')
export class DeepLinkingController {
  constructor(private readonly deepLinking: DeepLinkingService) {}

  @Post(':id/deep-link-response')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary: 'Sign what the user has picked in a deep linking launch; the browser posts it to the platform',
    response: deepLinkResponseViewSchema,
    errors: {
      400: 'The rule that an item breaks: deep_link_type_not_accepted, deep_link_multiple_not_accepted, deep_link_line_item_not_accepted, deep_link_target_not_accepted, deep_link_media_type_not_accepted',
      404: 'launch_session_not_found',
      409: 'deep_link_not_requested: another type of launch. deep_link_answered: the launch has had its response, or has ended',
    },
  })
  async respond(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(deepLinkResponseSchema) body: z.output<typeof deepLinkResponseSchema>,
  ): Promise<z.output<typeof deepLinkResponseViewSchema>> {
    const { returnUrl, jwt, warnings } = await this.deepLinking.sign(id, body);
    const { html, contentSecurityPolicy } = deepLinkPage({ returnUrl, jwt });
    return { returnUrl, jwt, html, contentSecurityPolicy, warnings };
  }
}
