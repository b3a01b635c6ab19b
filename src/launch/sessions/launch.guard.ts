import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { refusing } from '../../common/answered-error.js';
import { type HttpRequest } from '../../common/http-request.js';
import { type LaunchContext } from '../context/launch-context.schema.js';
import { type ContextRoleName, hasContextRole } from '../../common/lti-role.js';
import { type LaunchSession } from './launch-session.entity.js';
import { LaunchSessionService } from './launch-session.service.js';
import { launchSessionErrors } from './launch-session.errors.js';

/** The property of the request in which the guard stores the session for the decorators. */
const SESSION = Symbol('nest-lti launch session');
type LaunchedRequest = HttpRequest & { [SESSION]?: LaunchSession };

/**
 * On a handler or controller behind `LtiLaunchGuard`: users need one of these roles in the course, such as `Instructor`,
 * by itself or with a sub-role.
 *
 * @example
 * \@UseGuards(LtiLaunchGuard)
 * \@LaunchRoles(['Instructor', 'Administrator'])
 * class GradebookController {}
 */
export const LaunchRoles = Reflector.createDecorator<ContextRoleName[]>();

/**
 * Accepts requests with the token of a launch session as `Authorization: Bearer`, which needs no cookie (RFC 6750 2.1).
 *
 * @example
 * \@Controller('quiz')
 * \@UseGuards(LtiLaunchGuard)
 * class QuizController {
 *   \@Get()
 *   show(\@Launch() launch: LaunchContext) {
 *     return { name: launch.user?.name };
 *   }
 * }
 */
@Injectable()
export class LtiLaunchGuard implements CanActivate {
  constructor(
    private readonly sessions: LaunchSessionService,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Called by Nest.
   *
   * @throws {AccessDenied} `launch_session_required`, `launch_session_invalid`, `launch_session_expired`,
   *   `launch_session_revoked`, `launch_role_required`
   */
  canActivate(context: ExecutionContext): Promise<boolean> {
    return refusing(context, () => this.allow(context));
  }

  private async allow(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<LaunchedRequest>();
    const token = /^Bearer ([\x21-\x7E]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw launchSessionErrors.required('required');
    const session = await this.sessions.find(token);
    // The declared type leaves out undefined.
    const roles = this.reflector.getAllAndOverride(LaunchRoles, [
      context.getHandler(),
      context.getClass(),
    ]) as ContextRoleName[] | undefined;
    if (roles !== undefined && !hasContextRole(session.launch.roles, roles))
      throw launchSessionErrors.roleRequired(roles);
    request[SESSION] = session;
    return true;
  }
}

/**
 * The launch of the request's session, in a handler behind `LtiLaunchGuard`.
 *
 * @example
 * \@UseGuards(LtiLaunchGuard)
 * class QuizController {
 *   \@Get()
 *   show(\@Launch() { user, context }: LaunchContext) {
 *     return { user: user?.name, course: context?.title };
 *   }
 * }
 */
export const Launch = createParamDecorator((_: unknown, context: ExecutionContext): LaunchContext => {
  return sessionOf(context).launch;
});

/**
 * The launch session of the request, in a handler behind `LtiLaunchGuard`.
 *
 * @example
 * \@UseGuards(LtiLaunchGuard)
 * class QuizController {
 *   \@Post('end')
 *   end(\@CurrentLaunchSession() session: LaunchSession) {
 *     return launchSessions.revoke(session.id);
 *   }
 * }
 */
export const CurrentLaunchSession = createParamDecorator(
  (_: unknown, context: ExecutionContext): LaunchSession => {
    return sessionOf(context);
  },
);

function sessionOf(context: ExecutionContext): LaunchSession {
  const session = context.switchToHttp().getRequest<LaunchedRequest>()[SESSION];
  if (session === undefined)
    throw new TypeError('@Launch() needs @UseGuards(LtiLaunchGuard) on the same handler.');
  return session;
}
