import { Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../../access/api-controller.decorator.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../../common/page.schema.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../../common/validated-parameters.js';
import {
  type CreatedInvitation,
  createdInvitationSchema,
  type CreateInvitation,
  createInvitationSchema,
  type InvitationView,
  invitationViewSchema,
} from './dynamic-registration.schema.js';
import { RegistrationInvitationService } from './registration-invitation.service.js';

@ApiController('registration-invitations', 'registrations')
export class RegistrationInvitationController {
  constructor(private readonly invitations: RegistrationInvitationService) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary:
      'Invite a platform to register this tool: the URL that its administrator pastes there, which works once',
    response: createdInvitationSchema,
  })
  create(@ValidatedBody(createInvitationSchema) body: CreateInvitation): Promise<CreatedInvitation> {
    return this.invitations.create(body);
  }

  @Get()
  @Operation({ summary: 'List invitations', response: pageSchema(invitationViewSchema) })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<InvitationView>> {
    return this.invitations.list(query);
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'Revoke an invitation that was not used',
    errors: { 404: 'registration_invitation_not_found' },
  })
  revoke(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.invitations.revoke(id);
  }
}
