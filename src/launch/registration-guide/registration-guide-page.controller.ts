import { Controller, Get, Inject, Query, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { NotInHostDocument } from '../../common/openapi/operation.decorator.js';
import { LtiConfig } from '../../config/lti-config.js';
import { registrationGuide } from '../../registrations/guide/registration-guide.js';
import { registrationGuideQuerySchema } from '../../registrations/guide/registration-guide.schema.js';
import { toolProfile } from '../dynamic-registration/tool-profile.js';
import { REGISTRATION_GUIDE_PATH } from '../launch-paths.js';
import { sendPage } from '../pages/launch-page.js';
import { guideListPage, guidePage } from './registration-guide.pages.js';

/** The guide for administrators of platforms. It has no secrets, so it needs no API key. */
@NotInHostDocument()
@Controller({ version: VERSION_NEUTRAL })
export class RegistrationGuidePageController {
  constructor(@Inject(LtiConfig) private readonly config: LtiConfig) {}

  @Get(REGISTRATION_GUIDE_PATH)
  async show(@Query() query: unknown, @Res() reply: HttpReply): Promise<void> {
    const url = this.config.publicUrl + REGISTRATION_GUIDE_PATH;
    const tool = toolProfile(this.config);
    const asked = registrationGuideQuerySchema.safeParse(query);
    if (!asked.success) {
      sendPage(reply, guideListPage(tool.name, url));
      return;
    }
    const { dynamicRegistration } = this.config;
    sendPage(
      reply,
      guidePage(await registrationGuide(asked.data.platform, tool, dynamicRegistration), tool.name, url),
    );
  }
}
