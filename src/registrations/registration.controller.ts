import { Body, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiController } from '../access/api-controller.decorator.js';
import {
  idPageQuerySchema,
  idParamSchema,
  type Page,
  type PageQuery,
  pageSchema,
} from '../common/page.schema.js';
import {
  type CreateRegistration,
  createRegistrationSchema,
  type RegistrationView,
  registrationViewSchema,
  type UpdateRegistration,
  updateRegistrationSchema,
} from './registration.schema.js';
import { RegistrationService } from './registration.service.js';
import { viewRegistration } from './registration.view.js';

@ApiController('api/registrations', 'registrations')
export class RegistrationController {
  constructor(private readonly registrations: RegistrationService) {}

  @Post()
  @ApiOperation({ summary: 'Register this tool at a platform' })
  @ApiCreatedResponse({ standardSchema: registrationViewSchema })
  @ApiConflictResponse({ description: 'registration_exists, with the id of the other one' })
  async create(
    @Body({ schema: createRegistrationSchema }) body: CreateRegistration,
  ): Promise<RegistrationView> {
    return viewRegistration(await this.registrations.create(body));
  }

  @Get()
  @ApiOperation({ summary: 'List registrations, the oldest first' })
  @ApiOkResponse({ standardSchema: pageSchema(registrationViewSchema) })
  list(@Query({ schema: idPageQuerySchema }) query: PageQuery): Promise<Page<RegistrationView>> {
    return this.registrations.list(query, viewRegistration);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One registration' })
  @ApiOkResponse({ standardSchema: registrationViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<RegistrationView> {
    return viewRegistration(await this.registrations.get(id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a registration; its tokens are dropped and asked for afresh' })
  @ApiOkResponse({ standardSchema: registrationViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  @ApiConflictResponse({ description: 'registration_exists or deployment_in_use' })
  async update(
    @Param('id', { schema: idParamSchema }) id: string,
    @Body({ schema: updateRegistrationSchema }) body: UpdateRegistration,
  ): Promise<RegistrationView> {
    return viewRegistration(await this.registrations.update(id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a registration: its syncs are cancelled, its tokens dropped' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'registration_not_found' })
  remove(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.registrations.remove(id);
  }
}
