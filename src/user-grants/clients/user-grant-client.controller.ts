import { Delete, Get, HttpCode, Inject, Put } from '@nestjs/common';
import { ApiController } from '../../access/api-controller.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam } from '../../common/validated-parameters.js';
import { LtiConfig } from '../../config/lti-config.js';
import { GrantSweepService } from '../removal/grant-sweep.service.js';
import {
  type PutUserGrantClient,
  putUserGrantClientSchema,
  type UserGrantClientView,
  userGrantClientViewSchema,
} from './user-grant-client.schema.js';
import { viewUserGrantClient } from './user-grant-client.view.js';
import { UserGrantClientService } from './user-grant-client.service.js';

@ApiController('registrations/:id/user-grant-client', 'user grants')
export class UserGrantClientController {
  constructor(
    private readonly clients: UserGrantClientService,
    private readonly sweep: GrantSweepService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  @Put()
  @Operation({
    summary: "Set our client for the platform's own API: users can then authorize the tool",
    response: userGrantClientViewSchema,
    errors: {
      400: 'user_grant_provider_required or user_grant_client_secret_required',
      404: 'registration_not_found',
      409: 'user_grant_client_in_use: another registration has the same client at the same host',
    },
  })
  async put(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(putUserGrantClientSchema) body: PutUserGrantClient,
  ): Promise<UserGrantClientView> {
    const client = await this.clients.put(id, body);
    // The grants of a client that was replaced are revoked now, and not only at the next minute.
    void this.sweep.tick();
    return viewUserGrantClient(client, this.config.publicUrl);
  }

  @Get()
  @Operation({
    summary: "Our client for the platform's own API, without its secret",
    response: userGrantClientViewSchema,
    errors: { 404: 'user_grant_client_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<UserGrantClientView> {
    return viewUserGrantClient(await this.clients.get(id), this.config.publicUrl);
  }

  @Delete()
  @HttpCode(204)
  @Operation({
    summary: "Delete our client for the platform's own API; its users' grants are revoked",
    errors: { 404: 'user_grant_client_not_found' },
  })
  async remove(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    await this.clients.get(id);
    await this.sweep.removeAll(id);
  }
}
