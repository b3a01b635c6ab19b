import { Get, Inject } from '@nestjs/common';
import { ApiController } from '../../access/api-controller.decorator.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { ValidatedQuery } from '../../common/validated-parameters.js';
import { LtiConfig } from '../../config/lti-config.js';
import { registrationGuide } from '../../registrations/guide/registration-guide.js';
import {
  type RegistrationGuide,
  type RegistrationGuideQuery,
  registrationGuideQuerySchema,
  registrationGuideSchema,
} from '../../registrations/guide/registration-guide.schema.js';
import { toolProfile } from '../dynamic-registration/tool-profile.js';

@ApiController('registration-guide', 'registrations')
export class RegistrationGuideController {
  constructor(@Inject(LtiConfig) private readonly config: LtiConfig) {}

  @Get()
  @Operation({
    summary:
      'How to register this tool by hand at a platform: the values to paste, and the values to bring back',
    response: registrationGuideSchema,
  })
  read(
    @ValidatedQuery(registrationGuideQuerySchema) query: RegistrationGuideQuery,
  ): Promise<RegistrationGuide> {
    return registrationGuide(query.platform, toolProfile(this.config), this.config.dynamicRegistration);
  }
}
