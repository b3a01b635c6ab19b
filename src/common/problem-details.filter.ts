import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import { type Response } from 'express';
import { isDatabaseOutage } from './database-outage.js';
import { LtiError, type ProblemDetails } from './lti-error.js';

const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  503: 'unavailable',
};

/** RFC 9457 for whatever our controllers throw. What was not foreseen is logged, and told to nobody. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('nest-lti');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = this.problemOf(error);
    if (error instanceof LtiError) {
      const { retryAt, challenge } = error;
      if (retryAt !== undefined) response.setHeader('Retry-After', retryAt.toUTCString());
      if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    }
    this.send(problem, host);
  }

  /** Sends the body with its status; headers of the error itself are set already. */
  protected send(problem: ProblemDetails, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private problemOf(error: unknown): ProblemDetails {
    if (error instanceof LtiError) {
      if (error.status >= 500) this.logger.warn(`${error.code}: ${error.message}`);
      return {
        ...error.details(),
        ...(error.specRef !== undefined && { specRef: error.specRef }),
        ...(error.retryAt !== undefined && { retryAt: error.retryAt }),
        ...problem(error.status, error.code, error.message),
      };
    }
    if (isDatabaseOutage(error)) {
      this.logger.warn(`The database is down: ${error.message}`);
      return problem(503, 'database_unavailable', 'The database cannot be reached. Try again later.');
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOfBodyParser(error);
    if (status !== undefined && error instanceof Error) {
      return problem(status, CODES[status] ?? 'http_error', error.message);
    }
    this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return problem(500, 'internal_error', 'Something went wrong here. The log has the reason.');
  }
}

function problem(status: number, code: string, detail: string): ProblemDetails {
  return { type: `urn:nest-lti:problem:${code}`, title: titleOf(status), status, detail, code };
}

function titleOf(status: number): string {
  const name = HttpStatus[status] ?? 'ERROR';
  return name.charAt(0) + name.slice(1).toLowerCase().replaceAll('_', ' ');
}

/** Express' body parser fails with plain errors that carry `status` and `expose`. */
function statusOfBodyParser(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined;
  return 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}
