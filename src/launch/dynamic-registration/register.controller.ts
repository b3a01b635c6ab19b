import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { NotInHostDocument } from '../../common/openapi/operation.decorator.js';
import { LtiConfig } from '../../config/lti-config.js';
import { dynamicRegistrationErrors } from '../../registrations/dynamic/dynamic-registration.errors.js';
import {
  DynamicRegistrationService,
  type RegistrationStart,
} from '../../registrations/dynamic/dynamic-registration.service.js';
import { REGISTER_PATH } from '../../registrations/dynamic/registration-invitation.service.js';
import { LaunchFields, readFields } from '../launch-form.js';
import { sendPage } from '../pages/launch-page.js';
import { confirmPage, registeredPage } from './register.pages.js';
import { RegistrationErrorFilter } from './registration-error.filter.js';
import { toolProfile } from './tool-profile.js';

/** Where a platform sends its administrator to register the tool (Dynamic Registration 1.0, 3.2). */
@NotInHostDocument()
@Controller({ version: VERSION_NEUTRAL })
@UseFilters(RegistrationErrorFilter)
export class RegisterController {
  constructor(
    private readonly registrations: DynamicRegistrationService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  @Get(REGISTER_PATH)
  async confirm(@Query() query: unknown, @Res() reply: HttpReply): Promise<void> {
    const start = startOf(LaunchFields.of(query));
    const preview = await this.registrations.preview(start, toolProfile(this.config));
    sendPage(reply, confirmPage(preview, start, this.config.publicUrl + REGISTER_PATH));
  }

  @Post(REGISTER_PATH)
  @HttpCode(200)
  async register(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const start = startOf(await readFields(request));
    sendPage(reply, registeredPage(await this.registrations.register(start, toolProfile(this.config))));
  }
}

function startOf(fields: LaunchFields): RegistrationStart {
  const configurationUrl = fields.get('openid_configuration');
  if (configurationUrl === undefined)
    throw dynamicRegistrationErrors.parameterInvalid('openid_configuration');
  const registrationToken = fields.get('registration_token');
  // What a header cannot hold is not a token (RFC 6750 2.1).
  if (registrationToken !== undefined && !/^[\x21-\x7E]+$/.test(registrationToken)) {
    throw dynamicRegistrationErrors.parameterInvalid('registration_token');
  }
  return { configurationUrl, registrationToken, invitation: fields.get('invitation') };
}
