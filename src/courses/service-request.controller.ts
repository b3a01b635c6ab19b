import { HttpCode, Logger, Post, Res } from '@nestjs/common';
import { z } from 'zod';
import { ApiController } from '../access/api-controller.decorator.js';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { type ServiceEndpoints } from '../access-tokens/service-endpoints.js';
import { type HttpReply } from '../common/http-reply.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { idParamSchema } from '../common/page.schema.js';
import { appendQuery } from '../common/query.js';
import { ValidatedBody, ValidatedParam } from '../common/validated-parameters.js';
import { passAnswer } from '../platform-http/passed-answer.js';
import { queryPairs } from '../platform-http/passed-request.schema.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { courseErrors } from './course.errors.js';
import { CourseService } from './course.service.js';
import { type ServiceRequestBody, serviceRequestSchema } from './service-request.schema.js';

/** Calls any service of a platform, for programs in any language. The access token does not leave nest-lti. */
@ApiController('registrations', 'registrations')
export class ServiceRequestController {
  private readonly logger = new Logger(ServiceRequestController.name);

  constructor(
    private readonly registrations: RegistrationService,
    private readonly courses: CourseService,
    private readonly oauth: OAuthService,
  ) {}

  @Post(':id/requests')
  @HttpCode(200)
  @Operation({
    summary: "Call any service of the platform with the registration's token; its answer is streamed",
    response: z.unknown(),
    responseType: '*/*',
    responseDescription:
      "The platform's answer, whatever its status: with `Proxy-Status: nest-lti; received-status=...`. Answers without this header are ours",
    errors: {
      400: 'url_not_on_platform, unsafe_url, or invalid_request with `errors` by field',
      403: 'scope_mismatch: the platform does not grant the scope',
      404: 'registration_not_found, course_not_found',
      409: 'scope_not_registered',
      502: 'authentication_failed, token_request_refused, platform_unreachable, platform_redirect_refused',
      503: 'authentication_failed, token_request_failed, platform_throttled: with Retry-After',
      504: 'platform_timeout',
    },
  })
  async request(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(serviceRequestSchema) body: ServiceRequestBody,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const { url, query, scopes, courseId, headers = {}, body: content, ...request } = body;
    const registration = await this.registrations.get(id);
    const endpoints = courseId === undefined ? {} : await this.endpointsOf(courseId, id);
    const pairs = queryPairs(query);
    await passAnswer(reply, { logger: this.logger, call: 'a service' }, async (signal) => {
      const client = await this.oauth.authenticate(registration, endpoints, { signal });
      return client.stream({
        ...request,
        headers,
        url: pairs.length === 0 ? url : appendQuery(url, pairs),
        scope: scopes,
        signal,
        ...(content !== undefined && { body: content }),
      });
    });
  }

  /** @throws {NotFound} `course_not_found`, also for a course of another registration */
  private async endpointsOf(
    courseId: string,
    registrationId: string,
  ): Promise<Pick<ServiceEndpoints, 'services' | 'deploymentId'>> {
    const course = await this.courses.get(courseId);
    if (course.registrationId !== registrationId) throw courseErrors.notFound(courseId);
    const { membershipsUrl, lineItemsUrl, groupsUrl, deploymentId } = course;
    return {
      services: [membershipsUrl, lineItemsUrl, groupsUrl].filter((url) => url !== null),
      deploymentId,
    };
  }
}
