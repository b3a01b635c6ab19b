import { type ArgumentsHost, Catch, Logger } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest, prefersHtml } from '../../common/http-request.js';
import { LtiError, type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { subjectOf } from '../refused-launch.js';
import { errorPage } from './error.page.js';
import { sendPage } from './launch-page.js';

const MAX_LOGGED = 500;

/** What goes wrong in a launch is met by people in browsers: they get a page, programs the problem details. */
@Catch()
export class LaunchErrorFilter extends ProblemDetailsFilter {
  private readonly log = new Logger(LaunchErrorFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    // Whoever is asked why students cannot get in needs more than the status; faults of the server are logged by the others.
    if (error instanceof LtiError && error.status < 500) this.log.warn(wordsOf(error));
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

/** Some of it is the platform's word, or an attacker's: one line, and not a long one. */
function wordsOf(error: LtiError): string {
  const { cause } = error;
  const whose = subjectOf(error);
  const words = [
    `A launch ${whose === undefined ? '' : `of ${whose} `}was refused: ${error.code}. ${error.message}`,
    ...(cause instanceof Error ? [`Because of: ${cause.message}`] : []),
  ];
  return words.join(' ').replace(/\p{C}/gu, ' ').slice(0, MAX_LOGGED);
}
