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
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { type HttpReply, redirect, setHeaders } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { NotInHostDocument } from '../../common/openapi/operation.decorator.js';
import { ValidatedBody } from '../../common/validated-parameters.js';
import { LtiConfig } from '../../config/lti-config.js';
import { sendPage } from '../../launch/pages/launch-page.js';
import { CurrentLaunchSession, LtiLaunchGuard } from '../../launch/sessions/launch.guard.js';
import { LaunchSession } from '../../launch/sessions/launch-session.entity.js';
import { grantKeyOf } from '../launched-user.js';
import { ConsentErrorFilter } from '../pages/consent-error.filter.js';
import { authorizedPage, openWindowPage } from '../pages/consent.pages.js';
import { type LogoutBody, logoutSchema } from '../user-grant.schema.js';
import { AUTHORIZE_PATH, CALLBACK_PATH, LOGOUT_PATH } from '../user-grant-paths.js';
import { UserGrantService } from '../user-grant.service.js';
import { AuthorizeLinks } from './authorize-links.js';
import { BrowserCookie } from './browser-cookie.js';
import { consentErrors } from './consent.errors.js';
import { ConsentService } from './consent.service.js';
import { ToolRedirects } from './tool-redirects.js';

/** The parameter of the second request, which shows whether the browser stored the cookie. */
const ASKED = 'cookie';
const MAX_LENGTH = 4096;
const PRIVATE = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };

/** The routes by which browsers authorize the tool at their platform. */
@NotInHostDocument()
@Controller({ version: VERSION_NEUTRAL })
@UseFilters(ConsentErrorFilter)
export class ConsentController {
  constructor(
    private readonly consents: ConsentService,
    private readonly grants: UserGrantService,
    private readonly links: AuthorizeLinks,
    private readonly cookie: BrowserCookie,
    private readonly redirects: ToolRedirects,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /** In two steps: the second request shows whether the browser stored the cookie. */
  @Get(AUTHORIZE_PATH)
  async authorize(
    @Query() query: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    setHeaders(reply, PRIVATE);
    const link = parameterOf(query, 'link');
    if (link === undefined) throw consentErrors.linkInvalid('unknown');
    const launchSessionId = this.links.open(link);
    const here = new URL(this.config.publicUrl + AUTHORIZE_PATH);
    here.searchParams.set('link', link);
    if (isFramed(request)) {
      sendPage(reply, openWindowPage(here.href, here.origin));
      return;
    }
    if (parameterOf(query, ASKED) === undefined) {
      here.searchParams.set(ASKED, '1');
      this.cookie.write(request, reply);
      redirect(reply, 303, here.href);
      return;
    }
    const browserSecret = this.cookie.read(request);
    const { url } = await this.consents.begin(launchSessionId, { browserSecret });
    redirect(reply, 303, url);
  }

  @Get(CALLBACK_PATH)
  async callback(
    @Query() query: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    setHeaders(reply, PRIVATE);
    const answer = {
      state: parameterOf(query, 'state'),
      code: parameterOf(query, 'code'),
      error: parameterOf(query, 'error'),
      errorDescription: parameterOf(query, 'error_description'),
    };
    await this.consents.complete(answer, { browserSecret: this.cookie.read(request) });
    sendPage(reply, authorizedPage(this.redirects.origins));
  }

  /** Ends the grant of the launch session's user. */
  @Post(LOGOUT_PATH)
  @HttpCode(204)
  @UseGuards(LtiLaunchGuard)
  async logout(
    @CurrentLaunchSession() session: LaunchSession,
    @ValidatedBody(logoutSchema.prefault({})) { expireSessions }: LogoutBody,
  ): Promise<void> {
    const { registrationId, userId } = grantKeyOf(session);
    await this.grants.logout(registrationId, userId, { expireSessions });
  }
}

/** Given once, as text that is not empty. @throws {ConsentRefused} `user_grant_answer_invalid` */
function parameterOf(query: unknown, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > MAX_LENGTH) throw consentErrors.answerInvalid(name);
  return value;
}

function isFramed({ headers }: HttpRequest): boolean {
  const destination = headers['sec-fetch-dest'];
  return destination === 'iframe' || destination === 'frame';
}
