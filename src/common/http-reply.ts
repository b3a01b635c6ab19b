import { type OutgoingHttpHeader, type ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** The part of a reply of Fastify 4 and 5 that is used here. */
interface FastifyReply {
  readonly raw: ServerResponse;
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string | string[]): unknown;
  getHeader(name: string): OutgoingHttpHeader | undefined;
  removeHeader(name: string): unknown;
  send(body?: string | Readable): unknown;
}

/** RFC 9110 6.4.1 */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * What `@Res()` gives: a response of Express, which is Node's own, or a reply of Fastify. Fastify's headers are set on the
 * reply: what is written past it, to its raw response, would lose the headers of plugins.
 */
export type HttpReply = ServerResponse | FastifyReply;

function isFastify(reply: HttpReply): reply is FastifyReply {
  return 'raw' in reply;
}

export function setHeaders(reply: HttpReply, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (isFastify(reply)) reply.header(name, value);
    else reply.setHeader(name, value);
  }
}

/** Adds a cookie to those that the application sets. */
export function addCookie(reply: HttpReply, cookie: string): void {
  if (!isFastify(reply)) {
    reply.appendHeader('Set-Cookie', cookie);
    return;
  }
  // Middleware sets its cookies on the raw response, plugins on the reply; only the latter's would be sent.
  const cookies = [reply.raw.getHeader('set-cookie'), reply.getHeader('set-cookie'), cookie];
  reply.removeHeader('set-cookie');
  reply.header('set-cookie', [
    ...new Set(
      cookies
        .filter((one) => one !== undefined)
        .flat()
        .map(String),
    ),
  ]);
}

/** Sends text in UTF-8, to be read as `type` says. */
export function send(reply: HttpReply, status: number, type: string, body: string): void {
  setHeaders(reply, { 'Content-Type': `${type}; charset=utf-8` });
  end(reply, status, body);
}

/**
 * Streams a body to the client, with backpressure. If one side is aborted, so is the other.
 *
 * @throws the error of the body, if it fails after the answer has begun
 */
export async function sendStream(
  reply: HttpReply,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Readable,
): Promise<void> {
  setHeaders(reply, headers);
  const ended = finished(body);
  if (NO_BODY.has(status)) {
    body.resume();
    end(reply, status);
  } else if (isFastify(reply)) {
    reply.code(status);
    reply.send(body);
  } else {
    reply.statusCode = status;
    // If the body fails, the connection is closed: the answer must not look complete.
    pipeline(body, reply, () => undefined);
  }
  await ended;
}

/** Aborts when the client closes the connection before the answer is complete. */
export function goneSignal(reply: HttpReply): AbortSignal {
  const response = isFastify(reply) ? reply.raw : reply;
  const gone = new AbortController();
  const closed = (): void => {
    if (!response.writableFinished) gone.abort(new Error('The client closed the connection.'));
  };
  // It may have closed it before this call, such as during a look-up of a guard.
  if (response.destroyed) closed();
  else response.once('close', closed);
  return gone.signal;
}

/** @param url absolute. @throws TypeError for any other */
export function redirect(reply: HttpReply, status: 302 | 303, url: string): void {
  const { href } = new URL(url);
  // As it was given, where a header can hold it.
  setHeaders(reply, { Location: /^[\x21-\x7E]+$/.test(url) ? url : href });
  end(reply, status);
}

/** Whether the answer has begun, so that another one cannot be sent. */
export function isSent(reply: HttpReply): boolean {
  return isFastify(reply) ? reply.sent || reply.raw.headersSent : reply.headersSent;
}

/** Breaks off an answer that cannot be finished. */
export function destroy(reply: HttpReply): void {
  (isFastify(reply) ? reply.raw : reply).destroy();
}

function end(reply: HttpReply, status: number, body?: string): void {
  if (isFastify(reply)) {
    reply.code(status);
    reply.send(body);
  } else {
    reply.statusCode = status;
    // Not by Express' `send`: an answer that must not be stored needs no ETag.
    reply.end(body);
  }
}
