import { type ArgumentsHost, Catch, Injectable } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { sendPage } from '../../launch/pages/launch-page.js';
import { ToolRedirects } from '../consent/tool-redirects.js';
import { consentErrorPage } from './consent.pages.js';

/** People in browsers get a page that also tells its opener; programs get the problem details. */
@Catch()
@Injectable()
export class ConsentErrorFilter extends ProblemDetailsFilter {
  constructor(private readonly redirects: ToolRedirects) {
    super();
  }

  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const wanted = request.accepts(['application/problem+json', 'application/json', 'text/html']);
    if (wanted !== 'text/html') super.send(problem, host);
    else
      sendPage(
        host.switchToHttp().getResponse<Response>(),
        consentErrorPage(problem, this.redirects.origins),
      );
  }
}
