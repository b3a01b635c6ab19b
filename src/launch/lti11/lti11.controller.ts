import { Get, Post, Req, Res, UseFilters } from '@nestjs/common';
import { BrowserController } from '../../common/browser-controller.decorator.js';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { WorkMetrics } from '../../metrics/work-metrics.js';
import { LaunchService } from '../launch.service.js';
import { launchByGet } from '../launch-by-get.js';
import { sendReply } from '../launch-reply.js';
import { LaunchErrorFilter } from '../pages/launch-error.filter.js';
import { FORM_TYPE, readForm } from '../launch-form.js';
import { lti11LaunchFormSchema } from '../launch-request.schema.js';
import { LTI11_LAUNCH_PATH, Lti11LaunchService } from './lti11-launch.service.js';

/** The endpoint for the browser in a launch by LTI 1.1. */
@BrowserController('launches')
@UseFilters(LaunchErrorFilter)
export class Lti11Controller {
  constructor(
    private readonly lti11Launches: Lti11LaunchService,
    private readonly launches: LaunchService,
    private readonly metrics: WorkMetrics,
  ) {}

  /** For users who reload the page or open a bookmark. */
  @Get(LTI11_LAUNCH_PATH)
  @Operation({
    summary: 'A launch URL that was opened by a bookmark or a reload',
    pages: {},
    errors: { 405: 'launch_not_posted: open the activity from its course' },
  })
  launchByGet(@Res() reply: HttpReply): never {
    throw launchByGet(reply);
  }

  @Post(LTI11_LAUNCH_PATH)
  @Operation({
    summary: 'A launch by LTI 1.1: a form that its platform has signed',
    requestBody: { required: true, content: { [FORM_TYPE]: lti11LaunchFormSchema } },
    pages: {
      200: 'A page that posts the launch to the tool, or shows it',
      303: 'The tool, with a one-time code for `POST /api/v1/launch-sessions/exchange`',
    },
    errors: {
      400: 'lti11_parameter_missing, lti11_parameter_duplicated, lti11_parameter_invalid, lti11_text_invalid, lti11_version_unsupported, lti11_message_type_unsupported, lti11_signature_method_unsupported or launch_form_unreadable',
      401: 'lti11_signature_invalid, lti11_timestamp_stale or lti11_nonce_used',
      403: 'anonymous_launch_refused or target_link_uri_not_allowed',
      413: 'launch_form_too_large',
      503: 'database_unavailable',
    },
  })
  launch(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.metrics.launch('1.1', async (isOf) => {
      const launch = await this.lti11Launches.launch(await readForm(request));
      isOf(launch.context.registrationId);
      sendReply(reply, await this.launches.receive(launch));
      return undefined;
    });
  }
}
