import { HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema } from '../common/page.schema.js';
import { ValidatedBody, ValidatedParam } from '../common/validated-parameters.js';
import {
  type CheckRegistration,
  checkRegistrationSchema,
  type RegistrationCheckView,
  registrationCheckViewSchema,
} from './registration-check.schema.js';
import { RegistrationCheckService } from './registration-check.service.js';

@ApiController('registrations', 'registrations')
export class RegistrationCheckController {
  constructor(private readonly checks: RegistrationCheckService) {}

  @Post(':id/check')
  @HttpCode(200)
  @Operation({
    summary: 'Check a registration from end to end: what is wrong, and who has to do what',
    response: registrationCheckViewSchema,
    responseDescription: 'All steps, also when some have failed',
    errors: { 404: 'registration_not_found or course_not_found' },
  })
  check(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(checkRegistrationSchema) body: CheckRegistration,
  ): Promise<RegistrationCheckView> {
    return this.checks.check(id, body);
  }
}
