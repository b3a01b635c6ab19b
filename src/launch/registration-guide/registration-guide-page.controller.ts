import { Get, Inject, Query, Res } from '@nestjs/common';
import { OpenController } from '../../common/open-controller.decorator.js';
import { type HttpReply } from '../../common/http-reply.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { LtiConfig } from '../../config/lti-config.js';
import { registrationGuide } from '../../registrations/guide/registration-guide.js';
import { registrationGuideQuerySchema } from '../../registrations/guide/registration-guide.schema.js';
import { toolProfile } from '../dynamic-registration/tool-profile.js';
import { REGISTRATION_GUIDE_PATH } from '../launch-paths.js';
import { sendPage } from '../pages/launch-page.js';
import { guideListPage, guidePage } from './registration-guide.pages.js';

/** The guide for administrators of platforms. It has no secrets, so it needs no API key. */
@OpenController('', 'registrations')
export class RegistrationGuidePageController {
  constructor(@Inject(LtiConfig) private readonly config: LtiConfig) {}

  @Get(REGISTRATION_GUIDE_PATH)
  @Operation({
    summary: 'How the tool is registered by hand at each platform',
    query: registrationGuideQuerySchema.partial(),
    pages: { 200: 'A page with the values of the tool; without a platform, the list of platforms' },
  })
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
