import { Get, HttpCode, Inject, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { BrowserController } from '../../common/browser-controller.decorator.js';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { LtiConfig } from '../../config/lti-config.js';
import { dynamicRegistrationErrors } from '../../registrations/dynamic/dynamic-registration.errors.js';
import {
  DynamicRegistrationService,
  type RegistrationStart,
} from '../../registrations/dynamic/dynamic-registration.service.js';
import { REGISTER_PATH } from '../../registrations/dynamic/registration-invitation.service.js';
import { FORM_TYPE, LaunchFields, readFields } from '../launch-form.js';
import { sendPage } from '../pages/launch-page.js';
import { confirmPage, registeredPage } from './register.pages.js';
import { registrationStartSchema } from './register.schema.js';
import { RegistrationErrorFilter } from './registration-error.filter.js';
import { toolProfile } from './tool-profile.js';

const ERRORS = {
  400: 'registration_parameter_invalid, launch_parameter_invalid or unsafe_url',
  403: 'registration_invitation_required, registration_invitation_invalid or registration_issuer_not_allowed',
  502: 'registration_configuration_invalid, registration_issuer_mismatch or registration_configuration_refused',
  503: 'platform_unreachable or database_unavailable',
};

/** Where a platform sends its administrator to register the tool (Dynamic Registration 1.0, 3.2). */
@BrowserController('registrations')
@UseFilters(RegistrationErrorFilter)
export class RegisterController {
  constructor(
    private readonly registrations: DynamicRegistrationService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  @Get(REGISTER_PATH)
  @Operation({
    summary:
      'Dynamic registration: what the platform will share with the tool, for its administrator to confirm',
    query: registrationStartSchema,
    pages: { 200: 'A page with a form, which the administrator posts' },
    errors: ERRORS,
  })
  async confirm(@Query() query: unknown, @Res() reply: HttpReply): Promise<void> {
    const start = startOf(LaunchFields.of(query));
    const preview = await this.registrations.preview(start, toolProfile(this.config));
    sendPage(reply, confirmPage(preview, start, this.config.publicUrl + REGISTER_PATH));
  }

  @Post(REGISTER_PATH)
  @HttpCode(200)
  @Operation({
    summary: 'Dynamic registration, as confirmed: the tool registers at the platform',
    requestBody: { required: true, content: { [FORM_TYPE]: registrationStartSchema } },
    pages: { 200: 'A page that says so, and closes its frame or tab' },
    errors: {
      ...ERRORS,
      409: 'registration_confirmation_required or dynamic_registration_settled',
      413: 'launch_form_too_large',
      502: `registration_refused, registration_answer_invalid, registration_answer_foreign, ${ERRORS[502]}`,
    },
  })
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
