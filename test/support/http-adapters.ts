import { type INestApplication } from '@nestjs/common';
import { type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type IncomingMessage, type ServerResponse } from 'node:http';

/** The HTTP adapters of host applications. */
export const adapterNames = ['express', 'fastify'] as const;
export type AdapterName = (typeof adapterNames)[number];

export function adapterOf(name: AdapterName): AbstractHttpAdapter {
  return name === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
}

interface Fastify {
  addHook(name: 'onRequest', hook: (request: unknown, reply: FastifyReply, done: () => void) => void): void;
}
interface FastifyReply {
  header(name: string, value: string): void;
}

/**
 * Sets headers and cookies on every answer as a host's middleware does: `x-middleware`, the cookie `middleware`; and with
 * Fastify as a plugin does: `x-plugin`, the cookie `plugin`.
 */
export function setHostHeaders(app: INestApplication): void {
  app.use((_: IncomingMessage, response: ServerResponse, next: () => void) => {
    response.setHeader('x-middleware', 'yes');
    response.setHeader('Set-Cookie', 'middleware=1');
    next();
  });
  const adapter = app.getHttpAdapter();
  if (adapter.getType() !== 'fastify') return;
  const fastify = adapter.getInstance() as Fastify;
  fastify.addHook('onRequest', (_, reply, done) => {
    reply.header('x-plugin', 'yes');
    reply.header('set-cookie', 'plugin=1');
    done();
  });
}
