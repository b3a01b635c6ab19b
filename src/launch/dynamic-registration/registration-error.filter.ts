import { type ArgumentsHost, Catch, Logger } from '@nestjs/common';
import { type HttpReply } from '../../common/http-reply.js';
import { type HttpRequest, prefersHtml } from '../../common/http-request.js';
import { LtiError, type ProblemDetails } from '../../common/lti-error.js';
import { ProblemDetailsFilter } from '../../common/problem-details.filter.js';
import { sendPage } from '../pages/launch-page.js';
import { registrationErrorPage } from './register.pages.js';

const MAX_LOGGED = 500;

/** Answers errors of dynamic registrations: browsers get a page, programs get problem details. */
@Catch()
export class RegistrationErrorFilter extends ProblemDetailsFilter {
  private readonly log = new Logger(RegistrationErrorFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    // The other filter logs errors with a status from 500.
    if (error instanceof LtiError && error.status < 500) {
      const line = `A dynamic registration was refused: ${error.code}. ${error.message}`;
      this.log.warn(line.replace(/\p{C}/gu, ' ').slice(0, MAX_LOGGED));
    }
    super.catch(error, host);
  }

  protected override send(problem: ProblemDetails, host: ArgumentsHost): void {
    if (!prefersHtml(host.switchToHttp().getRequest<HttpRequest>())) {
      super.send(problem, host);
      return;
    }
    sendPage(host.switchToHttp().getResponse<HttpReply>(), registrationErrorPage(problem));
  }
}
