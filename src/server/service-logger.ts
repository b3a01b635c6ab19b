import { type LoggerService } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { LtiError } from 'nest-lti';
import { type DestinationStream, type Logger, pino } from 'pino';
import { pinoHttp } from 'pino-http';

/** Asked every few seconds by machines. */
const WATCHED = /^\/(?:health\/|metrics(?:\?|$))/;
const REQUEST_ID = 'x-request-id';
/** A proxy's id is taken over, if it is one: it gets into every log line of the request. */
const PROXY_ID = /^[\w.:-]{1,64}$/;

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A middleware of Node's own HTTP server. */
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Nest's logger as JSON lines of pino, with the request's id, and without secrets: no header but that one, no query, no body.
 *
 * Not nestjs-pino: its version 5 wants Node 22, and version 4 ends at Nest 11.
 */
export class ServiceLogger implements LoggerService {
  /** The logger of the request that is being answered. */
  private readonly ofRequest = new AsyncLocalStorage<Logger>();
  private readonly root: Logger;

  /** @param destination standard output by default */
  constructor(level: string, destination: DestinationStream = pino.destination(1)) {
    const options = {
      level,
      redact: [
        'req.headers',
        '*.authorization',
        '*.cookie',
        '*.password',
        '*.access_token',
        '*.client_assertion',
      ],
    };
    this.root = pino(options, destination);
  }

  /** Logs each request with its id, which the lines of its handlers have, too. Before all other middleware. */
  requestLogging(): Middleware {
    const logRequest = pinoHttp({
      logger: this.root,
      genReqId: requestId,
      autoLogging: { ignore: ({ url = '' }) => WATCHED.test(url) },
      serializers: { req: requestFields, res: ({ statusCode }: { statusCode: number }) => ({ statusCode }) },
    });
    return (request, response, next) => {
      logRequest(request, response);
      this.ofRequest.run(request.log, next);
    };
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (isReportedByBoot(message, rest.at(-1))) return;
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest gives the name of the class that logs last, and for errors the stack before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const logger = this.ofRequest.getStore() ?? this.root;
    const context = rest.at(-1);
    const stack = level === 'error' && rest.length > 1 ? rest[0] : undefined;
    const fields = {
      ...(typeof context === 'string' && { context }),
      ...(message instanceof Error && { err: message }),
      ...(typeof stack === 'string' && { err: { stack } }),
    };
    if (message instanceof Error) logger[level](fields, message.message);
    else if (typeof message === 'object' && message !== null) logger[level]({ ...message, ...fields });
    else logger[level](fields, String(message));
  }
}

/** Nest logs what fails its start with a stack. The start rejects with the same error, which the command says in one line. */
function isReportedByBoot(message: unknown, context: unknown): boolean {
  if (context === 'NestApplication')
    return typeof message === 'string' && message.startsWith('Error: listen ');
  return context === 'ExceptionHandler' && message instanceof LtiError;
}

interface LoggedRequest {
  id: string;
  method: string;
  url: string;
  remoteAddress: string;
}

function requestFields({ id, method, url, remoteAddress }: LoggedRequest) {
  return { id, method, path: url.split('?', 1)[0], remoteAddress };
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers[REQUEST_ID];
  const id = typeof given === 'string' && PROXY_ID.test(given) ? given : randomUUID();
  response.setHeader(REQUEST_ID, id);
  return id;
}
