import { type ArgumentsHost, Catch } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { errorPage } from './error.page.js';
import { sendPage } from './launch-page.js';

/** What goes wrong in a launch is met by people in browsers: they get a page, programs the problem details. */
@Catch()
export class LaunchErrorFilter extends ProblemDetailsFilter {
  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
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
