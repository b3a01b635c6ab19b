import { HttpCode, Logger, Post, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import { ApiController } from '../../access/api-controller.decorator.js';
import { type HttpReply } from '../../common/http-reply.js';
import { checkMediaType, type HttpRequest, messageOf } from '../../common/http-request.js';
import { Operation } from '../../common/openapi/operation.decorator.js';
import { idParamSchema } from '../../common/page.schema.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../../common/validated-parameters.js';
import { passAnswer } from '../../platform-http/passed-answer.js';
import { AuthorizationRequired } from '../user-grants.errors.js';
import { UserGrantService } from '../user-grant.service.js';
import { type GrantOfUser, UserApiClient } from './user-api-client.js';
import { userApiErrors } from './user-api.errors.js';
import {
  type UserApiRequestBody,
  userApiRequestOf,
  userApiRequestSchema,
  type UserFileQuery,
  userFileQuerySchema,
} from './user-api.schema.js';
import { userFileDocument } from './user-file-document.js';

const ANSWER =
  "The platform's answer, whatever its status: with `Proxy-Status: nest-lti; received-status=...`. Answers without this header are ours";
const ERRORS = {
  400: 'url_not_on_platform, or invalid_request with `errors` by field',
  403: 'user_authorization_required, platform_permission_denied',
  404: 'user_grant_not_found',
  502: 'platform_unreachable, platform_redirect_refused, user_grant_client_refused',
  503: 'platform_throttled, user_grant_request_failed, database_unavailable: with Retry-After',
  504: 'platform_timeout',
};
const OCTETS = 'application/octet-stream';

/** Calls the platform's API as a user, for programs in any language. The user's token does not leave nest-lti. */
@ApiController('user-grants/:id', 'user grants')
export class UserApiController {
  private readonly logger = new Logger(UserApiController.name);

  constructor(
    private readonly grants: UserGrantService,
    private readonly api: UserApiClient,
  ) {}

  @Post('requests')
  @HttpCode(200)
  @Operation({
    summary: "Call the platform's API as the user; its answer is streamed",
    response: z.unknown(),
    responseType: '*/*',
    responseDescription: ANSWER,
    errors: ERRORS,
  })
  async request(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(userApiRequestSchema) body: UserApiRequestBody,
    @Res() reply: HttpReply,
  ): Promise<void> {
    await passAnswer(reply, { logger: this.logger, call: 'a user' }, async (signal) =>
      this.api.stream(await this.usable(id), { ...userApiRequestOf(body), signal }),
    );
  }

  @Post('files')
  @HttpCode(200)
  @Operation({
    summary: "Upload a file as the user, in the three steps of Canvas' API",
    requestBody: userFileDocument,
    response: z.unknown(),
    responseType: '*/*',
    responseDescription: ANSWER,
    errors: {
      ...ERRORS,
      408: 'user_file_unreadable: the content stopped arriving',
      411: 'user_file_unreadable: the request has no Content-Length',
      502: `user_file_upload_failed, ${ERRORS[502]}`,
    },
  })
  async upload(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(userFileQuerySchema) query: UserFileQuery,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const { path, name, contentType, ...parameters } = query;
    const file = { name, contentType, ...fileOf(request) };
    await passAnswer(reply, { logger: this.logger, call: 'a user' }, async (signal) =>
      this.api.upload(await this.usable(id), path, file, { parameters, signal }),
    );
  }

  /** @throws {NotFound} `user_grant_not_found`, AuthorizationRequired */
  private async usable(id: string): Promise<GrantOfUser> {
    const { registrationId, userId } = await this.grants.get(id);
    const resolution = await this.grants.resolve({ registrationId, userId });
    if (resolution.status === 'authorizationRequired')
      throw new AuthorizationRequired(resolution.reason, resolution.authorizeUrl);
    return resolution.grant;
  }
}

/** @throws {InvalidRequest} `unsupported_media_type`; {InvalidRequest} `user_file_unreadable` */
function fileOf(request: HttpRequest): { size: number; content: AsyncIterable<Uint8Array> | Buffer } {
  const message = messageOf(request);
  checkMediaType(message, [OCTETS]);
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = message.headers;
  if (encoding !== 'identity')
    throw userApiErrors.fileUnreadable(400, 'it is encoded; send its bytes as they are');
  // Where a host's parser came first.
  if (Buffer.isBuffer(request.body)) return { size: request.body.length, content: request.body };
  if (length === undefined) throw userApiErrors.fileUnreadable(411, 'the request has no Content-Length');
  return { size: Number(length), content: message };
}
