import { Delete, Get } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import {
  type ErasedUser,
  erasedUserSchema,
  type PersonalDataQuery,
  personalDataQuerySchema,
  type PersonalRecord,
  personalRecordSchema,
  userIdParamSchema,
} from './personal-data.schema.js';
import { PersonalDataService } from './personal-data.service.js';

@ApiController('registrations', 'personal data')
export class PersonalDataController {
  constructor(private readonly personalData: PersonalDataService) {}

  @Delete(':id/users/:userId')
  @Operation({
    summary: 'Erase what is stored about a user, and revoke what the user has allowed at the platform',
    response: erasedUserSchema,
    errors: {
      404: 'registration_not_found',
      503: 'lease_busy: a grant of the user is being refreshed; repeat the request',
    },
  })
  erase(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedParam('userId', userIdParamSchema) userId: string,
  ): Promise<ErasedUser> {
    return this.personalData.erase(id, userId);
  }

  @Get(':id/users/:userId/export')
  @Operation({
    summary: 'What is stored about a user, without tokens and secrets',
    response: pageSchema(personalRecordSchema),
    errors: { 404: 'registration_not_found' },
  })
  export(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedParam('userId', userIdParamSchema) userId: string,
    @ValidatedQuery(personalDataQuerySchema) query: PersonalDataQuery,
  ): Promise<Page<PersonalRecord>> {
    return this.personalData.export(id, userId, query);
  }
}
