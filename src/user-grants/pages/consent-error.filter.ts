import { type ArgumentsHost, Catch, Injectable } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest, prefersHtml } from '../../common/http-request.js';
import { type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { sendPage } from '../../launch/pages/launch-page.js';
import { ToolRedirects } from '../consent/tool-redirects.js';
import { consentErrorPage } from './consent.pages.js';

/** Browsers get a page that also notifies its opener; programs get problem details. */
@Catch()
@Injectable()
export class ConsentErrorFilter extends ProblemDetailsFilter {
  constructor(private readonly redirects: ToolRedirects) {
    super();
  }

  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    if (!prefersHtml(host.switchToHttp().getRequest<HttpRequest>())) {
      super.send(problem, host);
      return;
    }
    const page = consentErrorPage(problem, this.redirects.origins);
    sendPage(host.switchToHttp().getResponse<HttpReply>(), page);
  }
}
