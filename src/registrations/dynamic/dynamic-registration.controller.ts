import { Get, HttpCode, Post } from '@nestjs/common';
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
  type DynamicRegistrationView,
  dynamicRegistrationViewSchema,
  type FinishRegistration,
  finishRegistrationSchema,
} from './dynamic-registration.schema.js';
import { RegistrationAttemptService } from './registration-attempt.service.js';

@ApiController('dynamic-registrations', 'registrations')
export class DynamicRegistrationController {
  constructor(private readonly attempts: RegistrationAttemptService) {}

  @Get()
  @Operation({
    summary: 'List the registrations that platforms were asked for, also those whose answer was lost',
    response: pageSchema(dynamicRegistrationViewSchema),
  })
  list(@ValidatedQuery(idPageQuerySchema) query: PageQuery): Promise<Page<DynamicRegistrationView>> {
    return this.attempts.list(query);
  }

  @Post(':id/finish')
  @HttpCode(200)
  @Operation({
    summary: 'Store a registration whose answer was lost, with the client id that the platform shows',
    response: dynamicRegistrationViewSchema,
    errors: { 404: 'dynamic_registration_not_found', 409: 'dynamic_registration_settled' },
  })
  finish(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(finishRegistrationSchema) body: FinishRegistration,
  ): Promise<DynamicRegistrationView> {
    return this.attempts.finish(id, body);
  }

  @Post(':id/discard')
  @HttpCode(204)
  @Operation({
    summary: 'Give up a registration whose answer was lost; remove the tool in the platform yourself',
    errors: { 404: 'dynamic_registration_not_found', 409: 'dynamic_registration_settled' },
  })
  discard(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.attempts.discard(id);
  }
}
