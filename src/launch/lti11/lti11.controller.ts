import { Controller, Get, Post, Req, Res, UseFilters, VERSION_NEUTRAL } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { NotInHostDocument } from '../../common/openapi/operation.decorator.js';
import { LaunchService } from '../launch.service.js';
import { launchByGet } from '../launch-by-get.js';
import { sendReply } from '../launch-reply.js';
import { LaunchErrorFilter } from '../pages/launch-error.filter.js';
import { readForm } from '../launch-form.js';
import { LTI11_LAUNCH_PATH, Lti11LaunchService } from './lti11-launch.service.js';

/** The endpoint for the browser in a launch by LTI 1.1. */
@NotInHostDocument()
@Controller({ version: VERSION_NEUTRAL })
@UseFilters(LaunchErrorFilter)
export class Lti11Controller {
  constructor(
    private readonly lti11Launches: Lti11LaunchService,
    private readonly launches: LaunchService,
  ) {}

  /** For users who reload the page or open a bookmark. */
  @Get(LTI11_LAUNCH_PATH)
  launchByGet(@Res() reply: HttpReply): never {
    throw launchByGet(reply);
  }

  @Post(LTI11_LAUNCH_PATH)
  async launch(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const launch = await this.lti11Launches.launch(await readForm(request));
    sendReply(reply, await this.launches.receive(launch));
  }
}
