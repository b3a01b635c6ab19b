import { type ArgumentsHost, Catch, Logger } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { errorPage } from './error.page.js';
import { sendPage } from './launch-page.js';

const MAX_LOGGED = 500;

/** What goes wrong in a launch is met by people in browsers: they get a page, programs the problem details. */
@Catch()
export class LaunchErrorFilter extends ProblemDetailsFilter {
  private readonly log = new Logger(LaunchErrorFilter.name);

  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    // Whoever is asked why students cannot get in needs more than the status; faults of the server are logged already.
    if (problem.status < 500)
      this.log.warn(`A launch was refused: ${problem.code}. ${printable(problem.detail)}`);
    if (!prefersHtml(request)) {
      super.send(problem, host);
      return;
    }
    sendPage(host.switchToHttp().getResponse<Response>(), errorPage(problem));
  }
}

function prefersHtml(request: Request): boolean {
  return request.accepts(['application/problem+json', 'application/json', 'text/html']) === 'text/html';
}

/** Some of it is the platform's word, or an attacker's: one line, and not a long one. */
function printable(detail: string): string {
  return detail.replace(/\p{C}/gu, ' ').slice(0, MAX_LOGGED);
}
