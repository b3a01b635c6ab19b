import { Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { LaunchSessionService } from '../launch/sessions/launch-session.service.js';
import { ConsentService } from './consent/consent.service.js';
import { ToolRedirects } from './consent/tool-redirects.js';
import {
  type AuthorizeBody,
  authorizedSchema,
  type AuthorizedView,
  authorizeSchema,
  type CallbackBody,
  callbackSchema,
  resolutionSchema,
  type ResolutionView,
  type ResolveBody,
  resolveSchema,
  type RevocationQuery,
  revocationQuerySchema,
  type UserGrantQuery,
  userGrantQuerySchema,
  type UserGrantView,
  userGrantViewSchema,
} from './user-grant.schema.js';
import { viewResolution, viewUserGrant } from './user-grant.view.js';
import { UserGrantService } from './user-grant.service.js';

@ApiController('user-grants', 'user grants')
export class UserGrantController {
  constructor(
    private readonly grants: UserGrantService,
    private readonly consents: ConsentService,
    private readonly sessions: LaunchSessionService,
    private readonly redirects: ToolRedirects,
  ) {}

  @Post('resolve')
  @HttpCode(200)
  @Operation({
    summary: "Whether a user's grant can be used; an expired token is refreshed",
    response: resolutionSchema,
    errors: { 404: 'launch_session_not_found or user_grant_client_not_found', 409: 'launch_has_no_user' },
  })
  async resolve(@ValidatedBody(resolveSchema) body: ResolveBody): Promise<ResolutionView> {
    const subject =
      'launchSessionId' in body ? { session: await this.sessions.get(body.launchSessionId) } : body;
    return viewResolution(await this.grants.resolve(subject));
  }

  @Post('authorize')
  @HttpCode(200)
  @Operation({
    summary: 'Where the launched user authorizes the tool at the platform',
    response: authorizedSchema,
    errors: {
      400: 'user_grant_redirect_uri_not_allowed',
      403: 'user_grant_unverified: the launch does not say who the user is at the API',
      404: 'launch_session_not_found or user_grant_client_not_found',
      409: 'launch_has_no_user',
    },
  })
  async authorize(@ValidatedBody(authorizeSchema) body: AuthorizeBody): Promise<AuthorizedView> {
    const { launchSessionId, redirectUri } = body;
    if (redirectUri === undefined) return this.grants.authorize(await this.sessions.get(launchSessionId));
    this.redirects.check(redirectUri);
    const { url } = await this.consents.begin(launchSessionId, { redirectUri });
    return { authorizeUrl: url };
  }

  @Post('callback')
  @HttpCode(200)
  @Operation({
    summary: "Completes an authorization whose answer went to the tool's own redirect URI",
    response: userGrantViewSchema,
    errors: {
      400: 'user_grant_state_unknown or user_grant_state_expired',
      403: 'user_grant_denied, user_grant_other_browser, user_grant_wrong_user, user_grant_masqueraded or user_grant_unverified',
    },
  })
  async callback(@ValidatedBody(callbackSchema) body: CallbackBody): Promise<UserGrantView> {
    const { launchSessionId, state, code, error, errorDescription } = body;
    const answer = { state, code, error, errorDescription };
    return viewUserGrant(await this.consents.complete(answer, { launchSessionId }));
  }

  @Get()
  @Operation({
    summary: 'List what users have allowed, never their tokens',
    response: pageSchema(userGrantViewSchema),
  })
  list(@ValidatedQuery(userGrantQuerySchema) query: UserGrantQuery): Promise<Page<UserGrantView>> {
    const { registrationId, userId, status, ...page } = query;
    return this.grants.list({ registrationId, userId, status }, page, viewUserGrant);
  }

  @Get(':id')
  @Operation({
    summary: 'One user grant, without its tokens',
    response: userGrantViewSchema,
    errors: { 404: 'user_grant_not_found' },
  })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<UserGrantView> {
    return viewUserGrant(await this.grants.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary: 'Revoke a user grant at the platform, and delete it',
    errors: { 404: 'user_grant_not_found' },
  })
  revoke(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(revocationQuerySchema) { expireSessions }: RevocationQuery,
  ): Promise<void> {
    return this.grants.revoke(id, { expireSessions });
  }
}
