import { type ArgumentsHost, Catch, Logger } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest, prefersHtml } from '../../common/http-request.js';
import { LtiError, type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { subjectOf } from '../refused-launch.js';
import { errorPage } from './error.page.js';
import { sendPage } from './launch-page.js';

const MAX_LOGGED = 500;

/** Answers errors of launches: browsers get a page, programs get problem details. */
@Catch()
export class LaunchErrorFilter extends ProblemDetailsFilter {
  private readonly log = new Logger(LaunchErrorFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    // An operator needs the reason of a refused launch. The other filter logs errors of the server.
    if (error instanceof LtiError && error.status < 500) this.log.warn(lineOf(error));
    super.catch(error, host);
  }

  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    if (!prefersHtml(host.switchToHttp().getRequest<HttpRequest>())) {
      super.send(problem, host);
      return;
    }
    sendPage(host.switchToHttp().getResponse<HttpReply>(), errorPage(problem));
  }
}

/** One short line, since the platform or an attacker may have written parts of the text. */
function lineOf(error: LtiError): string {
  const { cause } = error;
  const subject = subjectOf(error);
  const parts = [
    `A launch ${subject === undefined ? '' : `of ${subject} `}was refused: ${error.code}. ${error.message}`,
    ...(cause instanceof Error ? [`Because of: ${cause.message}`] : []),
  ];
  return parts.join(' ').replace(/\p{C}/gu, ' ').slice(0, MAX_LOGGED);
}
