import Negotiator from 'negotiator';
import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { requestErrors } from './request.errors.js';

/** The value of `@Req()`: in Express Node's own request, in Fastify one that has Node's as `raw`. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express keeps here what a router cuts off `url`. */
  readonly originalUrl?: string | undefined;
  /** Where the host's parser came first. */
  readonly body?: unknown;
  /** Where the host has Nest keep it. */
  readonly rawBody?: unknown;
  readonly raw?: IncomingMessage | undefined;
}

/** Node's request. */
export function messageOf(request: HttpRequest): IncomingMessage {
  // One without `raw` is Node's own.
  return request.raw ?? (request as IncomingMessage);
}

/** Whether the client prefers a page to problem details: browsers do, programs do not. */
export function prefersHtml({ headers }: HttpRequest): boolean {
  const types = ['application/problem+json', 'application/json', 'text/html'];
  return new Negotiator({ headers }).mediaType(types) === 'text/html';
}

/** The type of a body, without parameters and in lower case: `application/json`. Empty if the request has no Content-Type. */
export function mediaTypeOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/**
 * @param accepted the media types that the route reads, the usual one first
 * @throws {InvalidRequest} `unsupported_media_type` if the body has another type, or none
 */
export function checkMediaType(message: IncomingMessage, accepted: readonly string[]): string {
  const type = mediaTypeOf(message);
  if (!accepted.includes(type)) throw requestErrors.unsupportedMediaType(type, accepted);
  return type;
}

/** Whether the request comes with a body of at least one byte (RFC 9112 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The body of a request that nothing has read yet.
 *
 * @returns undefined if it has more than `maxBytes`; the rest is read and dropped, so that the connection can be used again
 */
export async function readBytes(message: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The sender of too much gets an answer: the connection stays.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks);
  // Not within the loop: while that reads, nothing else can.
  message.resume();
  return undefined;
}
