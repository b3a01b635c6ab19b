import { HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema } from '../common/page.schema.js';
import { ValidatedBody, ValidatedParam } from '../common/validated-parameters.js';
import {
  type PlatformMoveInput,
  platformMoveSchema,
  type PlatformMoveView,
  platformMoveViewSchema,
} from './platform-move.schema.js';
import { PlatformMoveService } from './platform-move.service.js';

@ApiController('registrations', 'registrations')
export class PlatformMoveController {
  constructor(private readonly moves: PlatformMoveService) {}

  @Post(':id/move')
  @HttpCode(200)
  @Operation({
    summary: 'Move the stored URLs of a platform that has another address; repeat it while courses remain',
    response: platformMoveViewSchema,
    errors: { 404: 'registration_not_found', 503: 'lease_busy: scores are being sent; try again' },
  })
  move(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(platformMoveSchema) body: PlatformMoveInput,
  ): Promise<PlatformMoveView> {
    return this.moves.move(id, body);
  }
}
