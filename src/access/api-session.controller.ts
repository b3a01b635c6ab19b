import { Delete, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { addCookie, type HttpReply } from '../common/http-reply.js';
import { type HttpRequest } from '../common/http-request.js';
import { OpenController } from '../common/open-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody } from '../common/validated-parameters.js';
import { LtiConfig } from '../config/lti-config.js';
import { accessErrors } from './access.errors.js';
import { assertFromPage, sessionCookie, sessionTokenOf } from './api-session-cookie.js';
import {
  type CreateSession,
  createSessionSchema,
  type SessionView,
  sessionViewSchema,
} from './api-session.schema.js';
import { ApiSessionService, SESSION_SECONDS, type ValidSession } from './api-session.service.js';

/** The session of a browser on the REST API. Without a guard: a key with scope `read` may sign in and out, too. */
@OpenController('api/v1/session', 'API keys')
export class ApiSessionController {
  constructor(
    private readonly sessions: ApiSessionService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary:
      'Sign a browser in with an API key: the answer sets a cookie, which acts as that key for 12 hours',
    response: sessionViewSchema,
    errors: {
      400: 'invalid_request',
      401: 'api_key_rejected',
      403: 'cross_site_request: only for pages of this service',
    },
  })
  async create(
    @ValidatedBody(createSessionSchema) { apiKey }: CreateSession,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<SessionView> {
    assertFromPage(request, this.config.publicUrl);
    const { token, ...session } = await this.sessions.create(apiKey);
    addCookie(reply, sessionCookie(request, token, SESSION_SECONDS));
    return viewOf(session);
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary: 'The session of the browser, with the API key that it acts as',
    response: sessionViewSchema,
    errors: { 401: 'session_expired' },
  })
  async read(@Req() request: HttpRequest): Promise<SessionView> {
    const token = sessionTokenOf(request);
    if (token === undefined) throw accessErrors.sessionExpired();
    return viewOf(await this.sessions.authenticate(token));
  }

  @Delete()
  @HttpCode(204)
  @Operation({
    summary: 'Sign the browser out: its cookie opens nothing from now on',
    errors: { 403: 'cross_site_request' },
  })
  async end(@Req() request: HttpRequest, @Res({ passthrough: true }) reply: HttpReply): Promise<void> {
    assertFromPage(request, this.config.publicUrl);
    const token = sessionTokenOf(request);
    if (token !== undefined) await this.sessions.end(token);
    addCookie(reply, sessionCookie(request, '', 0));
  }
}

function viewOf({ key: { id, name, scope }, expiresAt }: ValidSession): SessionView {
  return { apiKey: { id, name, scope }, expiresAt: expiresAt.toISOString() };
}
