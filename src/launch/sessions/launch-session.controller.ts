import { Body, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiController } from '../../access/api-controller.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import {
  type ExchangeCode,
  type ExchangedLaunch,
  exchangedSchema,
  exchangeSchema,
  type LaunchSessionView,
  launchSessionViewSchema,
  viewLaunchSession,
} from './launch-session.schema.js';
import { LaunchSessions } from './launch-sessions.service.js';

@ApiController('api/launches', 'launches')
export class LaunchSessionController {
  constructor(private readonly sessions: LaunchSessions) {}

  @Post('exchange')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Who was launched into what, for the one-time code that the browser brought to the tool',
  })
  @ApiOkResponse({ standardSchema: exchangedSchema })
  @ApiBadRequestResponse({
    description: 'launch_code_invalid: unknown, used already, or older than a minute',
  })
  async exchange(@Body({ schema: exchangeSchema }) { code }: ExchangeCode): Promise<ExchangedLaunch> {
    const { session, token } = await this.sessions.exchange(code);
    return { ...viewLaunchSession(session), token };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A launch session' })
  @ApiOkResponse({ standardSchema: launchSessionViewSchema })
  @ApiNotFoundResponse({ description: 'launch_session_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<LaunchSessionView> {
    return viewLaunchSession(await this.sessions.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a launch session: its token opens nothing any more' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'launch_session_not_found' })
  revoke(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.sessions.revoke(id);
  }
}
