import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { foreseen, isLoggedOutage, setErrorHeaders } from './answered-error.js';
import { destroy, type HttpReply, isSent, send } from './http-reply.js';
import { LtiError, type ProblemDetails, problemOf } from './lti-error.js';

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

/** Express' words, and Fastify's. Nest 12 makes an exception of its own of them. */
const TOO_LARGE_OF_PARSERS = /^request (?:entity|body is) too large$/i;

/**
 * Answers with problem details (RFC 9457), as `application/problem+json`, whatever is thrown. What was not foreseen is logged
 * with its stack and answered as `internal_error`, without its message. On a host's own controller it goes before the host's
 * global filters.
 *
 * @example
 * \@Controller('quiz')
 * \@UseGuards(LtiLaunchGuard)
 * \@UseFilters(ProblemDetailsFilter)
 * export class QuizController {}
 */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('nest-lti');

  /** Called by Nest. */
  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<HttpReply>();
    if (isSent(reply)) {
      destroy(reply);
      return;
    }
    const error = foreseen(thrown);
    if (error instanceof LtiError) setErrorHeaders(reply, error);
    this.send(this.problemOf(error), host);
  }

  /** Sends the body with its status; headers of the error itself are set already. */
  protected send(problem: ProblemDetails, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<HttpReply>();
    send(reply, problem.status, 'application/problem+json', JSON.stringify(problem));
  }

  private problemOf(error: unknown): ProblemDetails {
    if (error instanceof LtiError) {
      if (error.status >= 500 && !isLoggedOutage(error)) this.logger.warn(`${error.code}: ${error.message}`);
      return error.getResponse();
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOfBodyParser(error);
    if (status !== undefined && error instanceof Error) {
      return problemOf(status, CODES[status] ?? 'http_error', detailOf(error));
    }
    this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return problemOf(500, 'internal_error', 'An unexpected error occurred. The log has the reason.');
  }
}

/** Body parsers do not say what to do. A host's ValidationPipe lists its faults in the response, and not in the message. */
function detailOf(error: Error): string {
  if (TOO_LARGE_OF_PARSERS.test(error.message)) {
    return 'The body is larger than the body parser takes. Send less, or send it in several requests.';
  }
  const response: unknown = error instanceof HttpException ? error.getResponse() : undefined;
  if (typeof response !== 'object' || response === null || !('message' in response)) return error.message;
  return Array.isArray(response.message) ? response.message.join('; ') : error.message;
}

/** Body parsers fail with plain errors: Express' carry `status` and `expose`, Fastify's a `code` and `statusCode`. */
function statusOfBodyParser(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('expose' in error && error.expose === true && 'status' in error && typeof error.status === 'number') {
    return error.status;
  }
  const isOfFastify = 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_ERR_');
  if (!isOfFastify || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  return error.statusCode < 500 ? error.statusCode : undefined;
}
