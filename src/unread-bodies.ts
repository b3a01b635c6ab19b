import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { fastifyOf } from './common/fastify.js';
import { mediaTypeOf } from './common/http-request.js';
import { configuredRoutes } from './common/openapi/application-routes.js';
import { routeParametersOf } from './common/openapi/route-parameters.js';
import { LAUNCH_PATH, LOGIN_PATH } from './launch/launch-paths.js';
import { LTI11_LAUNCH_PATH } from './launch/lti11/lti11-launch.service.js';
import { NOTICES_PATH } from './notices/platform-notification.service.js';
import { REGISTER_PATH } from './registrations/dynamic/registration-invitation.service.js';

/** The handlers that read their bodies themselves, below a global prefix too. */
const PATHS = [
  LOGIN_PATH,
  LAUNCH_PATH,
  LTI11_LAUNCH_PATH,
  NOTICES_PATH,
  REGISTER_PATH,
  '/api/v1/courses/:id/scores',
  '/api/v1/user-grants/:id/files',
];
const UNREAD = 'application/x-nest-lti-unread';

/**
 * Keeps Fastify from parsing two kinds of bodies: those that our handlers read themselves (forms of launches, scores, files), and
 * those of a wrong type, which our routes answer with problem details. For a content type without a parser Fastify answers 415
 * before our guards and filters run. A parser of ours for these types would also apply to the host's routes, and the boot would
 * stop if the host added its own later. So requests to our own routes get a content type of ours.
 */
@Injectable()
export class UnreadBodies implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly application: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  onModuleInit(): void {
    const fastify = fastifyOf(this.adapterHost);
    // Several applications may share it.
    if (fastify === undefined || fastify.hasContentTypeParser(UNREAD)) return;
    fastify.addContentTypeParser(UNREAD, (_request, _payload, done) => {
      done(null);
    });
    const jsonRoutes = this.jsonRoutes();
    fastify.addHook('onRequest', (request, _reply, done) => {
      const { url = '' } = request.routeOptions;
      const isOurs = request.method === 'POST' && PATHS.some((path) => url.endsWith(path));
      const isWrong =
        jsonRoutes.has(`${request.method} ${url}`) && mediaTypeOf(request) !== 'application/json';
      if (isOurs || isWrong) request.headers = { 'content-type': UNREAD };
      done();
    });
  }

  /** The routes with `@ValidatedBody`, as `POST /api/v1/registrations`. */
  private jsonRoutes(): ReadonlySet<string> {
    const routes = configuredRoutes(this.application, this.modules).filter(({ controller, name }) =>
      routeParametersOf(controller, name).some((parameter) => parameter.in === 'body' && parameter.schema),
    );
    return new Set(routes.map(({ method, path }) => `${RequestMethod[method]} ${path}`));
  }
}
