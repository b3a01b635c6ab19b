import { type HttpAdapterHost } from '@nestjs/core';

/** The part of a request of Fastify 4 and 5 that is used here. */
interface FastifyRequest {
  readonly method: string;
  readonly url: string;
  /** The path of the route with its parameters; without one where no route fits. */
  readonly routeOptions: { readonly url?: string };
  /** A header that is set here replaces the request's own. */
  headers: Record<string, string>;
}

/** The part of a reply of Fastify 4 and 5 that is used here. */
interface FastifyReply {
  code(status: number): FastifyReply;
  header(name: string, value: string): FastifyReply;
  send(): unknown;
}

/** The part of Fastify 4 and 5 that is used here. */
interface Fastify {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): void;
  hasContentTypeParser(type: string): boolean;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): void;
}

/** The Fastify of the application; undefined on Express, and in an application context, which has no adapter. */
export function fastifyOf({ httpAdapter }: HttpAdapterHost): Fastify | undefined {
  const adapter = httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
  return adapter?.getType() === 'fastify' ? adapter.getInstance<Fastify>() : undefined;
}
