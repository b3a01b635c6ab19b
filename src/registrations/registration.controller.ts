import { Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import {
  type CreateRegistration,
  createRegistrationSchema,
  type RegistrationView,
  registrationViewSchema,
  type UpdatedRegistrationView,
  updatedRegistrationViewSchema,
  type UpdateRegistration,
  updateRegistrationSchema,
} from './registration.schema.js';
import { RegistrationService } from './registration.service.js';
import { viewRegistration } from './registration.view.js';

@ApiController('registrations', 'registrations')
export class RegistrationController {
  constructor(private readonly registrations: RegistrationService) {}

  @Post()
  @Operation({
    summary: 'Register this tool at a platform',
    response: registrationViewSchema,
    errors: { 409: 'registration_exists, with the id of the other one' },
  })
  async create(@ValidatedBody(createRegistrationSchema) body: CreateRegistration): Promise<RegistrationView> {
    return viewRegistration(await this.registrations.create(body));
  }

  @Get()
  @Operation({
    summary: 'List registrations',
    response: pageSchema(registrationViewSchema),
  })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<RegistrationView>> {
    return this.registrations.list(query, viewRegistration);
  }

  @Get(':id')
  @Operation({
    summary: 'One registration',
    response: registrationViewSchema,
    errors: { 404: 'registration_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<RegistrationView> {
    return viewRegistration(await this.registrations.get(id));
  }

  @Patch(':id')
  @Operation({
    summary:
      'Change a registration; its tokens are dropped and asked for afresh. The URLs of its courses stay',
    response: updatedRegistrationViewSchema,
    errors: { 404: 'registration_not_found', 409: 'registration_exists or deployment_in_use' },
  })
  async update(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(updateRegistrationSchema) body: UpdateRegistration,
  ): Promise<UpdatedRegistrationView> {
    const { registration, urlsOnOldOrigins } = await this.registrations.edit(id, body);
    return { ...viewRegistration(registration), ...(urlsOnOldOrigins.length > 0 && { urlsOnOldOrigins }) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary:
      'Delete a registration: its syncs are cancelled, its tokens dropped, and what is stored with it is deleted in the background',
    errors: { 404: 'registration_not_found' },
  })
  remove(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.registrations.remove(id);
  }
}
