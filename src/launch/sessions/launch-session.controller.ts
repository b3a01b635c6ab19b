import { Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../../access/api-controller.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam } from '../../common/validated-parameters.js';
import {
  type ExchangeCode,
  type ExchangedLaunch,
  exchangedSchema,
  exchangeSchema,
  type LaunchSessionView,
  launchSessionViewSchema,
  viewLaunchSession,
} from './launch-session.schema.js';
import { LaunchSessionService } from './launch-session.service.js';

@ApiController('launch-sessions', 'launch sessions')
export class LaunchSessionController {
  constructor(private readonly sessions: LaunchSessionService) {}

  @Post('exchange')
  @HttpCode(200)
  @Operation({
    summary: 'Who was launched into what, for the one-time code that the browser brought to the tool',
    response: exchangedSchema,
    errors: { 400: 'launch_code_invalid: unknown, used already, or older than a minute' },
  })
  async exchange(@ValidatedBody(exchangeSchema) { code }: ExchangeCode): Promise<ExchangedLaunch> {
    const { session, token } = await this.sessions.exchange(code);
    return { ...viewLaunchSession(session), token };
  }

  @Get(':id')
  @Operation({
    summary: 'A launch session',
    response: launchSessionViewSchema,
    errors: { 404: 'launch_session_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<LaunchSessionView> {
    return viewLaunchSession(await this.sessions.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'End a launch session: its token opens nothing any more',
    errors: { 404: 'launch_session_not_found' },
  })
  revoke(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.sessions.revoke(id);
  }
}
