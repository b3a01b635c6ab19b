import { type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';

/** Asked every few seconds by machines. */
const WATCHED = /^\/(?:health\/|metrics(?:\?|$))/;
const REQUEST_ID = 'x-request-id';
/** A proxy's id is taken over, if it is one: it gets into every log line of the request. */
const PROXY_ID = /^[\w.:-]{1,64}$/;

/** Structured logs with a request id, and without secrets: no header but a few, no query, no body. */
export function loggingModule(level: string): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level,
      genReqId: requestId,
      autoLogging: { ignore: ({ url = '' }) => WATCHED.test(url) },
      serializers: {
        req: ({
          id,
          method,
          url,
          remoteAddress,
        }: {
          id: string;
          method: string;
          url: string;
          remoteAddress: string;
        }) => ({
          id,
          method,
          path: url.split('?', 1)[0],
          remoteAddress,
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      redact: [
        'req.headers',
        '*.authorization',
        '*.cookie',
        '*.password',
        '*.access_token',
        '*.client_assertion',
      ],
    },
  });
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers[REQUEST_ID];
  const id = typeof given === 'string' && PROXY_ID.test(given) ? given : randomUUID();
  response.setHeader(REQUEST_ID, id);
  return id;
}
