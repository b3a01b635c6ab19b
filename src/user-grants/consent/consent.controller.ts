import { Get, HttpCode, Inject, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { BrowserController } from '../../common/browser-controller.decorator.js';
import { type HttpReply, redirect, setHeaders } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
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
import { authorizeQuerySchema, consentAnswerSchema } from './consent.schema.js';
import { ConsentService } from './consent.service.js';
import { ToolRedirects } from './tool-redirects.js';

/** The parameter of the second request, which shows whether the browser stored the cookie. */
const ASKED = 'cookie';
const MAX_LENGTH = 4096;
const PRIVATE = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };

/** The routes by which browsers authorize the tool at their platform. */
@BrowserController('user grants')
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
  @Operation({
    summary: 'Start the authorization of the tool by a user, in a window of its own',
    query: authorizeQuerySchema,
    pages: {
      200: 'In a frame: a page that opens the window',
      303: 'The same page again, to see whether the browser keeps cookies; then the consent page of the platform',
    },
    errors: {
      400: 'user_grant_link_invalid or user_grant_answer_invalid',
      401: 'launch_session_expired or launch_session_revoked',
      403: 'user_grant_unverified',
      404: 'launch_session_not_found or user_grant_client_not_found',
      409: 'launch_has_no_user',
      503: 'database_unavailable',
    },
  })
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
  @Operation({
    summary: 'Complete the authorization: the platform sends the browser here',
    query: consentAnswerSchema,
    pages: { 200: 'A page that says so, tells its opener, and closes' },
    errors: {
      400: 'user_grant_state_unknown, user_grant_state_expired or user_grant_answer_invalid',
      403: 'user_grant_denied, user_grant_other_browser, user_grant_wrong_user, user_grant_masqueraded or user_grant_unverified',
      502: 'user_grant_consent_failed',
      503: 'platform_throttled and other failures to retry, with a new `authorizeUrl`',
    },
  })
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
  @Operation({
    summary: "Log the launched user out: the user's grant is revoked at the platform, and deleted",
    needsLaunchSession: true,
    errors: {
      401: 'launch_session_required, launch_session_invalid, launch_session_expired or launch_session_revoked',
      409: 'launch_has_no_user',
      503: 'user_grant_request_failed or database_unavailable',
    },
  })
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
