import { Body, Delete, Get, HttpCode, Inject, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiController } from '../../access/api-controller.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import { LtiConfig } from '../../config/lti-config.js';
import { GrantSweep } from '../removal/grant-sweep.service.js';
import {
  type PutUserGrantClient,
  putUserGrantClientSchema,
  type UserGrantClientView,
  userGrantClientViewSchema,
} from './user-grant-client.schema.js';
import { viewUserGrantClient } from './user-grant-client.view.js';
import { UserGrantClients } from './user-grant-clients.service.js';

@ApiController('api/registrations/:id/user-grant-client', 'user grants')
export class UserGrantClientController {
  constructor(
    private readonly clients: UserGrantClients,
    private readonly sweep: GrantSweep,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  @Put()
  @ApiOperation({ summary: "Set our client for the platform's own API: users can then authorize the tool" })
  @ApiOkResponse({ standardSchema: userGrantClientViewSchema })
  @ApiBadRequestResponse({ description: 'user_grant_provider_required or user_grant_client_secret_required' })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  async put(
    @Param('id', { schema: idParamSchema }) id: string,
    @Body({ schema: putUserGrantClientSchema }) body: PutUserGrantClient,
  ): Promise<UserGrantClientView> {
    return viewUserGrantClient(await this.clients.put(id, body), this.config.publicUrl);
  }

  @Get()
  @ApiOperation({ summary: "Our client for the platform's own API, without its secret" })
  @ApiOkResponse({ standardSchema: userGrantClientViewSchema })
  @ApiNotFoundResponse({ description: 'user_grant_client_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<UserGrantClientView> {
    return viewUserGrantClient(await this.clients.get(id), this.config.publicUrl);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: "Delete our client for the platform's own API; its users' grants are revoked" })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'user_grant_client_not_found' })
  async remove(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    await this.clients.get(id);
    await this.sweep.removeAll(id);
  }
}
